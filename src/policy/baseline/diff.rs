//! What one baseline accepts and another does not: for the review of a change to it.

use super::{Baseline, Entry};

/// How an entry differs from the one for the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference<'a> {
    /// Only the second holds it.
    Added(&'a Entry),
    /// Only the first holds it.
    Removed(&'a Entry),
    /// Both hold it, with another reason, owner or end; the place is no part of a decision.
    Changed(&'a Entry, &'a Entry),
}

impl Difference<'_> {
    /// On one line, like those of `diff`.
    pub fn line(&self) -> String {
        match self {
            Difference::Added(entry) => format!("+ {}", entry.text()),
            Difference::Removed(entry) => format!("- {}", entry.text()),
            Difference::Changed(old, new) => {
                let day = |entry: &Entry| entry.expires.map(|day| day.to_string());
                let pairs = [
                    ("reason", old.reason.clone(), new.reason.clone()),
                    ("owner", old.owner.clone(), new.owner.clone()),
                    ("expires", day(old), day(new)),
                ];
                let said = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
                let changes = pairs.into_iter().filter(|(_, old, new)| old != new);
                let changes: Vec<String> =
                    changes.map(|(name, old, new)| format!("{name}: {} -> {}", said(old), said(new))).collect();
                format!("~ {} {} {}", new.fingerprint, new.rule, changes.join("; "))
            }
        }
    }
}

impl Baseline {
    /// From `self` to `other`: differences in the order of the file, and how many entries are the same.
    ///
    /// # Errors
    ///
    /// A sentence: their keys differ, so that the same leak has another fingerprint in each.
    pub fn diff<'a>(&'a self, other: &'a Baseline) -> Result<(Vec<Difference<'a>>, usize), String> {
        if self.key_bytes != other.key_bytes {
            return Err("the two baselines have different keys, so their entries cannot be compared".to_owned());
        }
        let mut all: Vec<_> = self.entries.keys().chain(other.entries.keys()).collect();
        all.sort();
        all.dedup();
        let mut same = 0;
        let mut differences = Vec::new();
        for key in all {
            match (self.entries.get(key), other.entries.get(key)) {
                (Some(old), Some(new))
                    if (&old.reason, &old.owner, old.expires) != (&new.reason, &new.owner, new.expires) =>
                {
                    differences.push(Difference::Changed(old, new));
                }
                (Some(_), Some(_)) => same += 1,
                (Some(old), None) => differences.push(Difference::Removed(old)),
                (None, Some(new)) => differences.push(Difference::Added(new)),
                (None, None) => {}
            }
        }
        Ok((differences, same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(lines: &[&str]) -> Baseline {
        let text = format!("# keyhound baseline 1 key={}\n{}\n", "ab".repeat(16), lines.join("\n"));
        Baseline::parse("b", text.as_bytes()).expect("parses")
    }

    #[test]
    fn what_is_accepted_now_and_was_not_is_told() {
        let (one, two, three) = ("1".repeat(32), "2".repeat(32), "3".repeat(32));
        let old = baseline(&[&format!("{one} r a"), &format!("{two} r b owner=ann expires=2027-01-31")]);
        let new = baseline(&[&format!("{two} r elsewhere owner=bob"), &format!("{three} r \"c d\"")]);
        let (differences, same) = old.diff(&new).expect("one key");
        let lines: Vec<String> = differences.iter().map(Difference::line).collect();
        let want = [
            format!("- {one} r a"),
            format!("~ {two} r owner: ann -> bob; expires: 2027-01-31 -> none"),
            format!("+ {three} r \"c d\""),
        ];
        assert_eq!((lines.as_slice(), same), (want.as_slice(), 0));
        assert_eq!(old.diff(&old).map(|(differences, same)| (differences.len(), same)), Ok((0, 2)));
    }

    #[test]
    fn baselines_of_two_keys_cannot_be_compared() {
        let other = Baseline::new("b", &[7; 16]);
        assert!(baseline(&[]).diff(&other).is_err());
    }
}
