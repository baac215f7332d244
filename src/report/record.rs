//! The record that the machine formats share: the frozen, versioned shape of what keyhound says to other programs.
//!
//! It exists apart from [`crate::finding::Finding`] so that the crate's types may change while this one may not. Adding a field is
//! allowed; renaming or removing one, or changing its meaning, raises [`SCHEMA`]. Nothing in it changes from run to
//! run over the same input: no clock, no duration, no absolute order of threads. `tests/reports/wire.rs` declares the
//! same shape a second time, strictly, so that it cannot drift.

use super::places::{is_present, last_removal};
use super::{Judged, Run, when};
use crate::finding::{Asked, CommitInfo, Confidence, Encoding, Environment, Liveness, Location, Place, Severity};
use crate::policy::{Cover, Verdict};
use crate::problem::{Problem, Weight};
use data_encoding::BASE64;
use serde::Serialize;
use std::collections::BTreeSet;

/// Version of the shape of these records.
pub const SCHEMA: u32 = 1;

/// One key with its places; with `--each`, one key at one place.
#[derive(Debug, Clone, Serialize)]
pub struct FindingRecord {
    /// Always `finding`.
    pub kind: &'static str,
    /// Id of the rule.
    pub rule: &'static str,
    /// Id of the provider.
    pub provider: &'static str,
    /// Ids of other rules that match the same bytes.
    pub also: Vec<&'static str>,
    /// The repository that it was found in, where a run is about many (`--repos`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// What was found.
    pub description: &'static str,
    /// How bad its leak is.
    pub severity: Severity,
    /// How sure keyhound is.
    pub confidence: Confidence,
    /// What it opens, where the format tells.
    pub environment: Environment,
    /// The first of `locations`. Here `commit` introduced the key first of all, `removed` removed it last of all (null
    /// while any place still holds it), and `in_head`, `present`, `reachable` and `refs` hold for any of the places.
    #[serde(flatten)]
    pub place: PlaceRecord,
    /// The key: redacted, in clear with `--show-secrets`, null for a finding that is about no key.
    pub secret: Option<String>,
    /// The key's bytes, only with `--show-secrets` and where they are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_base64: Option<String>,
    /// Length of the key in bytes.
    pub secret_length: u64,
    /// Identity that survives moves and reformatting.
    pub fingerprint: String,
    /// How many distinct git blobs hold it.
    pub blobs: u64,
    /// Every place; with `--each` only this one.
    pub locations: Vec<PlaceRecord>,
    /// What policy says: `report`, `allowed_inline`, `allowed_by_config`, `baselined`.
    pub verdict: &'static str,
    /// Why it is not `report`.
    pub verdict_reason: Option<String>,
    /// Why the confidence is what it is.
    pub reasons: Vec<String>,
    /// What the provider said, only where it was to be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedRecord>,
}

/// What a provider said about a key.
#[derive(Debug, Clone, Serialize)]
pub struct AskedRecord {
    /// Id of the provider.
    pub provider: &'static str,
    /// `live`, `dead`, `unknown`, or `not_asked`.
    pub liveness: Liveness,
    /// From which answer that follows, or why nobody was asked.
    pub evidence: String,
    /// The key's id at the provider.
    pub key_id: Option<String>,
    /// What it may do, in the provider's words.
    pub permissions: Vec<String>,
    /// When it expires, in the provider's words.
    pub expires: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
}

impl AskedRecord {
    /// The record of an answer.
    pub fn of(asked: &Asked) -> Self {
        let Asked { provider, liveness, evidence, key_id, permissions, expires, owner } = asked.clone();
        Self { provider, liveness, evidence, key_id, permissions, expires, owner }
    }
}

/// One place that holds a key.
#[derive(Debug, Clone, Serialize)]
pub struct PlaceRecord {
    /// `file`, `staged`, `stdin`, `history`, `commit_message` or `tag_message`.
    pub place: &'static str,
    /// Path; bytes that are no UTF-8 are replaced. Null where nothing has a path.
    pub path: Option<String>,
    /// The path's bytes, only where they are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_base64: Option<String>,
    /// First line, from 1.
    pub line: u64,
    /// First column, from 1, in characters.
    pub column: u64,
    /// Last line.
    pub end_line: u64,
    /// Column after the last character.
    pub end_column: u64,
    /// First byte within the file or object.
    pub offset: u64,
    /// Number of bytes there.
    pub length: u64,
    /// The encodings that hold the key, the outermost first: the position is then that of the encoded bytes. Absent for
    /// a key in clear.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub encodings: Vec<Encoding>,
    /// For a key in an archive, the path within it, which is the end of `path` too; the position is then that in the
    /// member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The git object that holds it.
    pub object: Option<String>,
    /// The commit that introduced it here.
    pub commit: Option<CommitRecord>,
    /// The commit that removed it from here.
    pub removed: Option<CommitRecord>,
    /// Whether the tree of HEAD holds it at this path.
    pub in_head: bool,
    /// Whether it exists now: in HEAD's tree, a file, the index, standard input, a message.
    pub present: bool,
    /// Whether a ref reaches it; true outside histories.
    pub reachable: bool,
    /// Branches and tags that reach it, where they were asked for.
    pub refs: Vec<String>,
}

/// Who committed what and when.
#[derive(Debug, Clone, Serialize)]
pub struct CommitRecord {
    /// In hexadecimal.
    pub id: String,
    /// The author's name.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When it was authored, RFC 3339 in UTC.
    pub date: String,
    /// When it was committed, likewise: the order in which commits are told apart.
    pub committed: String,
    /// First line of its message, without the keys in it.
    pub summary: String,
}

/// Something that went wrong without stopping the run.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemRecord {
    /// Always `problem`.
    pub kind: &'static str,
    /// `note`, `incomplete` (something was not looked at) or `fatal`.
    pub weight: &'static str,
    /// What it is about.
    pub subject: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub next_step: Option<String>,
}

/// Whether machine formats list a finding with that verdict. What is below the threshold the person asked not to see;
/// it is counted in the summary.
pub fn is_listed(verdict: &Verdict) -> bool {
    !matches!(verdict, Verdict::BelowThreshold { .. })
}

/// The records of all listed findings, in the run's order.
pub fn findings(run: &Run) -> impl Iterator<Item = FindingRecord> {
    run.findings.iter().flat_map(|judged| records(run, judged))
}

/// The records of one finding: none if it is not listed, one for each of its places where that was asked for.
pub(super) fn records(run: &Run, judged: &Judged) -> Vec<FindingRecord> {
    if !is_listed(&judged.verdict) {
        return Vec::new();
    }
    if !run.each || judged.finding.locations.is_empty() {
        return vec![FindingRecord::of(run, judged, &judged.finding.locations)];
    }
    let one = |n: usize| {
        let record = FindingRecord::of(run, judged, &judged.finding.locations[n..=n]);
        // The whole is reported for the sake of another place.
        let cover = judged.covers.get(n).and_then(Option::as_ref);
        match cover.filter(|_| judged.verdict == Verdict::Report).map(Cover::verdict) {
            Some(own) => FindingRecord { verdict: own.word(), verdict_reason: verdict_reason(&own), ..record },
            None => record,
        }
    };
    (0..judged.finding.locations.len()).map(one).collect()
}

impl FindingRecord {
    /// The record of a finding at `places`, which are all of its places or one of them.
    fn of(run: &Run, judged: &Judged, places: &[Location]) -> Self {
        let finding = &judged.finding;
        let rule = run.rules.get(finding.rule);
        let locations: Vec<PlaceRecord> = places.iter().map(PlaceRecord::of).collect();
        let shown = run.show_secrets.then(|| finding.secret.expose());
        let secret = shown.map_or_else(|| finding.secret.redacted(), |s| String::from_utf8_lossy(s).into_owned());
        Self {
            kind: "finding",
            rule: rule.spec.id,
            provider: rule.provider.id,
            also: finding.also.iter().map(|ix| run.rules.get(*ix).spec.id).collect(),
            repository: judged.repository.as_deref().map(str::to_owned),
            description: rule.spec.description,
            severity: finding.severity,
            confidence: finding.confidence,
            environment: finding.environment,
            place: PlaceRecord::over(places, &locations),
            secret: (!finding.secret.is_empty()).then_some(secret),
            secret_base64: shown.and_then(base64_unless_utf8),
            secret_length: finding.secret.len() as u64,
            fingerprint: finding.fingerprint.to_string(),
            blobs: finding.blobs,
            locations,
            verdict: judged.verdict.word(),
            verdict_reason: verdict_reason(&judged.verdict),
            reasons: finding.reasons.iter().map(|reason| reason.to_string()).collect(),
            asked: finding.asked.as_ref().map(AskedRecord::of),
        }
    }
}

/// Why a finding is not reported, without repeating the verdict's word.
pub fn verdict_reason(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Report => None,
        Verdict::AllowedInline => Some(verdict.to_string()),
        Verdict::AllowedByConfig { reason } | Verdict::BelowThreshold { reason } => Some(reason.clone()),
        Verdict::Baselined { reason } => reason.clone(),
    }
}

impl PlaceRecord {
    /// The record of one place.
    fn of(location: &Location) -> Self {
        let path = location.path.as_deref();
        let at = location.position;
        Self {
            place: match &location.place {
                Place::File => "file",
                Place::Staged => "staged",
                Place::Stdin => "stdin",
                Place::History { .. } => "history",
                Place::Message { commit: Some(_), .. } => "commit_message",
                Place::Message { commit: None, .. } => "tag_message",
            },
            path: path.map(|path| String::from_utf8_lossy(path).into_owned()),
            path_base64: path.and_then(base64_unless_utf8),
            line: at.line,
            column: at.column,
            end_line: at.end_line,
            end_column: at.end_column,
            offset: at.offset,
            length: at.length,
            encodings: location.wrap.encodings.clone(),
            member: location.wrap.member.as_deref().map(|member| String::from_utf8_lossy(member).into_owned()),
            object: location.object().map(|id| id.to_string()),
            commit: location.commit().map(|commit| CommitRecord::of(commit)),
            removed: location.removed().map(|commit| CommitRecord::of(commit)),
            in_head: location.in_head,
            present: is_present(location),
            reachable: location.reachable,
            refs: location.refs.clone(),
        }
    }

    /// The first place, with what holds for any of them; see [`FindingRecord::place`].
    fn over(places: &[Location], records: &[PlaceRecord]) -> Self {
        let mut over = records.first().cloned().unwrap_or_else(Self::nowhere);
        over.commit = records.iter().find_map(|record| record.commit.clone());
        over.removed = last_removal(places).map(CommitRecord::of);
        over.in_head = records.iter().any(|record| record.in_head);
        over.present = records.iter().any(|record| record.present);
        over.reachable = records.iter().any(|record| record.reachable);
        let refs: BTreeSet<String> = records.iter().flat_map(|record| record.refs.iter().cloned()).collect();
        over.refs = refs.into_iter().collect();
        over
    }

    /// For a finding about a whole project, which is at no place.
    fn nowhere() -> Self {
        let nowhere = Location::now(Place::File, None, Default::default(), Vec::new());
        Self::of(&nowhere)
    }
}

impl CommitRecord {
    /// The record of a commit.
    pub fn of(commit: &CommitInfo) -> Self {
        Self {
            id: commit.id.to_string(),
            author: commit.author.clone(),
            email: commit.email.clone(),
            date: when::rfc3339(commit.date),
            committed: when::rfc3339(commit.committed),
            summary: commit.summary.clone(),
        }
    }
}

impl ProblemRecord {
    /// The record of a problem.
    pub fn of(problem: &Problem) -> Self {
        Self {
            kind: "problem",
            weight: match problem.weight {
                Weight::Note => "note",
                Weight::Incomplete => "incomplete",
                Weight::Fatal => "fatal",
            },
            subject: problem.subject.clone(),
            message: problem.message.clone(),
            next_step: problem.next_step.clone(),
        }
    }
}

fn base64_unless_utf8(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).is_err().then(|| BASE64.encode(bytes))
}
