//! The timeline: when each key came in, and for how long it was, or is, exposed. The same is in words in each entry, so
//! the drawing is for the eye alone.

use crate::report::human::entry::Entry;
use crate::report::markup::escape;
use crate::report::places::last_removal;
use crate::report::{Run, when};
use std::fmt::Write as _;

/// The drawing's width in its own units.
const WIDTH: i64 = 1000;
/// Room of a bar, and below all of them.
const ROW: usize = 14;
const AXIS: usize = 4;
/// More bars than this are too thin to see.
const MOST: usize = 60;

/// A key's time in the open.
struct Span<'a> {
    from: i64,
    to: i64,
    open: bool,
    number: usize,
    entry: &'a Entry<'a>,
}

/// Draws the keys that a commit introduced; nothing where there are none.
pub(super) fn draw(run: &Run, entries: &[Entry<'_>]) -> String {
    let mut spans: Vec<Span<'_>> = entries
        .iter()
        .enumerate()
        .filter_map(|(i, entry)| {
            let (_, commit) = entry.introduced()?;
            let removal = last_removal(entry.places).map(|commit| commit.date);
            let to = removal.unwrap_or(run.now).max(commit.date);
            Some(Span { from: commit.date, to, open: removal.is_none(), number: i + 1, entry })
        })
        .collect();
    if spans.is_empty() {
        return String::new();
    }
    spans.sort_by_key(|span| (span.from, span.number));
    let left = spans.iter().map(|span| span.from).min().unwrap_or(0);
    let right = spans.iter().map(|span| span.to).max().unwrap_or(0).max(run.now).max(left.saturating_add(1));
    // Dates of commits can be absurd; 128 bits hold the differences of all.
    let x = |time: i64| {
        let (part, whole) = (i128::from(time) - i128::from(left), i128::from(right) - i128::from(left));
        i64::try_from(part * i128::from(WIDTH) / whole.max(1)).unwrap_or(0)
    };
    let more = spans.len().saturating_sub(MOST);
    spans.truncate(MOST);
    let height = spans.len() * ROW + AXIS;
    let mut svg = format!(
        "<section aria-labelledby=\"time\">\n<h2 id=\"time\">Introduced, and exposed for how long</h2>\n\
         <svg class=\"timeline\" viewBox=\"0 0 {WIDTH} {height}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\n"
    );
    for (row, span) in spans.iter().enumerate() {
        let (start, width) = (x(span.from), (x(span.to) - x(span.from)).max(4));
        let until = if span.open { "now".to_owned() } else { when::day(span.to) };
        let title = format!(
            "{} {}: {} until {until}, {}",
            span.entry.rule.spec.description,
            span.entry.finding.secret.redacted(),
            when::day(span.from),
            when::days(span.from, span.to)
        );
        let _ = writeln!(
            svg,
            "<a href=\"#k{}\" tabindex=\"-1\"><rect class=\"{}{}\" x=\"{start}\" y=\"{}\" width=\"{width}\" height=\"{}\"><title>{}</title></rect></a>",
            span.number,
            span.entry.finding.severity,
            if span.open { " open" } else { "" },
            row * ROW + 2,
            ROW - 4,
            escape(&title)
        );
    }
    let _ = writeln!(
        svg,
        "</svg>\n<p class=\"axis\" aria-hidden=\"true\"><span>{}</span><span>{}</span></p>",
        when::day(left),
        when::day(right)
    );
    if more > 0 {
        let _ = writeln!(svg, "<p>and {more} later ones</p>");
    }
    svg.push_str("<p class=\"legend\" aria-hidden=\"true\">A bar begins with the commit that added the key and ends with the one that removed it from the last file, or today. What was removed stays in history.</p>\n</section>\n");
    svg
}
