//! JSON: one document, or one record a line. Both are the shared record and nothing else.

use super::account::{SummaryRecord, TOOL, ToolRecord};
use super::inventory::{KeyRecord, keys};
use super::record::{FindingRecord, ProblemRecord, SCHEMA, findings, records};
use super::text::is_hazard;
use super::{Judged, Reporter, Run};
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

/// One document: `{ "schema": 1, "tool": …, "summary": …, "findings": […], "problems": […] }`.
#[derive(Debug)]
pub(super) struct Json;

/// JSON Lines: findings, then the keys of an audit's inventory, then problems, then one summary, so that a reader who got the summary got everything.
#[derive(Debug)]
pub(super) struct JsonLines;

#[derive(Serialize)]
struct Document {
    schema: u32,
    tool: ToolRecord,
    summary: SummaryRecord,
    findings: Vec<FindingRecord>,
    /// Only of an audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    inventory: Option<Vec<KeyRecord>>,
    problems: Vec<ProblemRecord>,
}

/// The last line, which tells what a document tells at its top.
#[derive(Serialize)]
struct LastLine {
    schema: u32,
    tool: ToolRecord,
    #[serde(flatten)]
    summary: SummaryRecord,
}

impl Reporter for Json {
    fn render(&self, run: &Run, out: &mut dyn Write) -> io::Result<()> {
        let document = Document {
            schema: SCHEMA,
            tool: TOOL,
            summary: SummaryRecord::of(run),
            findings: findings(run).collect(),
            inventory: run.inventory.as_ref().map(|_| keys(run).collect()),
            problems: run.problems.iter().map(ProblemRecord::of).collect(),
        };
        let text = serde_json::to_string_pretty(&document)?;
        writeln!(out, "{}", inert(&text))
    }
}

impl Reporter for JsonLines {
    fn render(&self, run: &Run, out: &mut dyn Write) -> io::Result<()> {
        // A history holds thousands of findings: as long as one thread wrote them, the others waited.
        for batch in run.findings.chunks(AT_ONCE) {
            let texts: Vec<io::Result<Vec<u8>>> = batch.par_chunks(FEW).map(|few| lines(run, few)).collect();
            for text in texts {
                out.write_all(&text?)?;
            }
        }
        for key in keys(run) {
            line(out, &key)?;
        }
        for problem in &run.problems {
            line(out, &ProblemRecord::of(problem))?;
        }
        line(out, &LastLine { schema: SCHEMA, tool: TOOL, summary: SummaryRecord::of(run) })
    }
}

/// So many findings are in memory as text at once.
const AT_ONCE: usize = 256;
/// So many are written by a thread at a time.
const FEW: usize = 8;

/// The lines of some findings.
fn lines(run: &Run, few: &[Judged]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for record in few.iter().flat_map(|judged| records(run, judged)) {
        line(&mut out, &record)?;
    }
    Ok(out)
}

fn line(out: &mut dyn Write, record: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", inert(&serde_json::to_string(record)?))
}

/// The same JSON value, safe to print to a terminal: hazards beyond ASCII's control characters, which JSON allows in
/// strings as they are, become `\u` escapes. They occur nowhere but in strings, so the text may be changed as a whole.
pub(super) fn inert(json: &str) -> Cow<'_, str> {
    // Names of people are in all scripts; hazards are rare.
    let may_be_one = |c: char| c >= '\u{7f}' && is_hazard(c);
    if json.is_ascii() && !json.contains('\u{7f}') || !json.chars().any(may_be_one) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if may_be_one(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_escaped_and_mean_the_same() {
        let value = "a\u{9b}b\u{202e}c\u{e0041}\u{1b}\n名";
        let json = serde_json::to_string(value).expect("serialises");
        let json = inert(&json);
        assert_eq!(json, r#""a\u009bb\u202ec\udb40\udc41\u001b\n名""#);
        assert_eq!(serde_json::from_str::<String>(&json).expect("parses"), value);
    }
}
