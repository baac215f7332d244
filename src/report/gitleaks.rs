//! The JSON report of gitleaks, key for key, so that whatever reads it need not change.
//!
//! One entry a place. Secrets are redacted, in the match as well, unless the person asked for them; the text around a
//! secret is shown only after the engine has cut out whatever else it knows for a key.

use super::json::inert;
use super::{Reporter, Repository, Run, when};
use crate::finding::{CommitInfo, Finding, Location, Place};
use crate::rule::foreign::entropy;
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::ser::PrettyFormatter;
use std::io;

/// Renders it.
pub(super) struct GitleaksJson;

/// One entry, its keys in the order of gitleaks.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'r> {
    #[serde(rename = "RuleID")]
    rule_id: &'r str,
    description: &'r str,
    start_line: u64,
    end_line: u64,
    start_column: u64,
    end_column: u64,
    r#match: String,
    secret: String,
    file: String,
    symlink_file: &'static str,
    commit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(serialize_with = "as_go_writes_it")]
    entropy: f32,
    author: &'r str,
    email: &'r str,
    date: String,
    message: &'r str,
    tags: &'r [&'r str],
    fingerprint: String,
}

impl Reporter for GitleaksJson {
    fn render(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let mut entries: Vec<Entry<'_>> = Vec::new();
        for finding in run.reported() {
            let open = finding.locations.iter().filter(|location| !location.covered);
            entries.extend(open.map(|location| entry(run, finding, location)));
        }
        if entries.is_empty() {
            return out.write_all(b"[]\n");
        }
        let mut bytes = Vec::new();
        let mut json = serde_json::Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" "));
        entries.serialize(&mut json).map_err(io::Error::other)?;
        // What Go escapes for the sake of HTML stands nowhere but in texts.
        let text = String::from_utf8_lossy(&bytes)
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026")
            .replace('\u{2028}', "\\u2028")
            .replace('\u{2029}', "\\u2029");
        writeln!(out, "{}", inert(&text))
    }
}

fn entry<'r>(run: &'r Run, finding: &'r Finding, location: &'r Location) -> Entry<'r> {
    let rule = run.rules.get(finding.rule);
    let commit = location.commit();
    let file = file(location);
    let lines = Lines::of(run, finding, location);
    let id = commit.map(|commit| commit.id.to_string()).unwrap_or_default();
    let before = if id.is_empty() { String::new() } else { format!("{id}:") };
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let secret = match (finding.secret.is_empty(), run.show_secrets) {
        (true, _) => String::new(),
        (false, true) => shown(finding.secret.expose()),
        (false, false) => finding.secret.redacted(),
    };
    let matched = match (&location.matched, run.show_secrets) {
        _ if finding.secret.is_empty() => format!("file detected: {file}"),
        (Some(matched), true) => shown(matched.text.expose()),
        (Some(matched), false) => matched.shown.clone().unwrap_or_else(|| secret.clone()),
        (None, _) => secret.clone(),
    };
    let word = |of: fn(&CommitInfo) -> &str| commit.map_or("", |commit| of(commit));
    Entry {
        rule_id: rule.spec.id,
        description: rule.spec.description,
        start_line: lines.start,
        end_line: lines.end,
        start_column: lines.start_column,
        end_column: lines.end_column,
        r#match: matched,
        secret,
        symlink_file: "",
        link: link(&run.repositories, &id, &file, &lines),
        entropy: entropy(finding.secret.expose()) as f32,
        author: word(|commit| &commit.author),
        email: word(|commit| &commit.email),
        date: commit.map(|commit| when::rfc3339(commit.date)).unwrap_or_default(),
        message: word(|commit| &commit.summary),
        tags: rule.spec.tags,
        fingerprint: format!("{before}{file}:{}:{}", rule.spec.id, lines.start),
        commit: id,
        file,
    }
}

/// As a person gave it, without what only says "here".
fn file(location: &Location) -> String {
    let path = location.path.as_deref().unwrap_or_default();
    let text = String::from_utf8_lossy(path.strip_prefix(b"./").unwrap_or(path)).into_owned();
    match (&location.place, text.is_empty()) {
        (Place::Message { .. }, true) => "<message>".to_owned(),
        _ => text,
    }
}

/// Where a match stands, in lines and bytes from 1, the last one included.
struct Lines {
    start: u64,
    end: u64,
    start_column: u64,
    end_column: u64,
}

impl Lines {
    fn of(run: &Run, finding: &Finding, location: &Location) -> Self {
        if finding.secret.is_empty() {
            return Self { start: 0, end: 0, start_column: 0, end_column: 0 };
        }
        let at = &location.position;
        let mut lines = match &location.matched {
            Some(matched) => Self {
                start: matched.at.line,
                end: matched.at.end_line,
                start_column: matched.columns.0,
                end_column: matched.columns.1,
            },
            None => Self {
                start: at.line,
                end: at.end_line,
                start_column: at.column,
                end_column: at.end_column.saturating_sub(1),
            },
        };
        if run.gitleaks_columns {
            lines.start_column += u64::from(lines.start > 1);
            lines.end_column += u64::from(lines.end > 1);
        }
        lines
    }
}

/// Where a browser shows it, for the hosts whose addresses are well known.
fn link(repositories: &[Repository], commit: &str, file: &str, lines: &Lines) -> Option<String> {
    let [repository] = repositories else { return None };
    let remote = repository.remote.as_deref().filter(|_| !commit.is_empty())?;
    let base = web(remote)?;
    let path = file.replace('%', "%25").replace(' ', "%20").replace('#', "%23").replace('?', "%3F");
    let (blob, range) = match base.strip_prefix("https://")?.split('/').next()? {
        "github.com" => ("blob", format!("-L{}", lines.end)),
        "gitlab.com" => ("-/blob", format!("-{}", lines.end)),
        _ => return None,
    };
    let plain = if blob == "blob" && (file.ends_with(".md") || file.ends_with(".ipynb")) { "?plain=1" } else { "" };
    let range = if lines.end > lines.start { range } else { String::new() };
    Some(format!("{base}/{blob}/{commit}/{path}{plain}#L{}{range}", lines.start))
}

/// `git@github.com:o/r.git` and `https://github.com/o/r.git` as a page's address.
fn web(remote: &str) -> Option<String> {
    let rest = match remote.split_once("://") {
        Some((_, rest)) => rest.split_once('@').map_or(rest, |(_, rest)| rest).to_owned(),
        None => remote.split_once('@')?.1.replacen(':', "/", 1),
    };
    let rest = rest.trim_end_matches('/').trim_end_matches(".git");
    Some(format!("https://{rest}"))
}

/// Whole numbers without a point.
fn as_go_writes_it<S: Serializer>(number: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 && number.abs() < 1e9 {
        return serializer.serialize_i64(*number as i64);
    }
    serializer.serialize_f32(*number)
}
