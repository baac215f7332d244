//! Formats that carry a checksum: a right one proves the value, a wrong one sinks it to low confidence.

use super::random::wrong_checksum;
use super::{Context, Outcome};
use crate::finding::Confidence;
use data_encoding::BASE32;
use sha2::{Digest, Sha256};

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

/// GitLab's routable tokens: behind the last dot stand two digits of base 36 that count the payload, and seven that are
/// the CRC32 of all before them (source: GitLab's `lib/authn/token_field/generator/routable_token.rb`).
pub(super) fn gitlab(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let tail = value.iter().rev().take_while(|b| **b != b'.').count();
    if tail != 9 || tail == value.len() {
        return Outcome::Plain(None);
    }
    let (signed, checksum) = value.split_at(value.len() - 7);
    let written = std::str::from_utf8(checksum).ok().and_then(|text| u64::from_str_radix(text, 36).ok());
    if written == Some(u64::from(crc32fast::hash(signed))) { right() } else { wrong_checksum() }
}

/// Tokens of Atlassian and Bitbucket end in eight hexadecimal digits, the CRC32 of what stands before. Atlassian does not
/// document it, so only a right one says anything.
pub(super) fn atlassian(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let Some((signed, checksum)) = value.len().checked_sub(8).map(|at| value.split_at(at)) else {
        return Outcome::Plain(None);
    };
    let written = std::str::from_utf8(checksum).ok().and_then(|text| u32::from_str_radix(text, 16).ok());
    if written == Some(crc32fast::hash(signed)) { right() } else { Outcome::Plain(None) }
}

/// Bech32 (BIP 173): a word, `1`, and digits of which the last six are a checksum of all.
pub(super) fn bech32(cx: &Context<'_>) -> Outcome {
    const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let lower = cx.value().to_ascii_lowercase();
    let Some(one) = lower.iter().rposition(|b| *b == b'1') else { return Outcome::Plain(None) };
    let (word, digits) = (&lower[..one], &lower[one + 1..]);
    let digits: Option<Vec<u8>> =
        digits.iter().map(|b| DIGITS.iter().position(|digit| digit == b).map(|at| at as u8)).collect();
    let Some(digits) = digits else { return wrong_checksum() };
    let values = word.iter().map(|b| b >> 5).chain([0]).chain(word.iter().map(|b| b & 31)).chain(digits);
    let sum = values.fold(1u32, |sum, value| {
        let top = sum >> 25;
        let sum = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        (0..5).filter(|bit| top >> bit & 1 != 0).fold(sum, |sum, bit| sum ^ GENERATOR[bit])
    });
    // 1 is Bech32's constant, the other Bech32m's (BIP 350).
    if sum == 1 || sum == 0x2bc8_30a3 { right() } else { wrong_checksum() }
}

/// Base58Check: the last four bytes are the first of the SHA-256 of the SHA-256 of the others.
pub(super) fn base58_check(cx: &Context<'_>) -> Outcome {
    const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes: Vec<u8> = Vec::new();
    for byte in cx.value() {
        let Some(digit) = DIGITS.iter().position(|digit| digit == byte) else { return wrong_checksum() };
        let mut carry = digit as u32;
        for slot in bytes.iter_mut().rev() {
            carry += u32::from(*slot) * 58;
            *slot = carry as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.insert(0, carry as u8);
            carry >>= 8;
        }
    }
    let Some((body, checksum)) = bytes.len().checked_sub(4).map(|at| bytes.split_at(at)) else {
        return wrong_checksum();
    };
    let twice = Sha256::digest(Sha256::digest(body));
    if twice[..4] == *checksum { right() } else { wrong_checksum() }
}

/// Stellar's keys (SEP 23): base 32, whose last two bytes are the CRC16 (XMODEM) of the others, least significant first.
pub(super) fn stellar(cx: &Context<'_>) -> Outcome {
    let Ok(bytes) = BASE32.decode(cx.value()) else { return wrong_checksum() };
    let Some((body, checksum)) = bytes.len().checked_sub(2).map(|at| bytes.split_at(at)) else {
        return wrong_checksum();
    };
    let crc = body.iter().fold(0u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| crc << 1 ^ if crc & 0x8000 != 0 { 0x1021 } else { 0 })
    });
    if *checksum == crc.to_le_bytes() { right() } else { wrong_checksum() }
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

    fn of(proof: fn(&Context<'_>) -> Outcome, value: &str) -> Option<Confidence> {
        match proof(&Context { window: value.as_bytes(), secret: 0..value.len() }) {
            Outcome::Is(confidence, _) => Some(confidence),
            _ => None,
        }
    }

    #[test]
    fn routable_tokens_of_gitlab() {
        let signed = ["glpat-", "VbeVV8MtgiEx1UQ8MqqRt-yeJl4tsJzrmiUbCSDRUVo.01.0z"].concat();
        let mut number = crc32fast::hash(signed.as_bytes());
        let mut checksum = Vec::new();
        for _ in 0..7 {
            checksum.insert(0, char::from_digit(number % 36, 36).expect("a digit"));
            number /= 36;
        }
        let checksum: String = checksum.into_iter().collect();
        assert_eq!(of(gitlab, &format!("{signed}{checksum}")), Some(Confidence::High));
        assert_eq!(of(gitlab, &format!("{signed}0000000")), Some(Confidence::Low));
        assert_eq!(of(gitlab, "glpat-short"), None);
    }

    #[test]
    fn alphabets_with_a_checksum() {
        // From BIP 173, the Bitcoin wiki on WIF, and SEP 23: printed there for tests of exactly this.
        assert_eq!(of(bech32, "A12UEL5L"), Some(Confidence::High));
        assert_eq!(of(bech32, "A12UEL5Q"), Some(Confidence::Low));
        let wif = ["5HueCGU8rMjxEXxiPuD5BDk", "u4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"].concat();
        assert_eq!(of(base58_check, &wif), Some(Confidence::High));
        assert_eq!(of(base58_check, &wif.replace('J', "K")), Some(Confidence::Low));
        let public = ["GA7QYNF7SOWQ3GLR2BGMZEH", "XAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"].concat();
        assert_eq!(of(stellar, &public), Some(Confidence::High));
    }

    #[test]
    fn only_a_right_checksum_says_anything_of_atlassian() {
        let signed = "ATATT3xFfGF0invented";
        let right = format!("{signed}{:08X}", crc32fast::hash(signed.as_bytes()));
        assert_eq!(of(atlassian, &right), Some(Confidence::High));
        assert_eq!(of(atlassian, "ATATT3xFfGF0invented00000000"), None);
    }
}
