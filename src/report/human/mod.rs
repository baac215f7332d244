//! The report for a person in a terminal: what leaked, where, since when, whether it is still there, why keyhound
//! thinks so, what to do next; and at the end an account of everything that was looked at and that was not.
//!
//! Only reported findings are shown one by one; all others are counted.

mod advice;
mod blocked;
pub(super) mod entry;
mod page;
pub(super) mod summary;

pub use blocked::{Blocked, blocked};

use super::{Reporter, Run, Style};
use page::Page;
use std::io;

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
        summary::write(&mut page, run);
        out.write_all(page.into_text().as_bytes())
    }
}
