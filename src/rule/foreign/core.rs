//! What a pattern must contain, and how far around: so that its matches are looked for where they can be, and nowhere
//! else. What is derived here is exact: the same matches are found as by a search of the whole text.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Words of which every match holds one, and how far a match goes to either side of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Core {
    /// In lower case; they stand in the text in any.
    pub words: Vec<String>,
    /// Most bytes of a match before the word.
    pub before: usize,
    /// Most bytes of a match behind it.
    pub behind: usize,
    /// Whether letters beyond ASCII that fold to `k` or `s` may stand in a word.
    pub folds: bool,
}

/// Shorter words stand everywhere.
const SHORTEST: usize = 3;
/// More words than this are no help.
const MOST_WORDS: usize = 64;
/// Matches that may be longer are looked for everywhere.
const LONGEST: usize = 1 << 14;

/// A set of words of which a part of a pattern holds one.
#[derive(Debug, Clone)]
struct Words {
    words: Vec<String>,
    folds: bool,
}

impl Words {
    /// The more its shortest word says, and the fewer there are, the better.
    fn worth(&self) -> (usize, usize) {
        (self.words.iter().map(String::len).min().unwrap_or(0), MOST_WORDS.saturating_sub(self.words.len()))
    }
}

impl Core {
    /// Derives it, where the pattern allows.
    pub fn of(hir: &Hir) -> Option<Self> {
        let mut parts = Vec::new();
        flatten(hir, &mut parts);
        let lengths: Option<Vec<usize>> = parts.iter().map(|part| part.properties().maximum_len()).collect();
        let lengths = lengths?;
        let total: usize = lengths.iter().sum();
        if total > LONGEST {
            return None;
        }
        let best = runs(&parts).into_iter().max_by_key(|(_, words)| words.worth())?;
        let (range, words) = best;
        if words.worth().0 < SHORTEST || words.words.len() > MOST_WORDS {
            return None;
        }
        // The word stands somewhere within its parts.
        Some(Self {
            before: lengths[..range.end].iter().sum(),
            behind: lengths[range.start..].iter().sum(),
            words: words.words,
            folds: words.folds,
        })
    }
}

/// The parts of a pattern that follow each other, however they are grouped.
fn flatten<'h>(hir: &'h Hir, parts: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(subs) => subs.iter().for_each(|sub| flatten(sub, parts)),
        HirKind::Capture(capture) => flatten(&capture.sub, parts),
        _ => parts.push(hir),
    }
}

/// For stretches of the parts, the words that they hold.
fn runs(parts: &[&Hir]) -> Vec<(std::ops::Range<usize>, Words)> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < parts.len() {
        let mut run = Words { words: vec![String::new()], folds: false };
        let mut end = start;
        while let Some(more) = parts.get(end).and_then(|part| exact(part)) {
            run.words[0].push_str(&more.words[0]);
            run.folds |= more.folds;
            end += 1;
        }
        if end > start {
            found.push((start..end, run));
            start = end;
            continue;
        }
        if let Some(words) = within(parts[start]) {
            found.push((start..start + 1, words));
        }
        start += 1;
    }
    found
}

/// The words of which every match of a part holds one.
fn within(hir: &Hir) -> Option<Words> {
    match hir.kind() {
        HirKind::Alternation(ways) => {
            let mut all = Words { words: Vec::new(), folds: false };
            for way in ways {
                let mut parts = Vec::new();
                flatten(way, &mut parts);
                let (_, best) = runs(&parts).into_iter().max_by_key(|(_, words)| words.worth())?;
                all.words.extend(best.words);
                all.folds |= best.folds;
            }
            all.words.sort();
            all.words.dedup();
            Some(all)
        }
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            let mut parts = Vec::new();
            flatten(&repetition.sub, &mut parts);
            runs(&parts).into_iter().max_by_key(|(_, words)| words.worth()).map(|(_, words)| words)
        }
        HirKind::Concat(_) | HirKind::Capture(_) => {
            let mut parts = Vec::new();
            flatten(hir, &mut parts);
            runs(&parts).into_iter().max_by_key(|(_, words)| words.worth()).map(|(_, words)| words)
        }
        _ => None,
    }
}

/// The one word, in lower case, that a part is.
fn exact(hir: &Hir) -> Option<Words> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok().filter(|text| text.is_ascii())?;
            Some(Words { words: vec![text.to_ascii_lowercase()], folds: false })
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut letter = None;
            let mut folds = false;
            for range in class.ranges() {
                if range.end() as u32 - range.start() as u32 > 1 {
                    return None;
                }
                for c in range.start()..=range.end() {
                    let folded = match c {
                        '\u{212a}' => 'k',
                        '\u{17f}' => 's',
                        other if other.is_ascii() => other.to_ascii_lowercase(),
                        _ => return None,
                    };
                    folds |= !c.is_ascii();
                    if *letter.get_or_insert(folded) != folded {
                        return None;
                    }
                }
            }
            letter.map(|letter| Words { words: vec![letter.to_string()], folds })
        }
        HirKind::Empty | HirKind::Look(_) => Some(Words { words: vec![String::new()], folds: false }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::foreign::Pattern;

    fn core(pattern: &str) -> Option<(Vec<String>, usize, usize)> {
        let pattern = Pattern::new(pattern).unwrap_or_else(|m| panic!("{pattern}: {}", m.message));
        pattern.core().map(|core| (core.words.clone(), core.before, core.behind))
    }

    fn some(words: &[&str], before: usize, behind: usize) -> Option<(Vec<String>, usize, usize)> {
        Some((words.iter().map(|word| (*word).to_owned()).collect(), before, behind))
    }

    #[test]
    fn words_are_found_wherever_they_stand() {
        assert_eq!(core(r"\b(acme_[a-z0-9]{8})\b"), some(&["acme_"], 5, 13));
        assert_eq!(core(r"(?i)[\w.-]{0,9}(?:key|token)=\d{2,4}"), some(&["key", "token"], 34, 12));
        assert_eq!(core(r"[Aa]pi(?:x{3}|yyyy)?"), some(&["api"], 3, 7));
        assert_eq!(core(r"(?:ab|abc)def"), some(&["def"], 6, 3));
        assert_eq!(core(r"(?:one|two){1,2}"), some(&["one", "two"], 6, 6));
    }

    #[test]
    fn what_promises_nothing_is_left_alone() {
        for pattern in [r"\d{4}", "abc.*", "(?:abc)?x", "ab", "(?:abc|d)", "x{2}", "a[bc]d", "éab"] {
            assert_eq!(core(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn letters_that_fold_are_told() {
        let folds = |pattern: &str| Pattern::new(pattern).ok().and_then(|p| p.core().map(|core| core.folds));
        assert_eq!(folds("(?i)token"), Some(true));
        assert_eq!(folds("(?i)apiv"), Some(false));
        assert_eq!(folds("token"), Some(false));
    }
}
