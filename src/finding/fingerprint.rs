//! Identity of a finding that survives moves and reformatting, from which the secret cannot be recovered.
//!
//! A long random key is identified by an HMAC of its value. A password could be guessed from that (compare the HMAC of
//! every word in a dictionary), so of a guessable value only 12 bits go in, together with the path: enough to notice a
//! change, too little to confirm a guess.

use super::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// 128 bits, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

/// The key of the HMAC: per repository where a baseline or the configuration holds one.
#[derive(Clone, PartialEq, Eq)]
pub struct FingerprintKey(Vec<u8>);

impl FingerprintKey {
    /// A key from a configuration or a baseline.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl Default for FingerprintKey {
    /// The key of a run that was given none: fingerprints are stable everywhere, and still tell nothing guessable.
    fn default() -> Self {
        Self(b"keyhound fingerprint 1".to_vec())
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(…)")
    }
}

impl Fingerprint {
    /// The fingerprint of `secret`, found by the rule called `rule`, first seen at `path`.
    pub fn of(key: &FingerprintKey, rule: &str, secret: &Secret, path: &[u8]) -> Self {
        let value = hmac(key, &[b"value", rule.as_bytes(), secret.expose()]);
        if secret.is_guessable() {
            let twelve_bits = [value[0], value[1] & 0xf0];
            return Self(hmac(key, &[b"place", rule.as_bytes(), path, &twelve_bits]));
        }
        Self(value)
    }

    /// The fingerprint of what the check called `check` says about `subject`, which is no secret, at `path`.
    pub fn of_subject(key: &FingerprintKey, check: &str, subject: &str, path: &[u8]) -> Self {
        Self(hmac(key, &[b"subject", check.as_bytes(), path, subject.as_bytes()]))
    }

    /// Reads 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

/// HMAC-SHA-256 over length-prefixed parts, cut to 128 bits.
fn hmac(key: &FingerprintKey, parts: &[&[u8]]) -> [u8; 16] {
    #[allow(clippy::expect_used)]
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    let digest = mac.finalize().into_bytes();
    let mut out = [0; 16];
    out.copy_from_slice(&digest[..16]);
    out
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_key_keeps_its_fingerprint_when_its_file_moves() {
        let secret = Secret::new(&[&b"ac_live_"[..], b"9fK2aaaaaaaaaaaaaaaaaaaa"].concat(), 8);
        let key = FingerprintKey::default();
        assert_eq!(Fingerprint::of(&key, "r", &secret, b"a"), Fingerprint::of(&key, "r", &secret, b"b"));
    }

    #[test]
    fn few_bits_of_a_password_reach_its_fingerprint() {
        let key = FingerprintKey::default();
        let distinct: std::collections::BTreeSet<_> = (0..20_000)
            .map(|n| Fingerprint::of(&key, "r", &Secret::new(format!("pw{n}").as_bytes(), 0), b"p"))
            .collect();
        assert!(distinct.len() <= 4096, "{} distinct fingerprints", distinct.len());
    }

    #[test]
    fn reads_what_it_prints() {
        let one = Fingerprint::of(&FingerprintKey::default(), "r", &Secret::new(b"x", 0), b"p");
        assert_eq!(Fingerprint::parse(&one.to_string()), Some(one));
    }
}
