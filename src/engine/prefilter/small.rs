//! Hashes of keys that are small numbers: one multiplication, where the standard hash takes twenty nanoseconds.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map from small numbers. Whoever can choose its keys could make it slow, so they come from rules alone.
pub(in crate::engine) type SmallMap<K, V> = HashMap<K, V, BuildHasherDefault<Multiply>>;

/// The hash.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::engine) struct Multiply(u64);

impl Hasher for Multiply {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u16(&mut self, value: u16) {
        self.write_u32(u32::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        let product = (self.0 ^ u64::from(value)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // Tables take the low bits; the high ones are mixed best.
        self.0 = product ^ product >> 32;
    }
}
