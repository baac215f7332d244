//! CSV for spreadsheets: one row a record of the shared shape, its first place in columns of their own.

use super::record::{FindingRecord, findings};
use super::text::clean;
use super::{Reporter, Run};
use std::io;

/// The format `csv`.
#[derive(Debug)]
pub(super) struct Csv;

/// The columns; their names are those of the JSON record.
const COLUMNS: [&str; 25] = [
    "severity",
    "confidence",
    "rule",
    "provider",
    "description",
    "environment",
    "secret",
    "fingerprint",
    "verdict",
    "verdict_reason",
    "place",
    "path",
    "line",
    "column",
    "commit",
    "author",
    "email",
    "date",
    "removed",
    "removed_date",
    "in_head",
    "present",
    "places",
    "blobs",
    "liveness",
];

impl Reporter for Csv {
    fn render(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "{}", COLUMNS.join(","))?;
        for record in findings(run) {
            let cells: Vec<String> = cells(&record).iter().map(|text| cell(text)).collect();
            writeln!(out, "{}", cells.join(","))?;
        }
        Ok(())
    }
}

fn cells(record: &FindingRecord) -> [String; 25] {
    let (place, commit, removed) = (&record.place, record.place.commit.as_ref(), record.place.removed.as_ref());
    let of = |text: Option<&String>| text.cloned().unwrap_or_default();
    [
        record.severity.to_string(),
        record.confidence.to_string(),
        record.rule.to_string(),
        record.provider.to_string(),
        record.description.to_string(),
        record.environment.to_string(),
        of(record.secret.as_ref()),
        record.fingerprint.clone(),
        record.verdict.to_string(),
        of(record.verdict_reason.as_ref()),
        place.place.to_string(),
        of(place.path.as_ref()),
        place.line.to_string(),
        place.column.to_string(),
        of(commit.map(|commit| &commit.id)),
        of(commit.map(|commit| &commit.author)),
        of(commit.map(|commit| &commit.email)),
        of(commit.map(|commit| &commit.date)),
        of(removed.map(|commit| &commit.id)),
        of(removed.map(|commit| &commit.date)),
        place.in_head.to_string(),
        place.present.to_string(),
        record.locations.len().to_string(),
        record.blobs.to_string(),
        record.asked.as_ref().map_or_else(String::new, |asked| asked.liveness.to_string()),
    ]
}

/// A cell of RFC 4180. A spreadsheet takes what begins with certain characters for a formula, whoever wrote it; an
/// apostrophe makes it text.
fn cell(text: &str) -> String {
    let text = clean(text);
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text };
    if text.contains([',', '"', ' ', '\'']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_neither_break_out_nor_compute() {
        assert_eq!(cell("a"), "a");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        assert_eq!(cell("a\nb"), "a\\u{a}b");
    }
}
