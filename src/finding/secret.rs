//! A secret is a type: whatever prints, logs or serialises it gets the redacted form.

use serde::{Serialize, Serializer};
use std::fmt;

/// The plain value of a key. `Debug`, `Display` and `Serialize` are redacted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret {
    plain: Box<[u8]>,
    /// Length of the public prefix (`ac_live_`), which may be shown.
    prefix: usize,
    /// How a report shows it whose plain value nobody knows any more.
    shown: Option<Box<str>>,
}

impl Secret {
    /// Wraps a plain value whose first `prefix` bytes are the same for every key of its kind.
    pub fn new(plain: &[u8], prefix: usize) -> Self {
        Self { plain: plain.into(), prefix: prefix.min(plain.len()), shown: None }
    }

    /// A secret of which only a report is left: how that shows it, and its length in bytes. Its plain value is zeros.
    pub fn as_shown(shown: &str, length: u64) -> Self {
        // No report tells the truth about a longer one.
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(1 << 24);
        Self { plain: vec![0; length].into(), prefix: 0, shown: Some(shown.into()) }
    }

    /// The plain value: the one named place where it leaves this type. Callers hash it, compare it, or show it because
    /// the person asked for `--show-secrets`.
    pub fn expose(&self) -> &[u8] {
        &self.plain
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.plain.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// Whether someone who knows a few hundred bits about it could guess the rest: passwords and other short values.
    pub fn is_guessable(&self) -> bool {
        self.prefix == 0 && self.plain.len() < 20
    }

    /// The public prefix and, where enough stays hidden, the next four characters: `ac_live_9fK2…`.
    ///
    /// At least 12 bytes and two thirds of the part that differs between keys are never shown; a value with neither
    /// prefix nor length enough shows nothing at all.
    pub fn redacted(&self) -> String {
        if let Some(shown) = &self.shown {
            return shown.to_string();
        }
        let hidden = self.plain.len() - self.prefix;
        // Behind the header of a PEM block comes a line break, however it is written, and not the next of the key.
        let is_header = self.plain[..self.prefix].ends_with(b"-----");
        let extra = if hidden >= 16 && !is_header { 4 } else { 0 };
        let shown = &self.plain[..self.prefix + extra];
        let mut text: String = String::from_utf8_lossy(shown).chars().take_while(|c| !c.is_control()).collect();
        text.push('…');
        text
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.redacted())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, {} bytes)", self.redacted(), self.plain.len())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_prefix_and_four_characters_of_a_long_key() {
        let secret = Secret::new(&[&b"ac_live_"[..], b"9fK2aaaaaaaaaaaaaaaaaaaa"].concat(), 8);
        assert_eq!(secret.to_string(), "ac_live_9fK2…");
        assert_eq!(serde_json::to_string(&secret).expect("serialises"), "\"ac_live_9fK2…\"");
        assert!(!format!("{secret:?}").contains("aaaa"));
    }

    #[test]
    fn shows_no_more_than_the_first_line_of_a_block() {
        let secret = Secret::new(b"-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEaaaaaaaaaaaaaaaa", 30);
        assert_eq!(secret.to_string(), "-----BEGIN EC PRIVATE KEY-----…");
    }

    #[test]
    fn shows_nothing_of_a_password() {
        assert_eq!(Secret::new(b"hunter2hunter2", 0).to_string(), "…");
    }
}
