//! Private keys in files: which kind, how many bits, behind a passphrase or not, whole or cut.
//!
//! Only what tells these is read (RFC 8017, 5958 and 5915 for ASN.1, OpenSSH's PROTOCOL.key, RFC 4880 for OpenPGP); no key
//! is ever used.

use super::{Context, Outcome, openpgp, random};
use crate::finding::Confidence;
use data_encoding::{BASE64, BASE64_NOPAD};

/// RSA and DSA keys of fewer bits are no protection (NIST SP 800-131A).
const WEAK_BITS: usize = 2048;

/// The object identifiers of kinds of keys, and their names.
const KINDS: &[(&[u8], &str)] = &[
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01], "RSA"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a], "RSA-PSS"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], "elliptic-curve"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "DSA"),
    (&[0x2b, 0x65, 0x6e], "X25519"),
    (&[0x2b, 0x65, 0x6f], "X448"),
    (&[0x2b, 0x65, 0x70], "Ed25519"),
    (&[0x2b, 0x65, 0x71], "Ed448"),
];

/// A block between BEGIN and END lines, or a file of PuTTY.
pub(super) fn private_key(cx: &Context<'_>) -> Outcome {
    let text = cx.value();
    let has = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
    if has(b"PuTTY-User-Key-File") {
        return match has(b"Encryption: none") {
            true => Outcome::Is(Confidence::High, "a PuTTY key without a passphrase".into()),
            false => Outcome::Is(Confidence::Medium, "a PuTTY key behind a passphrase".into()),
        };
    }
    let Some(body) = pem_body(text) else { return Outcome::Refuted };
    if body.len() < 40 || random::entropy(&body) < 3.5 {
        return Outcome::Refuted;
    }
    if has(b"ENCRYPTED") {
        return Outcome::Is(Confidence::Medium, "the key is behind a passphrase".into());
    }
    let writes = is_program(text);
    let whole = &body[..body.len() / 4 * 4];
    let Ok(plain) = BASE64.decode(whole).or_else(|_| BASE64_NOPAD.decode(&body)) else {
        return match writes {
            true => Outcome::Refuted,
            false => Outcome::Is(Confidence::Medium, "the block is not whole base64".into()),
        };
    };
    if plain.starts_with(b"openssh-key-v1\0") {
        return openssh(&plain[15..])
            .unwrap_or(Outcome::Is(Confidence::Medium, "an OpenSSH key that cannot be read to its end".into()));
    }
    if has(b"PGP") {
        return openpgp::secret_key(&plain);
    }
    if is_cut(&plain) {
        let reason = "the block is cut: it holds less than its first bytes announce";
        return Outcome::Is(Confidence::Low, reason.into());
    }
    match asn1(&plain) {
        Some(Key { kind, bits }) => without_passphrase(kind, bits),
        None if plain.first() == Some(&0x30) => {
            Outcome::Is(Confidence::High, "the block decodes to a key without a passphrase".into())
        }
        None if writes => Outcome::Refuted,
        None => Outcome::Is(Confidence::Medium, "the block is base64, of a kind that is not known".into()),
    }
}

/// Whether the lines between BEGIN and END call functions: a program that writes or reads keys, and holds none.
fn is_program(text: &[u8]) -> bool {
    let is_header = |line: &[u8]| memchr::memmem::find(line, b": ").is_some();
    text.split(|b| *b == b'\n').any(|line| !is_header(line) && memchr::memmem::find(line, b"(").is_some())
}

/// What a key is.
struct Key {
    kind: &'static str,
    /// Of the modulus, where there is one.
    bits: Option<usize>,
}

fn without_passphrase(kind: &str, bits: Option<usize>) -> Outcome {
    let reason = match bits {
        Some(bits) if bits < WEAK_BITS => format!("{kind} key of {bits} bits (weak) without a passphrase"),
        Some(bits) => format!("{kind} key of {bits} bits without a passphrase"),
        None => format!("{kind} key without a passphrase"),
    };
    Outcome::Is(Confidence::High, reason.into())
}

/// Whether an ASN.1 sequence is shorter than its length says: an excerpt, of use to nobody.
fn is_cut(der: &[u8]) -> bool {
    match *der {
        [0x30, 0x82, high, low, ref rest @ ..] => rest.len() + 2 < usize::from(high) << 8 | usize::from(low),
        [0x30, 0x81, length, ref rest @ ..] => rest.len() + 2 < usize::from(length),
        _ => false,
    }
}

/// The first element: its tag, its content, what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(*rest.first()?) << 8 | usize::from(*rest.get(1)?), rest.get(2..)?),
        short if short < 0x80 => (usize::from(short), rest),
        _ => return None,
    };
    // The last element may lack bytes that the base64 lost; what matters stands before.
    Some((tag, rest.get(..length).unwrap_or(rest), rest.get(length..).unwrap_or_default()))
}

/// Bits of a big number without its leading zeros.
pub(super) fn bits_of(number: &[u8]) -> usize {
    let start = number.iter().position(|b| *b != 0).unwrap_or(number.len());
    let rest = &number[start..];
    rest.first().map_or(0, |first| rest.len() * 8 - first.leading_zeros() as usize)
}

/// PKCS #1, SEC 1, OpenSSL's DSA, and PKCS #8 around any of them.
fn asn1(der: &[u8]) -> Option<Key> {
    let (0x30, content, _) = element(der)? else { return None };
    let (0x02, version, rest) = element(content)? else { return None };
    let (tag, first, rest) = element(rest)?;
    match (tag, version) {
        (0x02, _) => {
            // The third number is e, which is small, or q.
            let (0x02, second, _) = element(rest)? else { return None };
            let kind = if bits_of(second) <= 64 { "RSA" } else { "DSA" };
            Some(Key { kind, bits: Some(bits_of(first)) })
        }
        (0x04, [1]) => Some(Key { kind: "elliptic-curve", bits: None }),
        (0x30, _) => {
            let (0x06, oid, _) = element(first)? else { return None };
            let kind = KINDS.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name)?;
            let inner = element(rest).filter(|(tag, _, _)| *tag == 0x04).and_then(|(_, inner, _)| asn1(inner));
            Some(Key { kind, bits: inner.and_then(|key| key.bits) })
        }
        _ => None,
    }
}

/// The first of the strings with a length before them.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(4)?;
    let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
    rest.split_at_checked(length)
}

/// What follows the magic: cipher, key derivation, its options, the number of keys, the public key.
fn openssh(bytes: &[u8]) -> Option<Outcome> {
    let (cipher, rest) = string(bytes)?;
    let (_, rest) = string(rest)?;
    let (_, rest) = string(rest)?;
    if cipher != b"none" {
        return Some(Outcome::Is(Confidence::Medium, "an OpenSSH key behind a passphrase".into()));
    }
    let (public, _) = string(rest.get(4..)?)?;
    let (kind, rest) = string(public)?;
    let bits = match kind {
        b"ssh-rsa" => Some(bits_of(string(string(rest)?.1)?.0)),
        b"ssh-dss" => Some(bits_of(string(rest)?.0)),
        _ => None,
    };
    let kind = std::str::from_utf8(kind).ok().filter(|kind| kind.bytes().all(|b| b.is_ascii_graphic()))?;
    Some(without_passphrase(&format!("OpenSSH {kind}"), bits))
}

/// The base64 between the first BEGIN line and what follows: headers, quotes, escapes and indentation left out.
fn pem_body(text: &[u8]) -> Option<Vec<u8>> {
    let begin = memchr::memmem::find(text, b"-----BEGIN")?;
    let rest = &text[begin + 10..];
    let start = memchr::memmem::find(rest, b"-----")? + 5;
    let rest = &rest[start..];
    let end = memchr::memmem::find(rest, b"-----END").unwrap_or(rest.len());
    let text = String::from_utf8_lossy(&rest[..end]).replace("\\r", "").replace("\\n", "\n");
    let lines = text.lines().filter(|line| !line.contains(": ") && !line.trim_start().starts_with('='));
    Some(lines.flat_map(str::bytes).filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence of elements.
    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        tagged(0x30, &parts.concat())
    }

    fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).expect("short").to_be_bytes();
        [&[tag, 0x82, length[0], length[1]], content].concat()
    }

    /// Bytes of which no two neighbours are alike, the first with its high bit set.
    fn noise(length: usize) -> Vec<u8> {
        (0..length).map(|i| (i * 37 + 129) as u8 | u8::from(i == 0) << 7).collect()
    }

    fn reason(label: &str, plain: &[u8]) -> String {
        let text = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", BASE64.encode(plain));
        match private_key(&Context { window: text.as_bytes(), secret: 0..text.len() }) {
            Outcome::Is(_, reason) => reason.to_string(),
            _ => "none".to_owned(),
        }
    }

    fn rsa(bytes: usize) -> Vec<u8> {
        let modulus = [&[0][..], &noise(bytes)].concat();
        sequence(&[&[2, 1, 0], &tagged(2, &modulus), &[2, 3, 1, 0, 1], &tagged(2, &noise(bytes))])
    }

    #[test]
    fn bits_of_rsa_keys_are_counted() {
        assert_eq!(reason("RSA PRIVATE KEY", &rsa(256)), "RSA key of 2048 bits without a passphrase");
        assert_eq!(reason("RSA PRIVATE KEY", &rsa(128)), "RSA key of 1024 bits (weak) without a passphrase");
    }

    #[test]
    fn pkcs8_names_the_kind() {
        let algorithm = |oid: &[u8]| sequence(&[&tagged(6, oid), &[5, 0]]);
        let rsa = sequence(&[&[2, 1, 0], &algorithm(KINDS[0].0), &tagged(4, &rsa(512))]);
        assert_eq!(reason("PRIVATE KEY", &rsa), "RSA key of 4096 bits without a passphrase");
        let ed = sequence(&[&[2, 1, 0], &algorithm(KINDS[6].0), &tagged(4, &noise(34))]);
        assert_eq!(reason("PRIVATE KEY", &ed), "Ed25519 key without a passphrase");
    }

    #[test]
    fn a_cut_block_says_so() {
        assert!(reason("RSA PRIVATE KEY", &rsa(256)[..300]).starts_with("the block is cut"));
    }

    #[test]
    fn openssh_says_whether_it_needs_a_passphrase() {
        let s = |text: &[u8]| [&(text.len() as u32).to_be_bytes()[..], text].concat();
        let key = |cipher: &[u8]| {
            let public = [s(b"ssh-rsa"), s(&[1, 0, 1]), s(&[&[0][..], &noise(384)].concat())].concat();
            [b"openssh-key-v1\0".to_vec(), s(cipher), s(b"none"), s(b""), vec![0, 0, 0, 1], s(&public)].concat()
        };
        let open = reason("OPENSSH PRIVATE KEY", &key(b"none"));
        assert_eq!(open, "OpenSSH ssh-rsa key of 3072 bits without a passphrase");
        assert_eq!(reason("OPENSSH PRIVATE KEY", &key(b"aes256-ctr")), "an OpenSSH key behind a passphrase");
    }
}
