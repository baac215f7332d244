//! The baseline: keys that are known and accepted for now, so that a scan of an old repository speaks of new ones only.
//!
//! An entry names a key, by rule and fingerprint, and never a line: it survives edits and moves. It covers that key
//! wherever it lies, because a known key in one more file is no second leak; the path in the file is there for people,
//! and for guessable values, whose fingerprint holds little else. Changing a baseline makes a new one; nothing here
//! writes a file.

mod diff;
mod text;

pub use diff::Difference;

use super::judge::names;
use super::{Expiry, Folders, Verdict};
use crate::finding::{Finding, Fingerprint, FingerprintKey};
use crate::rule::{FormatError, RuleSet};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Known findings, under a key of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    file: String,
    key_bytes: Vec<u8>,
    key: FingerprintKey,
    entries: BTreeMap<(Fingerprint, String), Entry>,
    /// Comments of people after the last entry.
    trailing: Vec<String>,
}

/// One known key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its fingerprint under the baseline's key.
    pub fingerprint: Fingerprint,
    /// The id of the rule that found it.
    pub rule: String,
    /// Where it was when it was added; `None` for a place without a path.
    pub path: Option<Vec<u8>>,
    /// Why it is accepted.
    pub reason: Option<String>,
    /// Who answers for that.
    pub owner: Option<String>,
    /// The last day on which it is.
    pub expires: Option<Expiry>,
    /// Line of the file that it was read from, from 1; 0 for a new one.
    pub line: u64,
    /// Comments of people on the lines before it.
    pub comments: Vec<String>,
}

impl Entry {
    /// Whether it no longer holds at `now`.
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires.is_some_and(|expiry| expiry.is_past(now))
    }
}

/// Why a baseline could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file does not open.
    #[error("{}: cannot be read: {error}; 'keyhound baseline create' writes a new one", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A line is not what a baseline holds.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// What `baseline create` made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The new baseline.
    pub baseline: Baseline,
    /// How many entries are new.
    pub added: usize,
    /// Entries that match what would be reported and have expired. They are left as they are: who set the date meant it.
    pub expired: Vec<Entry>,
}

/// What `baseline prune` made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// The new baseline.
    pub baseline: Baseline,
    /// Entries that matched nothing, and are gone.
    pub dead: Vec<Entry>,
    /// Entries that match and have expired; they are still there, and cover nothing.
    pub expired: Vec<Entry>,
}

impl Baseline {
    /// An empty baseline under `key`, to be written to `file`.
    pub fn new(file: &str, key: &[u8]) -> Self {
        Self {
            file: file.to_owned(),
            key_bytes: key.to_vec(),
            key: FingerprintKey::new(key),
            entries: BTreeMap::new(),
            trailing: Vec::new(),
        }
    }

    /// A key for a new baseline.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn random_key() -> std::io::Result<[u8; 32]> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(key)
    }

    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or one of its lines (which is named) is not what a baseline holds.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let unreadable = |error| BaselineError::Unreadable { path: path.to_owned(), error };
        // Asked first, because opening a pipe would wait for ever.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(unreadable(std::io::Error::other("it is not a file")));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        Ok(Self::parse(&path.to_string_lossy(), &bytes)?)
    }

    /// The name of the file, as it was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The key of its fingerprints.
    pub fn fingerprint_key(&self) -> &FingerprintKey {
        &self.key
    }

    /// All entries, in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The entries that name this finding's key, expired ones too. `folders` says what paths count from.
    pub fn matching(&self, finding: &Finding, rules: &RuleSet, folders: &Folders) -> Vec<&Entry> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        names(finding, rules, folders, &self.key)
            .into_iter()
            .filter_map(|(fingerprint, rule)| self.entries.get(&(fingerprint, rule.to_owned())))
            .collect()
    }

    /// This baseline with every finding added that would be reported. Existing entries stay as they are.
    pub fn create<'f>(
        &self,
        judged: impl Iterator<Item = (&'f Finding, &'f Verdict)>,
        rules: &RuleSet,
        folders: &Folders,
        now: i64,
    ) -> Created {
        let mut baseline = self.clone();
        let mut expired = BTreeMap::new();
        for (finding, _) in judged.filter(|(_, verdict)| verdict.reports()) {
            let matching = baseline.matching(finding, rules, folders);
            if matching.is_empty() {
                let entry = baseline.entry_for(finding, rules, folders);
                baseline.entries.insert((entry.fingerprint, entry.rule.clone()), entry);
                continue;
            }
            for entry in matching.into_iter().filter(|entry| entry.is_expired(now)) {
                expired.insert((entry.fingerprint, entry.rule.clone()), entry.clone());
            }
        }
        let added = baseline.entries.len() - self.entries.len();
        Created { baseline, added, expired: expired.into_values().collect() }
    }

    /// This baseline with one finding added, unless it is known; an entry that has expired is renewed.
    #[must_use]
    pub fn accept(&self, finding: &Finding, rules: &RuleSet, folders: &Folders, now: i64) -> Self {
        let mut baseline = self.clone();
        let known = self.matching(finding, rules, folders);
        if known.is_empty() {
            let entry = self.entry_for(finding, rules, folders);
            baseline.entries.insert((entry.fingerprint, entry.rule.clone()), entry);
        }
        for entry in known.into_iter().filter(|entry| entry.is_expired(now)) {
            let renewed = Entry { expires: None, ..entry.clone() };
            baseline.entries.insert((entry.fingerprint, entry.rule.clone()), renewed);
        }
        baseline
    }

    /// This baseline without the entries that match none of `findings`, which must be those of a scan of everything,
    /// whatever their verdicts.
    pub fn prune<'f>(
        &self,
        findings: impl Iterator<Item = &'f Finding>,
        rules: &RuleSet,
        folders: &Folders,
        now: i64,
    ) -> Pruned {
        let mut kept = BTreeMap::new();
        for finding in findings {
            for entry in self.matching(finding, rules, folders) {
                kept.entry((entry.fingerprint, entry.rule.clone())).or_insert_with(|| entry.clone());
            }
        }
        // What a check found says nothing to a run that does not make this check.
        let unasked =
            self.entries.iter().filter(|(_, entry)| entry.rule.contains('/') && rules.find(&entry.rule).is_none());
        kept.extend(unasked.map(|(key, entry)| (key.clone(), entry.clone())));
        let dead = self.entries.iter().filter(|(key, _)| !kept.contains_key(*key)).map(|(_, e)| e.clone()).collect();
        let expired = kept.values().filter(|entry| entry.is_expired(now)).cloned().collect();
        Pruned { baseline: Self { entries: kept, ..self.clone() }, dead, expired }
    }

    fn entry_for(&self, finding: &Finding, rules: &RuleSet, folders: &Folders) -> Entry {
        let rule = rules.get(finding.rule).spec.id;
        let path = finding.first().and_then(|first| {
            let shown = first.path.as_ref()?;
            Some(folders.relative(&first.place, shown).map_or_else(|| shown.clone(), |p| p.into_owned()))
        });
        Entry {
            fingerprint: match &finding.subject {
                Some(subject) => Fingerprint::of_subject(&self.key, rule, subject, path.as_deref().unwrap_or_default()),
                None => Fingerprint::of(&self.key, rule, &finding.secret, path.as_deref().unwrap_or_default()),
            },
            rule: rule.to_owned(),
            path,
            reason: None,
            owner: None,
            expires: None,
            line: 0,
            comments: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, finding, guessable, rules};
    use super::*;

    const NOW: i64 = 1_800_000_000; // 2027-01-15

    fn create(old: &Baseline, findings: &[Finding]) -> Created {
        let report = Verdict::Report;
        old.create(findings.iter().map(|f| (f, &report)), &rules(), &Folders::default(), NOW)
    }

    fn prune(old: &Baseline, findings: &[Finding]) -> Pruned {
        old.prune(findings.iter(), &rules(), &Folders::default(), NOW)
    }

    fn covers(baseline: &Baseline, finding: &Finding) -> bool {
        !baseline.matching(finding, &rules(), &Folders::default()).is_empty()
    }

    #[test]
    fn a_known_key_stays_known_when_it_moves() {
        let baseline = create(&Baseline::new("b", b"key"), &[finding(&["a/old.env"])]).baseline;
        assert!(covers(&baseline, &finding(&["somewhere/else.env"])));
        assert!(!covers(&baseline, &guessable(&["a/old.env"])));
    }

    #[test]
    fn a_password_stays_known_where_it_was_and_with_further_places() {
        let baseline = create(&Baseline::new("b", b"key"), &[guessable(&["a.env"])]).baseline;
        assert!(covers(&baseline, &guessable(&["a.env"])));
        assert!(covers(&baseline, &guessable(&["0-first.env", "a.env"])), "a new first place changes nothing");
        assert!(!covers(&baseline, &guessable(&["b.env"])));
    }

    #[test]
    fn a_key_that_another_rule_now_names_stays_known() {
        let baseline = create(&Baseline::new("b", b"key"), &[finding(&["a"])]).baseline;
        let mut renamed = finding(&["a"]);
        let other = rules().find("test-password").expect("rule");
        renamed.also = vec![renamed.rule];
        renamed.rule = other;
        assert!(covers(&baseline, &renamed));
    }

    #[test]
    fn create_keeps_what_people_wrote_and_adds_only_what_is_reported() {
        let first = create(&Baseline::new("b", b"0123456789abcdef"), &[finding(&["a"])]).baseline;
        let text = first.to_text().replace(" a\n", " a reason=\"known test key\" owner=ann\n");
        let old = Baseline::parse("b", text.as_bytes()).expect("parses");
        let new = create(&old, &[finding(&["a"]), guessable(&["p"])]);
        assert_eq!(new.added, 1);
        assert!(new.baseline.to_text().contains("reason=\"known test key\" owner=ann"));
        assert_eq!(
            create(&new.baseline, &[finding(&["a"]), guessable(&["p"])]).baseline.to_text(),
            new.baseline.to_text()
        );
        let allowed = Verdict::AllowedInline;
        let none = Baseline::new("b", b"key").create(
            [(&finding(&["a"]), &allowed)].into_iter(),
            &rules(),
            &Folders::default(),
            NOW,
        );
        assert_eq!(none.added, 0);
    }

    #[test]
    fn expired_entries_are_shown_and_left_alone() {
        let first = create(&Baseline::new("b", b"0123456789abcdef"), &[finding(&["a"])]).baseline;
        let text = first.to_text().replace(" a\n", " a expires=2027-01-14\n");
        let old = Baseline::parse("b", text.as_bytes()).expect("parses");
        let again = create(&old, &[finding(&["a"])]);
        assert_eq!((again.added, again.expired.len()), (0, 1));
        assert_eq!(again.baseline.to_text(), text);
        let pruned = prune(&old, &[finding(&["a"])]);
        assert_eq!((pruned.dead.len(), pruned.expired.len()), (0, 1));
    }

    #[test]
    fn prune_drops_what_matches_nothing() {
        let both = create(&Baseline::new("b", b"key"), &[finding(&["a"]), guessable(&["p"])]).baseline;
        let pruned = prune(&both, &[finding(&["b"])]);
        assert_eq!(pruned.dead.iter().map(|e| e.rule.as_str()).collect::<Vec<_>>(), ["test-password"]);
        assert_eq!(pruned.baseline.entries().count(), 1);
    }

    #[test]
    fn paths_are_those_seen_from_the_base() {
        let folders = Folders { base: Some("/r".into()), here: "/r/sub".into(), repository: Some("/r".into()) };
        let report = Verdict::Report;
        let below = guessable(&["a.env"]);
        let made = Baseline::new("b", b"key").create([(&below, &report)].into_iter(), &rules(), &folders, NOW).baseline;
        assert_eq!(made.entries().next().and_then(|e| e.path.clone()).as_deref(), Some(&b"sub/a.env"[..]));
        let from_top = Folders { here: "/r".into(), ..folders };
        assert_eq!(made.matching(&guessable(&["sub/a.env"]), &rules(), &from_top).len(), 1);
    }

    #[test]
    fn a_finding_without_places_can_be_held() {
        let mut nowhere = guessable(&[]);
        let made = create(&Baseline::new("b", b"key"), std::slice::from_ref(&nowhere)).baseline;
        nowhere.locations.push(at(None));
        assert!(covers(&made, &nowhere));
        assert!(made.to_text().ends_with(" -\n"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().expect("temp dir");
        let missing = Baseline::read(&dir.path().join("none")).expect_err("missing").to_string();
        assert!(missing.contains("none") && missing.contains("baseline create"), "{missing}");
        assert!(Baseline::read(dir.path()).expect_err("a folder").to_string().contains("not a file"));
    }
}
