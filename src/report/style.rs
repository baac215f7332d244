//! How a report for people may look: colour, width and characters are decided by whoever knows the terminal, and
//! passed in, so that rendering stays a pure function.

use owo_colors::OwoColorize;

/// What the receiving terminal, or file, can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colour may be used (a terminal, and `NO_COLOR` is not set).
    pub color: bool,
    /// Columns to fill before wrapping.
    pub width: usize,
    /// Whether characters beyond ASCII can be shown; if not, ours are spelled out, those of scanned text stay.
    pub unicode: bool,
}

/// The width of files and pipes, where nothing says another.
const PLAIN_WIDTH: usize = 100;

impl Default for Style {
    /// Plain text for a file or a pipe.
    fn default() -> Self {
        Self { color: false, width: PLAIN_WIDTH, unicode: true }
    }
}

/// The part that a piece of text plays; each part has one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Critical,
    High,
    Medium,
    Low,
    Good,
    Warning,
    /// What the eye should find first: a description, a count.
    Strong,
    /// A place to open.
    Place,
    Secret,
    /// Labels and other scaffolding.
    Faint,
}

impl Style {
    /// `text` in its colours, or as it is where colour is off. The text must be clean already.
    pub(super) fn paint(&self, ink: Ink, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        match ink {
            Ink::Plain => text.to_owned(),
            Ink::Critical => text.bright_red().bold().to_string(),
            Ink::High => text.red().to_string(),
            Ink::Medium | Ink::Warning => text.yellow().to_string(),
            Ink::Low => text.cyan().to_string(),
            Ink::Good => text.green().to_string(),
            Ink::Strong => text.bold().to_string(),
            Ink::Place => text.bold().cyan().to_string(),
            Ink::Secret => text.magenta().to_string(),
            Ink::Faint => text.dimmed().to_string(),
        }
    }

    /// Typographic characters that we use ourselves, spelled out for terminals that cannot show them.
    pub(super) fn glyphs(&self, text: &str) -> String {
        if self.unicode {
            return text.to_owned();
        }
        text.replace('…', "...").replace('→', "->").replace(['–', '—'], "-")
    }

    /// What stands where text was cut.
    pub(super) fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_nothing_is_added() {
        let style = Style::default();
        assert_eq!(style.paint(Ink::Critical, "x"), "x");
        assert!(Style { color: true, ..style }.paint(Ink::Critical, "x").contains('\u{1b}'));
    }

    #[test]
    fn plain_terminals_get_ascii() {
        let style = Style { unicode: false, ..Style::default() };
        assert_eq!(style.glyphs("ac_live_9fK2…"), "ac_live_9fK2...");
    }
}
