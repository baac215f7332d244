//! The receipt of revocations: JSON Lines, only ever appended to. A line is on the disk before its request leaves, so a
//! run that was cut off anywhere leaves behind what it may have done, and no later run does it twice.

use crate::finding::{Fingerprint, FingerprintKey, Secret};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A request that revokes is about to leave.
    Sending,
    /// Its answer came: done.
    Done,
    /// Its answer came: not done.
    Refused,
    /// Its answer came: not now, and nothing was done.
    Postponed,
    /// No whole answer came, so nobody knows.
    NoAnswer,
    /// It never left.
    NotSent,
    /// The key was asked about, and is dead.
    Dead,
    /// The key was asked about, and is live.
    Live,
    /// The key was asked about, and the answer proves neither.
    Unknown,
}

/// One line. It holds no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Version of this shape: 1.
    pub receipt: u32,
    /// RFC 3339, UTC.
    pub time: String,
    /// What happened.
    pub event: Event,
    /// Identity of the key, the same in every repository; no key can be computed from it.
    pub key: String,
    /// The key, redacted.
    pub shown: String,
    /// Id of the provider.
    pub provider: String,
    /// Id of the rule.
    pub rule: String,
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// The key's id at the provider, where the request names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The request, redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The answer's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What follows, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// What earlier runs did about a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum State {
    /// Nothing that took effect.
    #[default]
    Fresh,
    /// A request may have been received, and its outcome is not known.
    Open {
        /// When it left.
        since: String,
    },
    /// The provider said that it revoked the key.
    Revoked {
        /// When.
        at: String,
    },
}

/// Why a receipt cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The file cannot be read or written.
    #[error("the receipt {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is a link, a directory, a device.
    #[error("the receipt {} is no plain file; name another with --receipt", .0.display())]
    NotPlain(PathBuf),
    /// Somebody else is writing it.
    #[error("the receipt {} is in use by another run of keyhound", .0.display())]
    Busy(PathBuf),
    /// A line is not ours.
    #[error("the receipt {}: line {line} is none of keyhound's; name another file with --receipt", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
}

/// An open receipt.
#[derive(Debug)]
pub struct Receipt {
    path: PathBuf,
    file: File,
    states: BTreeMap<String, State>,
    ids: BTreeMap<String, String>,
}

/// Identity of a key over repositories and runs.
pub fn identity(provider: &str, secret: &Secret) -> String {
    Fingerprint::of(&FingerprintKey::default(), provider, secret, b"").to_string()
}

impl Receipt {
    /// Opens a receipt for appending, or starts one, and reads what it tells. It is locked until it is dropped.
    ///
    /// # Errors
    ///
    /// Why it cannot be used; nothing may be sent then.
    pub fn open(path: &Path) -> Result<Self, ReceiptError> {
        let failed = |error| ReceiptError::Io { path: path.to_owned(), error };
        let mut file = open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(ReceiptError::Busy(path.to_owned())),
            // Some file systems know no locks.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let mut states = BTreeMap::new();
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for (number, line) in text[..whole].lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            match serde_json::from_str::<Entry>(line) {
                Ok(entry) if entry.receipt == 1 => settle(&mut states, &entry),
                // The line that a crash cut was ended by the run after it.
                Err(error) if error.is_eof() && is_cut(line) => {}
                _ => return Err(ReceiptError::Foreign { path: path.to_owned(), line: number + 1 }),
            }
        }
        if whole < text.len() {
            // A crash cut the last line. Its request cannot have left, because the line was not on the disk.
            if !is_cut(&text[whole..]) {
                return Err(ReceiptError::Foreign { path: path.to_owned(), line: text.lines().count() });
            }
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), file, states, ids: BTreeMap::new() })
    }

    /// What earlier runs did about a key.
    pub fn state(&self, key: &str) -> State {
        self.states.get(key).cloned().unwrap_or_default()
    }

    /// Appends a line and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// It is not on the disk; the request must not leave.
    pub fn append(&mut self, entry: &Entry) -> Result<(), ReceiptError> {
        let failed = |error| ReceiptError::Io { path: self.path.clone(), error };
        let line = serde_json::to_string(entry).map_err(|error| failed(error.into()))?;
        self.file.write_all(format!("{line}\n").as_bytes()).map_err(failed)?;
        self.file.sync_all().map_err(failed)?;
        settle(&mut self.states, entry);
        if let Some(id) = &entry.key_id {
            self.ids.insert(entry.key.clone(), id.clone());
        }
        Ok(())
    }

    /// The id of a key, as this run learned it.
    pub fn id_of(&self, key: &str) -> Option<String> {
        self.ids.get(key).cloned()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens the file, or makes it, for its owner alone.
fn open(path: &Path) -> Result<File, ReceiptError> {
    let failed = |error| ReceiptError::Io { path: path.to_owned(), error };
    let there = path.symlink_metadata().ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return Err(ReceiptError::NotPlain(path.to_owned()));
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    if there.is_none() {
        // What appears there meanwhile, a link as well, is somebody else's.
        options.create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let file = options.open(path).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (opened, named) = (file.metadata().map_err(failed)?, path.symlink_metadata().map_err(failed)?);
        if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
            return Err(ReceiptError::NotPlain(path.to_owned()));
        }
        if there.is_none() {
            // Its name has to outlive a crash as its lines do.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
    }
    Ok(file)
}

/// How each line begins.
const START: &str = "{\"receipt\":1,";

/// Whether a text may be the beginning of a line.
fn is_cut(text: &str) -> bool {
    text.starts_with(START) || START.starts_with(text)
}

/// What a line changes.
fn settle(states: &mut BTreeMap<String, State>, entry: &Entry) {
    let before = states.get(&entry.key).cloned().unwrap_or_default();
    let after = match (entry.event, before) {
        // What was revoked once stays so, whatever a later line says.
        (_, revoked @ State::Revoked { .. }) => revoked,
        (Event::Sending, _) => State::Open { since: entry.time.clone() },
        (Event::Done, _) => State::Revoked { at: entry.time.clone() },
        (Event::Refused | Event::Postponed | Event::NotSent, _) => State::Fresh,
        // A key that is dead after a request whose answer was lost: it took effect.
        (Event::Dead, State::Open { .. }) => State::Revoked { at: entry.time.clone() },
        (Event::NoAnswer | Event::Dead | Event::Live | Event::Unknown, before) => before,
    };
    states.insert(entry.key.clone(), after);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(event: Event, second: u32) -> Entry {
        Entry {
            receipt: 1,
            time: format!("2026-01-01T00:00:{second:02}Z"),
            event,
            key: "k".to_owned(),
            shown: "ac_live_9fK2…".to_owned(),
            provider: "acme".to_owned(),
            rule: "acme-key".to_owned(),
            fingerprint: "00ff".to_owned(),
            key_id: None,
            request: None,
            status: None,
            evidence: None,
        }
    }

    /// The state that a later run reads after these lines.
    fn after(events: &[Event]) -> State {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("receipt");
        let mut receipt = Receipt::open(&path).expect("opens");
        for (second, event) in events.iter().enumerate() {
            receipt.append(&entry(*event, second as u32)).expect("appends");
        }
        let now = receipt.state("k");
        drop(receipt);
        let read = Receipt::open(&path).expect("opens again").state("k");
        assert_eq!(now, read);
        read
    }

    #[test]
    fn a_later_run_knows_what_was_done() {
        use Event::{Dead, Done, Live, NoAnswer, NotSent, Postponed, Refused, Sending, Unknown};
        let open = State::Open { since: "2026-01-01T00:00:00Z".to_owned() };
        let revoked = |second: u32| State::Revoked { at: format!("2026-01-01T00:00:{second:02}Z") };
        for (events, want) in [
            (&[][..], State::Fresh),
            (&[Live], State::Fresh),
            (&[Sending], open.clone()),
            (&[Sending, NoAnswer], open.clone()),
            (&[Sending, NoAnswer, Unknown], open.clone()),
            (&[Sending, NoAnswer, Live], open),
            (&[Sending, NoAnswer, Dead], revoked(2)),
            (&[Sending, Done], revoked(1)),
            (&[Sending, Done, Live], revoked(1)),
            (&[Sending, Refused], State::Fresh),
            (&[Sending, Postponed], State::Fresh),
            (&[Sending, NotSent], State::Fresh),
            (&[Sending, Postponed, Sending, Done, Dead], revoked(3)),
        ] {
            assert_eq!(after(events), want, "{events:?}");
        }
    }

    #[test]
    fn a_line_that_a_crash_cut_is_ended_and_passed_over() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("receipt");
        let line = serde_json::to_string(&entry(Event::Sending, 0)).expect("serialises");
        for cut in [1, 5, 40, line.len() - 1] {
            std::fs::write(&path, format!("{line}\n{}", &line[..cut])).expect("writes");
            let mut receipt = Receipt::open(&path).expect("opens");
            assert!(matches!(receipt.state("k"), State::Open { .. }));
            receipt.append(&entry(Event::Done, 1)).expect("appends");
            drop(receipt);
            assert!(matches!(Receipt::open(&path).expect("opens again").state("k"), State::Revoked { .. }), "{cut}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn it_is_private_and_no_link_is_followed() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("receipt");
        drop(Receipt::open(&path).expect("opens"));
        assert_eq!(path.metadata().expect("is there").permissions().mode() & 0o777, 0o600);
        for (name, target) in [("to-a-file", "receipt"), ("to-nothing", "missing"), ("to-a-folder", ".")] {
            let link = dir.path().join(name);
            std::os::unix::fs::symlink(dir.path().join(target), &link).expect("links");
            assert!(matches!(Receipt::open(&link), Err(ReceiptError::NotPlain(_))), "{name}");
        }
        assert!(!dir.path().join("missing").exists());
        assert!(matches!(Receipt::open(dir.path()), Err(ReceiptError::NotPlain(_))));
        assert!(matches!(Receipt::open(&dir.path().join("no/where")), Err(ReceiptError::Io { .. })));
    }

    #[test]
    fn other_files_and_other_runs_are_respected() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("receipt");
        for foreign in ["hello\n", "{}\n", "notes", "{\"receipt\":2}\n"] {
            std::fs::write(&path, foreign).expect("writes");
            assert!(matches!(Receipt::open(&path), Err(ReceiptError::Foreign { line: 1, .. })), "{foreign}");
            assert_eq!(std::fs::read_to_string(&path).expect("reads"), foreign);
        }
        let path = dir.path().join("other");
        let _held = Receipt::open(&path).expect("opens");
        assert!(matches!(Receipt::open(&path), Err(ReceiptError::Busy(_))));
    }
}
