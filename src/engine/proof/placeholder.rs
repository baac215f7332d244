//! Values that stand where a key should be put: `xxxx`, `YOUR_API_TOKEN`, `<token>`, `${VAR}`, `1234567890abcdef`.

/// Words that no generated key of some length holds except by an accident of one in many thousands.
const WORDS: &[&str] = &[
    "example",
    "xxxx",
    "your",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "dummy",
    "sample",
    "redacted",
    "insert",
    "replace",
    "mysecret",
    "notreal",
    "fake",
    "testtest",
    "foobar",
    "deadbeef",
    "...",
    "****",
    "____",
    "abcdef123456",
    "1234567890",
    "0123456789",
    "9876543210",
    "abcdefghij",
    "qwertyuiop",
    "asdfghjkl",
    "todo",
    "xxx-xxx",
];

/// What begins a reference to a value that is kept elsewhere, or wraps an encrypted one.
const REFERENCES: &[&str] = &[
    "${",
    "$(",
    "{{",
    "<%",
    "#{",
    "%{",
    "enc[",
    "vault:",
    "{cipher}",
    "op://",
    "ref+",
    "secretref:",
    "arn:aws:",
    "@microsoft.keyvault",
    "process.env",
    "os.environ",
    "getenv",
    "env.",
    "secrets.",
    "var.",
    "data.",
    "age-encryption",
    "$ansible_vault",
];

/// Whether `body` (the value without its public prefix) is a placeholder.
pub(super) fn is_placeholder(body: &[u8]) -> bool {
    if body.is_empty() {
        return true;
    }
    // Long keys hold any four letters somewhere.
    let lower = body.to_ascii_lowercase();
    let has = |word: &&str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    if body.len() > 200 {
        return has(&"example") || has(&"xxxxxxxx");
    }
    WORDS.iter().any(has)
        || REFERENCES.iter().any(|start| lower.starts_with(start.as_bytes()))
        || (lower[0] == b'<' && lower.ends_with(b">"))
        || (lower[0] == b'%' && lower.ends_with(b"%"))
        || is_monotonous(&lower)
}

/// Few different characters, one of them over and over, or a run along the alphabet or the keyboard.
fn is_monotonous(lower: &[u8]) -> bool {
    let mut seen = [false; 256];
    lower.iter().for_each(|b| seen[*b as usize] = true);
    let distinct = seen.iter().filter(|s| **s).count();
    let least = if lower.len() >= 16 {
        6
    } else if lower.len() >= 8 {
        4
    } else {
        2
    };
    // In a long random value five equal digits are no wonder.
    let equal = if lower.len() >= 32 { 7 } else { 5 };
    distinct < least
        || longest_steps(lower, 0) >= equal
        || longest_steps(lower, 1) >= 8
        || longest_steps(lower, -1) >= 8
}

/// The longest stretch in which each byte is the one before plus `step`.
fn longest_steps(bytes: &[u8], step: i16) -> usize {
    let (mut longest, mut current) = (1, 1);
    for pair in bytes.windows(2) {
        current = if i16::from(pair[1]) - i16::from(pair[0]) == step { current + 1 } else { 1 };
        longest = longest.max(current);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_recognised() {
        for text in [
            "xxxxxxxxxxxxxxxxxxxx",
            "YOUR_API_TOKEN",
            "your-api-key",
            "1234567890abcdef",
            "<token>",
            "${TOKEN}",
            "{{ .Values.key }}",
            "aaaaaaaaaaaaaaaa",
            "changeme",
            "IOSFODNN7EXAMPLE",
            "abcabcabcabcabcabc",
            "abcdefghijklmnop",
            "ENC[AES256_GCM,data:x]",
            "",
            "0000000000000000",
            "process.env.KEY",
            "2f7a...",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn keys_are_not() {
        for text in ["9fK2mQ7xLp4RtV8nB3cZ6wYd", "d41d8cd98f00b204e9800998ecf8427e", "hunter2", "Tr0ub4dor&3"] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }
}
