//! One HTML file that needs no network: to search, filter and group in a browser, to attach to a ticket, to print.
//!
//! Everything is in the markup itself, so it reads without its script, too. The script comes from this crate alone: the
//! page's own policy names it by its hash, and nothing that a repository wrote could run even if it were markup.

mod timeline;

use super::human::entry::{self, Entry, SHORT, SHORT_FINGERPRINT};
use super::human::summary;
use super::markup::escape;
use super::text::{clean_bytes, count};
use super::{Reporter, Repository, Run, when};
use crate::finding::Severity;
use crate::problem::Weight;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io;

/// The format `html`.
#[derive(Debug)]
pub(super) struct Html;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

impl Reporter for Html {
    fn render(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let entries = entry::of_run(run);
        let mut page = String::new();
        head(&mut page, run);
        controls(&mut page, &entries);
        page.push_str(&timeline::draw(run, &entries));
        page.push_str("<section aria-labelledby=\"keys\">\n<h2 id=\"keys\">Keys</h2>\n<p id=\"shown\" role=\"status\"></p>\n<div id=\"list\">\n");
        for (number, entry) in entries.iter().enumerate() {
            article(&mut page, entry, number + 1);
        }
        if entries.is_empty() {
            page.push_str("<p>None.</p>\n");
        }
        page.push_str("</div>\n</section>\n");
        account(&mut page, run);
        let _ = write!(page, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
        out.write_all(page.as_bytes())
    }
}

/// What a repository is called in a page that is looked at elsewhere, where `.` says nothing.
fn name(repository: &Repository) -> &str {
    let remote = || repository.remote.as_deref()?.trim_end_matches(['/', '.']).rsplit(['/', ':']).next();
    match repository.path.trim_end_matches('/') {
        "" | "." => remote().map_or("this repository", |name| name.trim_end_matches(".git")),
        path => path,
    }
}

fn head(page: &mut String, run: &Run) {
    let hash = |text: &str| BASE64.encode(&Sha256::digest(text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let (_, outcome) = summary::outcome(run);
    let names: Vec<String> = run.repositories.iter().map(|repository| escape(name(repository))).collect();
    let of = if names.is_empty() { String::new() } else { format!(" of {}", names.join(", ")) };
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>keyhound{of}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<a class=\"skip\" href=\"#list\">Skip to the keys</a>\n<header>\n<h1>keyhound{of}</h1>\n\
         <p class=\"outcome {}\">{}</p>\n</header>\n<main>\n",
        if run.reported().next().is_some() {
            "bad"
        } else if run.complete() {
            "good"
        } else {
            "unsure"
        },
        escape(&outcome)
    );
}

/// Filters; without the script they are not shown.
fn controls(page: &mut String, entries: &[Entry<'_>]) {
    if entries.is_empty() {
        return;
    }
    page.push_str(
        "<form id=\"controls\" hidden role=\"search\" aria-label=\"Filter the keys\">\n\
         <label class=\"wide\">Search <input type=\"search\" id=\"search\" placeholder=\"rule, path, author, commit…\" \
         aria-keyshortcuts=\"/\" autocomplete=\"off\"></label>\n<fieldset><legend>Severity</legend>",
    );
    for severity in Severity::ALL.iter().rev() {
        let n = entries.iter().filter(|entry| entry.finding.severity == *severity).count();
        let _ = write!(
            page,
            "<label><input type=\"checkbox\" name=\"severity\" value=\"{severity}\" checked> {severity} ({n})</label>"
        );
    }
    page.push_str("</fieldset>\n<fieldset><legend>Where</legend>");
    for (state, words) in STATES {
        let n = entries.iter().filter(|entry| state_of(entry) == state).count();
        let _ = write!(
            page,
            "<label><input type=\"checkbox\" name=\"state\" value=\"{state}\" checked> {words} ({n})</label>"
        );
    }
    page.push_str("</fieldset>\n<label>Group by <select id=\"group\">");
    for (value, words) in
        [("", "nothing"), ("key", "key"), ("file", "file"), ("provider", "provider"), ("author", "author")]
    {
        let _ = write!(page, "<option value=\"{value}\">{words}</option>");
    }
    page.push_str("</select></label>\n<button type=\"button\" id=\"all\" aria-expanded=\"false\">Open all</button>\n<p class=\"keys\"><kbd>/</kbd> search, <kbd>j</kbd> <kbd>k</kbd> next and previous key, <kbd>Enter</kbd> open</p>\n</form>\n");
}

/// Where a key is now.
const STATES: [(&str, &str); 2] = [("present", "still there"), ("past", "in history only")];

fn state_of(entry: &Entry<'_>) -> &'static str {
    let there = entry.places.iter().any(|place| place.in_head || place.object().is_none());
    if there { "present" } else { "past" }
}

fn article(page: &mut String, entry: &Entry<'_>, number: usize) {
    let (finding, rule) = (entry.finding, entry.rule);
    let file = entry.main_place().and_then(|place| place.path.as_deref()).map(clean_bytes).unwrap_or_default();
    let author = entry.introduced().map(|(_, commit)| commit.author.clone()).unwrap_or_default();
    let fingerprint = finding.fingerprint.to_string();
    let _ = write!(
        page,
        "<details class=\"finding\" id=\"k{number}\" data-severity=\"{0}\" data-state=\"{1}\" data-key=\"{2}\" data-file=\"{3}\" data-provider=\"{4}\" data-author=\"{5}\">\n\
         <summary><span class=\"severity {0}\">{0}</span> <span class=\"what\">{6} <code>{7}</code></span> <span class=\"where\">{8}</span></summary>\n<dl>\n",
        finding.severity,
        state_of(entry),
        escape(&fingerprint),
        escape(&file),
        escape(rule.provider.name),
        escape(&author),
        escape(rule.spec.description),
        escape(&finding.secret.redacted()),
        escape(&entry.place_name()),
    );
    let mut field = |label: &str, html: String| {
        let _ = writeln!(page, "<dt>{label}</dt><dd>{html}</dd>");
    };
    field("Rule", format!("<code>{}</code> of {}", escape(rule.spec.id), escape(rule.provider.name)));
    if let Some((label, story)) = entry.story() {
        field(if label == "since" { "Since" } else { "State" }, escape(&story));
    }
    if let Some((_, commit)) = entry.introduced() {
        let who = format!("{} <{}>", commit.author, commit.email);
        let id = commit.id.short(SHORT).to_string();
        field("By", format!("{} in <code>{}</code> “{}”", escape(&who), escape(&id), escape(&commit.summary)));
    }
    field("Why", escape(&entry.why()));
    field("Next", escape(&entry.next_step()));
    let steps: Vec<String> =
        rule.provider.revoke_steps.iter().map(|step| format!("<li>{}</li>", escape(step))).collect();
    if !steps.is_empty() && !finding.secret.is_empty() {
        field("Steps", format!("<ol>{}</ol>", steps.concat()));
    }
    field("Fingerprint", format!("<code>{}</code>", escape(&fingerprint[..SHORT_FINGERPRINT])));
    page.push_str("</dl>\n");
    places(page, entry);
    page.push_str("</details>\n");
}

/// More places than this are counted.
const MOST_PLACES: usize = 200;

fn places(page: &mut String, entry: &Entry<'_>) {
    let places = entry.places;
    let _ = writeln!(
        page,
        "<table><caption>{}</caption><thead><tr><th scope=\"col\">Place</th><th scope=\"col\">Introduced</th><th scope=\"col\">Removed</th></tr></thead><tbody>",
        count(places.len() as u64, "place", "places")
    );
    for place in places.iter().take(MOST_PLACES) {
        let commit = |commit: Option<&std::sync::Arc<crate::finding::CommitInfo>>| {
            commit.map_or_else(String::new, |commit| {
                format!("{} <code>{}</code> {}", when::day(commit.date), commit.id.short(SHORT), escape(&commit.author))
            })
        };
        let removed = if place.in_head { "still at HEAD".to_owned() } else { commit(place.removed()) };
        let _ = writeln!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td><td>{removed}</td></tr>",
            escape(&entry::name_of(place)),
            commit(place.commit())
        );
    }
    if places.len() > MOST_PLACES {
        let more = count((places.len() - MOST_PLACES) as u64, "more place", "more places");
        let _ = writeln!(page, "<tr><td colspan=\"3\">and {more}</td></tr>");
    }
    page.push_str("</tbody></table>\n");
}

/// What was looked at, what was not, and what went wrong.
fn account(page: &mut String, run: &Run) {
    page.push_str("<section aria-labelledby=\"account\">\n<h2 id=\"account\">What this covers</h2>\n<dl>\n");
    let parts = [
        ("Scanned", summary::scanned(run)),
        ("Not reported", summary::held_back(run)),
        ("Left out", summary::skipped(run, false)),
        ("Not scanned", summary::skipped(run, true)),
    ];
    for (label, parts) in parts.into_iter().filter(|(_, parts)| !parts.is_empty()) {
        let _ = writeln!(page, "<dt>{label}</dt><dd>{}</dd>", escape(&parts.join(", ")));
    }
    page.push_str("</dl>\n");
    if !run.problems.is_empty() {
        page.push_str("<ul class=\"problems\">\n");
        for problem in &run.problems {
            let word = match problem.weight {
                Weight::Note => "note",
                Weight::Incomplete => "warning",
                Weight::Fatal => "error",
            };
            let _ = writeln!(page, "<li><strong>{word}</strong> {}</li>", escape(&problem.to_string()));
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</section>\n");
}
