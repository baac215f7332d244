//! Words that are looked for anywhere in short texts: most texts lack a byte of each of them, which is cheaper to see than
//! where a word is.

/// Words, each with the bytes that it holds.
pub(super) struct Held<const N: usize> {
    words: [&'static str; N],
    bytes: [u64; N],
}

impl<const N: usize> Held<N> {
    /// Of words in small letters.
    pub(super) const fn of(words: [&'static str; N]) -> Self {
        let (mut bytes, mut i) = ([0; N], 0);
        while i < N {
            bytes[i] = bytes_in(words[i].as_bytes());
            i += 1;
        }
        Self { words, bytes }
    }

    /// Whether one of them stands in a text in small letters.
    pub(super) fn any_in(&self, lower: &[u8]) -> bool {
        let there = bytes_in(lower);
        self.words.iter().zip(&self.bytes).any(|(word, bytes)| bytes & !there == 0 && stands_in(word.as_bytes(), lower))
    }
}

/// Without what a searcher prepares: the texts are short.
fn stands_in(word: &[u8], text: &[u8]) -> bool {
    text.len() >= word.len() && text.windows(word.len()).any(|there| there[0] == word[0] && there == word)
}

/// A bit for each byte of a text in small letters; letters have their own.
const fn bytes_in(text: &[u8]) -> u64 {
    let (mut bits, mut i) = (0, 0);
    while i < text.len() {
        bits |= 1 << ((text[i] & 31) + if text[i] >= 0x60 { 0 } else { 32 });
        i += 1;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand() {
        let words = Held::of(["pass", "api-key", "***"]);
        for text in ["pass", "mypass1", "xapi-key", "a****", "papass"] {
            assert!(words.any_in(text.as_bytes()), "{text}");
        }
        for text in ["", "pas", "apikey", "ssap", "**", "pas-s", "ap-ikey"] {
            assert!(!words.any_in(text.as_bytes()), "{text}");
        }
    }
}
