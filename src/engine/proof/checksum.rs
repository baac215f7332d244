//! Formats that carry a checksum: a right one proves the value, a wrong one sinks it to low confidence.

use super::random::wrong_checksum;
use super::{Context, Outcome};
use crate::finding::Confidence;

/// The digits of base 62 in the order that GitHub uses (source: GitHub's engineering blog on its token formats, 2021:
/// the last six digits are a CRC32 in base 62, padded with zeros).
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn right() -> Outcome {
    Outcome::Is(Confidence::High, "the checksum in the value is right".into())
}

/// `ghp_` and its siblings: the last six of the characters behind the prefix are the CRC32 of the others.
pub(super) fn github(cx: &Context<'_>) -> Outcome {
    base62_tail(cx.value())
}

/// `npm_`: the same scheme.
pub(super) fn npm(cx: &Context<'_>) -> Outcome {
    base62_tail(cx.value())
}

fn base62_tail(value: &[u8]) -> Outcome {
    let Some(start) = value.iter().rposition(|b| *b == b'_').map(|i| i + 1) else { return Outcome::Plain(None) };
    let body = &value[start..];
    // Other lengths belong to formats without a documented checksum.
    if body.len() != 36 {
        return Outcome::Plain(None);
    }
    let (random, checksum) = body.split_at(30);
    let mut number = crc32fast::hash(random);
    let mut expected = [b'0'; 6];
    for digit in expected.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    if checksum == expected { right() } else { wrong_checksum() }
}

/// `glsa_<32>_<8 hex>`: the CRC32 of prefix and 32 characters, its least significant byte first (source: Grafana's
/// `pkg/components/apikeygenprefix/apikeygen.go`).
pub(super) fn grafana(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let Some(end) = value.iter().rposition(|b| *b == b'_') else { return Outcome::Plain(None) };
    let expected = data_encoding::HEXLOWER.encode(&crc32fast::hash(&value[..end]).to_le_bytes());
    if value[end + 1..].eq_ignore_ascii_case(expected.as_bytes()) { right() } else { wrong_checksum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(value: &str) -> Outcome {
        github(&Context { window: value.as_bytes(), secret: 0..value.len() })
    }

    #[test]
    fn a_right_checksum_proves_and_a_wrong_one_sinks() {
        let right = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
        assert!(matches!(outcome(&right), Outcome::Is(Confidence::High, _)));
        let wrong = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq18"].concat();
        assert!(matches!(outcome(&wrong), Outcome::Is(Confidence::Low, _)));
    }
}
