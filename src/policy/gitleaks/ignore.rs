//! `.gitleaksignore`: one accepted finding a line, `file:rule:line` or `commit:file:rule:line`.

use super::{line_of, names};
use crate::finding::Finding;
use crate::policy::{Cover, Folders};
use crate::rule::RuleSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The entries of all files of that name.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    /// By what stands before the rule's id, the ids and lines, with where the entry is written.
    entries: BTreeMap<Vec<u8>, Vec<Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    rule: String,
    line: u64,
    origin: Arc<str>,
}

impl Ignore {
    /// Adds the entries of a file called `name`. Gives a note for every line that is none.
    pub fn add(&mut self, name: &str, text: &str) -> Vec<String> {
        let mut notes = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches('\u{feff}');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let origin = format!("{name}:{}", number + 1);
            // From the right, because a path may hold colons.
            let mut parts = line.rsplitn(3, ':');
            let entry = (parts.next().and_then(|line| line.parse().ok()), parts.next(), parts.next());
            let (Some(line), Some(rule), Some(before)) = entry else {
                notes.push(format!("{origin}: is neither file:rule:line nor commit:file:rule:line, and is ignored"));
                continue;
            };
            let before = before.replace('\\', "/").into_bytes();
            let entry = Entry { rule: rule.to_owned(), line, origin: Arc::from(origin) };
            self.entries.entry(before).or_default().push(entry);
        }
        notes
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What covers each place. An entry with a commit speaks of what that commit added to the file; the same key in the
    /// same file is then accepted wherever else it is seen, for nothing was added to it.
    pub(super) fn covers(&self, finding: &Finding, rules: &RuleSet, folders: &Folders) -> Vec<Option<Cover>> {
        if self.is_empty() {
            return vec![None; finding.locations.len()];
        }
        let mut accepted: BTreeMap<Vec<u8>, Arc<str>> = BTreeMap::new();
        for location in &finding.locations {
            let Some(commit) = location.commit() else { continue };
            for name in names(location, folders) {
                let key = [commit.id.to_string().as_bytes(), b":", &name].concat();
                if let Some(origin) = self.at(&key, line_of(location), finding, rules) {
                    accepted.insert(name.into_owned(), Arc::clone(origin));
                }
            }
        }
        let cover = |location| {
            let names = names(location, folders);
            let direct = names.iter().find_map(|name| self.at(name, line_of(location), finding, rules));
            let origin = direct.or_else(|| names.iter().find_map(|name| accepted.get(&**name)))?;
            Some(Cover::Config { reason: Arc::from(format!("ignored at {origin}")) })
        };
        finding.locations.iter().map(cover).collect()
    }

    fn at(&self, before: &[u8], line: u64, finding: &Finding, rules: &RuleSet) -> Option<&Arc<str>> {
        let found_by = std::iter::once(finding.rule).chain(finding.also.iter().copied());
        let ids: BTreeSet<&str> = found_by.map(|ix| rules.get(ix).spec.id).collect();
        let entries = self.entries.get(before)?;
        let means = |entry: &&Entry| {
            entry.line == line && (ids.contains(entry.rule.as_str()) || rules.find(&entry.rule).is_none())
        };
        entries.iter().find(means).map(|entry| &entry.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::{at, finding, in_history, rules};

    fn covered(text: &str, mut change: impl FnMut(&mut Finding)) -> Vec<bool> {
        let mut ignore = Ignore::default();
        assert_eq!(ignore.add("i", text), [""; 0]);
        let mut finding = finding(&[]);
        finding.locations = vec![at(Some("src/a.py")), in_history("src/a.py", 7)];
        finding.locations.iter_mut().for_each(|location| location.position.line = 12);
        change(&mut finding);
        let covers = ignore.covers(&finding, &rules(), &Folders::default());
        covers.iter().map(Option::is_some).collect()
    }

    #[test]
    fn three_parts_hold_for_every_commit() {
        assert_eq!(covered("src/a.py:test-key:12\n", |_| {}), [true, true]);
        assert_eq!(covered("src\\a.py:test-key:12", |_| {}), [true, true]);
        assert_eq!(covered("src/a.py:test-key:13", |_| {}), [false, false]);
        assert_eq!(covered("src/a.py:test-password:12", |_| {}), [false, false], "a rule of ours that is another");
        assert_eq!(covered("src/a.py:generic-api-key:12", |_| {}), [true, true], "a rule of theirs");
        assert_eq!(covered("# src/a.py:test-key:12\n\n", |_| {}), [false, false]);
    }

    #[test]
    fn four_parts_hold_for_the_key_in_the_file() {
        let id = "07".repeat(20);
        assert_eq!(covered(&format!("{id}:src/a.py:test-key:12"), |_| {}), [true, true]);
        let moved = |finding: &mut Finding| finding.locations[0].position.line = 40;
        assert_eq!(covered(&format!("{id}:src/a.py:test-key:12"), moved), [true, true]);
        let copied = |finding: &mut Finding| finding.locations[0].path = Some(b"b.py".to_vec());
        assert_eq!(covered(&format!("{id}:src/a.py:test-key:12"), copied), [false, true]);
        let other = "08".repeat(20);
        assert_eq!(covered(&format!("{other}:src/a.py:test-key:12"), |_| {}), [false, false]);
    }

    #[test]
    fn what_is_no_entry_is_named() {
        let notes = Ignore::default().add("x", "src/a.py\nsrc/a.py:rule:line\nd:\\a:r:1\n");
        assert_eq!(notes.len(), 2);
        assert!(notes[0].starts_with("x:1: "), "{notes:?}");
    }
}
