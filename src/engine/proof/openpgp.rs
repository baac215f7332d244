//! OpenPGP secret keys (RFC 4880, 5.5): kind, bits, and whether a passphrase protects them.

use super::Outcome;
use super::block::bits_of;
use crate::finding::Confidence;

/// A secret key's first packet.
pub(super) fn secret_key(bytes: &[u8]) -> Outcome {
    match packet(bytes).and_then(read) {
        Some((kind, bits, false)) => {
            let bits = bits.map(|bits| format!(" of {bits} bits")).unwrap_or_default();
            Outcome::Is(Confidence::High, format!("OpenPGP {kind} key{bits} without a passphrase").into())
        }
        Some((kind, _, true)) => {
            Outcome::Is(Confidence::Medium, format!("OpenPGP {kind} key behind a passphrase").into())
        }
        None => Outcome::Is(Confidence::High, "the block decodes to an OpenPGP key".into()),
    }
}

/// The body of the first packet, if it holds a secret key.
fn packet(bytes: &[u8]) -> Option<&[u8]> {
    let (&head, rest) = bytes.split_first()?;
    let is_new = head & 0x40 != 0;
    let tag = if is_new { head & 0x3f } else { head >> 2 & 0x0f };
    if head & 0x80 == 0 || !matches!(tag, 5 | 7) {
        return None;
    }
    let length = match (is_new, head & 3, *rest.first()?) {
        (false, 0, _) => 1,
        (false, 1, _) => 2,
        (false, 2, _) => 4,
        (false, _, _) => 0,
        (true, _, first) if first < 192 => 1,
        (true, _, 255) => 5,
        (true, _, _) => 2,
    };
    rest.get(length..)
}

/// Kind, bits and whether a passphrase is needed.
fn read(body: &[u8]) -> Option<(&'static str, Option<usize>, bool)> {
    let (4, algorithm) = (*body.first()?, *body.get(5)?) else { return None };
    let rest = body.get(6..)?;
    let (kind, bits, rest) = match algorithm {
        1..=3 => ("RSA", Some(number(rest)?.0), numbers(rest, 2)?),
        16 => ("Elgamal", Some(number(rest)?.0), numbers(rest, 3)?),
        17 => ("DSA", Some(number(rest)?.0), numbers(rest, 4)?),
        18 => ("ECDH", None, after_length(numbers(after_length(rest)?, 1)?)?),
        19 => ("ECDSA", None, numbers(after_length(rest)?, 1)?),
        22 => ("EdDSA", None, numbers(after_length(rest)?, 1)?),
        _ => return None,
    };
    Some((kind, bits, *rest.first()? != 0))
}

/// Skips a field with its length in one byte before it.
fn after_length(bytes: &[u8]) -> Option<&[u8]> {
    let (&length, rest) = bytes.split_first()?;
    rest.get(usize::from(length)..)
}

/// The bits of the first number, and what follows it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&[high, low], rest) = bytes.split_first_chunk::<2>()?;
    let length = (usize::from(high) << 8 | usize::from(low)).div_ceil(8);
    let (digits, rest) = rest.split_at_checked(length)?;
    Some((bits_of(digits), rest))
}

fn numbers(bytes: &[u8], count: usize) -> Option<&[u8]> {
    (0..count).try_fold(bytes, |rest, _| number(rest).map(|(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(usage: u8) -> Vec<u8> {
        let n = [&[8, 0, 0x80][..], &[7; 255]].concat();
        [&[0x95, 1, 0][..], &[4, 0, 0, 0, 0, 1], &n, &[0, 17, 1, 0, 1], &[usage, 9, 9]].concat()
    }

    #[test]
    fn a_passphrase_is_seen() {
        assert_eq!(packet(&key(0)).and_then(read), Some(("RSA", Some(2048), false)));
        assert_eq!(packet(&key(254)).and_then(read), Some(("RSA", Some(2048), true)));
    }

    #[test]
    fn what_is_cut_is_not_read() {
        assert_eq!(packet(&key(0)[..100]).and_then(read), None);
        assert_eq!(packet(b"\x99\x01"), None);
    }
}
