//! The page that the human report is written on: the only way to it cleans, wraps and colours, so that no caller can
//! forget to neutralise what the scanned text holds.

use crate::report::style::{Ink, Style};
use crate::report::text::{clean, truncate, width, wrap};

/// Text in the making.
pub(super) struct Page {
    style: Style,
    text: String,
}

/// The least room that text is wrapped to, however narrow the terminal.
const LEAST_ROOM: usize = 24;

impl Page {
    pub fn new(style: Style) -> Self {
        Self { style, text: String::new() }
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// One line of coloured pieces, as long as it gets: it holds what a person wants to copy whole.
    pub fn line(&mut self, pieces: &[(Ink, &str)]) {
        for (ink, piece) in pieces {
            let piece = self.fit(piece);
            self.text.push_str(&self.style.paint(*ink, &piece));
        }
        self.text.push('\n');
    }

    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A label, right-aligned in `column`, and text that wraps beside it.
    pub fn field(&mut self, column: usize, label: &str, ink: Ink, text: &str) {
        let room = self.room(column);
        for (i, line) in wrap(&self.fit(text), room).iter().enumerate() {
            self.labelled(column, if i == 0 { label } else { "" }, ink, line);
        }
    }

    /// Likewise on one line: what does not fit is cut.
    pub fn short_field(&mut self, column: usize, label: &str, text: &str) {
        let line = truncate(&self.fit(text), self.room(column), self.style.ellipsis());
        self.labelled(column, label, Ink::Plain, &line);
    }

    /// A paragraph behind a coloured word: `warning: …`, further lines indented by two.
    pub fn paragraph(&mut self, ink: Ink, word: &str, text: &str) {
        let whole = format!("{word}{}", self.fit(text));
        for (i, line) in wrap(&whole, self.room(0)).iter().enumerate() {
            match line.strip_prefix(word) {
                Some(rest) if i == 0 => self.text.push_str(&format!("{}{rest}\n", self.style.paint(ink, word))),
                _ => self.text.push_str(&format!("{}{line}\n", if i == 0 { "" } else { "  " })),
            }
        }
    }

    fn labelled(&mut self, column: usize, label: &str, ink: Ink, clean_line: &str) {
        let pad = " ".repeat(column.saturating_sub(width(label)));
        let label = self.style.paint(Ink::Faint, label);
        let line = self.style.paint(ink, clean_line);
        self.text.push_str(&format!("{pad}{label}  {line}\n"));
    }

    fn fit(&self, text: &str) -> String {
        self.style.glyphs(&clean(text))
    }

    fn room(&self, column: usize) -> usize {
        self.style.width.saturating_sub(column + 2).max(LEAST_ROOM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_reaches_the_page_is_clean() {
        let mut page = Page::new(Style::default());
        page.line(&[(Ink::Place, "a\u{1b}[31m")]);
        page.field(6, "by", Ink::Plain, "b\u{202e}");
        page.short_field(6, "by", "c\u{9b}");
        page.paragraph(Ink::Warning, "note: ", "d\r");
        let text = page.into_text();
        assert!(!text.chars().any(|c| c != '\n' && crate::report::text::is_hazard(c)), "{text}");
    }

    #[test]
    fn wrapped_lines_hang_below_the_text() {
        let mut page = Page::new(Style { width: 34, ..Style::default() });
        page.field(6, "why", Ink::Plain, "the format fits and its checksum agrees");
        assert_eq!(page.into_text(), "   why  the format fits and its\n        checksum agrees\n");
    }
}
