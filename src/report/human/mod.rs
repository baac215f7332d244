//! The report for a person in a terminal: what leaked, where, since when, whether it is still there, why keyhound
//! thinks so, what to do next; and at the end an account of everything that was looked at and that was not.
//!
//! Only reported findings are shown one by one; all others are counted.

mod advice;
mod blocked;
pub(super) mod entry;
mod inventory;
mod page;
pub(super) mod summary;

pub use blocked::{Blocked, blocked};

use super::text::clean;
use super::{Reporter, Run, Style};
use crate::finding::Finding;
use page::Page;
use std::io;

/// What the report tells of one finding, for other screens than its own. All of it can be shown as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Id of its rule.
    pub rule: &'a str,
    /// What it is, on one line, the key redacted.
    pub title: String,
    /// The place to open first.
    pub place: String,
    /// Labels and texts.
    pub fields: Vec<(&'static str, String)>,
}

/// What is told of each reported finding, in the order of the report.
pub fn told(run: &Run) -> Vec<Told<'_>> {
    entry::of_run(run).iter().map(tell).collect()
}

fn tell<'r>(entry: &entry::Entry<'r>) -> Told<'r> {
    Told {
        finding: entry.finding,
        rule: entry.rule.spec.id,
        title: clean(&entry.title()),
        place: clean(&entry.place_name()),
        fields: entry.fields().iter().map(|field| (field.label, clean(&field.text))).collect(),
    }
}

/// The format `human`.
#[derive(Debug)]
pub(super) struct Human {
    pub style: Style,
}

impl Reporter for Human {
    fn render(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::new(self.style);
        let entries = entry::of_run(run);
        for entry in &entries {
            entry.write(&mut page);
            page.blank();
        }
        advice::write(&mut page, &entries);
        inventory::write(&mut page, run);
        summary::write(&mut page, run);
        out.write_all(page.into_text().as_bytes())
    }
}
