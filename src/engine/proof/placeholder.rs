//! Values that stand where a key should be put: `xxxx`, `YOUR_API_TOKEN`, `<token>`, `${VAR}`, `1234567890abcdef`.

use super::held::Held;

/// Words that no generated key of some length holds except by an accident of one in many thousands.
static WORDS: Held<33> = Held::of([
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
    "cafebabe",
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
    "xxx-xxx",
    "api-key",
    "api_key",
    "-token-",
]);

/// Values that standards print, in lower case: RFC 5849, 6455, 6749, 6750, 7617, 7519 and 7628, and AWS's documents.
const PRINTED: &[&str] = &[
    "258eafa5-e914-47da-95ca-c5ab0dc85b11",
    "dpf43f3p2l4k3l03",
    "kd94hf93k423kf44",
    "ad180jjd733klru7",
    "0685bd9184jfhq22",
    "9djdj82h48djs9d2",
    "2yotnfzfejr1zcsicmwpaa",
    "tgzv3jokf0xg5qx2tlkwia",
    "gx1fbat3bv",
    "7fjfp0zbr1ktdrbnfvdmiw",
    "czzcagrsa3f0mzpnwdfmqmf0m2jw",
    "splxlobeziqqybys6wxsbia",
    "mf_9.b5f-4.1jqm",
    "vf9dft4qmtc2nvb3rlckbhbhrhdmlzdgeuy29tcg",
    "qwxhzgrpbjpvcgvuihnlc2ftzq",
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
    "enc:",
    "enc(",
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
    "u2fsdgvkx1",
    "$ansible_vault",
];

/// Whether `body` (the value without its public prefix) is a placeholder.
pub(super) fn is_placeholder(body: &[u8]) -> bool {
    if body.is_empty() {
        return true;
    }
    // Long keys hold any four letters somewhere.
    let lower = body.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    if body.len() > 200 {
        return has("example") || has("xxxxxxxx");
    }
    let bare = lower.strip_suffix(b"==").or(lower.strip_suffix(b"=")).unwrap_or(&lower);
    WORDS.any_in(&lower)
        || says_todo(&lower)
        || lower.ends_with(b"***")
        || PRINTED.iter().any(|printed| printed.as_bytes() == bare)
        || REFERENCES.iter().any(|start| lower.starts_with(start.as_bytes()))
        || (lower[0] == b'<' && lower.ends_with(b">"))
        || (lower[0] == b'%' && lower.ends_with(b"%"))
        || is_monotonous(&lower)
}

/// `TODO`, `todo-set`: a word by itself, which other words in a row may hold.
fn says_todo(lower: &[u8]) -> bool {
    memchr::memmem::find_iter(lower, "todo").any(|at| {
        let is_letter = |at: Option<usize>| at.and_then(|at| lower.get(at)).is_some_and(u8::is_ascii_alphabetic);
        !is_letter(at.checked_sub(1)) && !is_letter(Some(at + 4))
    })
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

/// `a1b2c3d4e5f6`: the alphabet and the digits in turns.
pub(super) fn is_braided(lower: &[u8]) -> bool {
    let only = |test: fn(&u8) -> bool| lower.iter().copied().filter(test).collect::<Vec<u8>>();
    let (letters, digits) = (only(u8::is_ascii_alphabetic), only(u8::is_ascii_digit));
    letters.len() >= 5
        && longest_steps(&letters, 1) == letters.len()
        && longest_steps(&digits, 1) >= 4.min(digits.len())
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
            "ab-***",
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
