//! The screen as a function of the state. No colour says what a word does not say, too, and nothing but characters that
//! any terminal has is needed.

use super::state::{Mode, Triage};
use crate::report::text::{truncate, width, wrap};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether colour may be used.
    pub color: bool,
    /// Whether characters beyond ASCII can be shown.
    pub unicode: bool,
}

/// Narrower screens have the list above the text, not beside it.
const WIDE: u16 = 96;
/// Below this nothing can be read.
const LEAST: (u16, u16) = (24, 8);

const HELP: &[(&str, &str)] = &[
    ("a", "allow: it is no leak (asks why, who answers for that, until when)"),
    ("b", "baseline: it is known, and accepted for now"),
    ("o", "open again"),
    ("u", "undo the last decision"),
    ("n j down", "next"),
    ("p k up", "previous"),
    ("g G", "first, last"),
    ("space PgDn PgUp", "scroll the text"),
    ("/", "filter by words: rule, path, author, severity, open; Esc shows all"),
    ("w q", "write what was decided and leave, or leave without"),
    ("Ctrl-C", "leave at once and write nothing"),
];

/// Draws the whole screen.
pub fn draw(triage: &mut Triage, look: Look, frame: &mut Frame<'_>) {
    let area = frame.area();
    let pen = Pen { look };
    if area.width < LEAST.0 || area.height < LEAST.1 {
        frame.render_widget(Paragraph::new("the window is too small"), area);
        return;
    }
    let row = |y: u16| Rect { y, height: 1, ..area };
    frame.render_widget(pen.head(triage, area.width), row(area.y));
    frame.render_widget(pen.rule(area.width), row(area.y + 1));
    let foot = pen.foot(triage, usize::from(area.width), usize::from(area.height) / 2);
    let foot_height = foot.len() as u16;
    let body = Rect { y: area.y + 2, height: area.height - 3 - foot_height, ..area };
    frame.render_widget(pen.rule(area.width), row(body.bottom()));
    frame.render_widget(Paragraph::new(foot), Rect { y: area.bottom() - foot_height, height: foot_height, ..area });
    if triage.mode == Mode::Help {
        frame.render_widget(Paragraph::new(pen.help(usize::from(area.width))), body);
        return;
    }
    let (list, text) = split(body, triage.shown.len());
    frame.render_widget(Paragraph::new(pen.list(triage, list)), list);
    let lines = pen.text(triage, usize::from(text.width));
    let most = lines.len().saturating_sub(usize::from(text.height));
    triage.scroll = triage.scroll.min(most);
    frame.render_widget(Paragraph::new(lines).scroll((triage.scroll as u16, 0)), text);
}

/// The list and the text: side by side where there is room.
fn split(body: Rect, items: usize) -> (Rect, Rect) {
    if body.width >= WIDE {
        let list = (body.width * 2 / 5).min(52);
        let text = Rect { x: body.x + list + 2, width: body.width - list - 2, ..body };
        return (Rect { width: list, ..body }, text);
    }
    let list = (items.max(1) as u16).min((body.height / 3).max(2)).min(body.height);
    // A blank line lies between.
    let text = Rect { y: body.y + list + 1, height: body.height.saturating_sub(list + 1), ..body };
    (Rect { height: list, ..body }, text)
}

/// Makes lines in the looks of the terminal.
struct Pen {
    look: Look,
}

impl Pen {
    fn fit(&self, text: &str, room: usize) -> String {
        let (text, dots) = if self.look.unicode {
            (text.to_owned(), "…")
        } else {
            let plain = |c: char| match c {
                '…' => "...".to_owned(),
                '→' => "->".to_owned(),
                c => c.to_string(),
            };
            (text.chars().map(plain).collect(), "...")
        };
        truncate(&text, room, dots)
    }

    fn paint(&self, color: Color) -> Style {
        if self.look.color { Style::new().fg(color) } else { Style::new() }
    }

    fn severity(&self, word: &str) -> Style {
        match word {
            "critical" => self.paint(Color::LightRed).add_modifier(Modifier::BOLD),
            "high" => self.paint(Color::Red),
            "medium" => self.paint(Color::Yellow),
            _ => self.paint(Color::Cyan),
        }
    }

    fn head(&self, triage: &Triage, room: u16) -> Line<'static> {
        let [open, allowed, baselined] = triage.counts();
        let at = if triage.shown.is_empty() { 0 } else { triage.at + 1 };
        let place = format!("{at}/{}", triage.shown.len());
        let filter = if triage.filter.is_empty() { String::new() } else { format!("   filter: {}", triage.filter) };
        let counts = format!("open {open}, allowed {allowed}, baselined {baselined}{filter}");
        let text = if usize::from(room) >= 70 {
            format!("keyhound triage   {place}   {counts}")
        } else {
            format!("{place}  {counts}")
        };
        Line::styled(self.fit(&text, usize::from(room)), Style::new().add_modifier(Modifier::BOLD))
    }

    fn rule(&self, room: u16) -> Line<'static> {
        let line = if self.look.unicode { "─" } else { "-" };
        Line::styled(line.repeat(usize::from(room)), Style::new().add_modifier(Modifier::DIM))
    }

    /// The list around the open item.
    fn list(&self, triage: &Triage, area: Rect) -> Vec<Line<'static>> {
        if triage.shown.is_empty() {
            return vec![Line::from("nothing matches the filter; Esc shows all")];
        }
        let (rows, room) = (usize::from(area.height), usize::from(area.width));
        let top = triage.at.saturating_sub(rows / 2).min(triage.shown.len().saturating_sub(rows));
        let entries = triage.shown.iter().enumerate().skip(top).take(rows);
        let line = |(ix, item): (usize, &usize)| {
            let (is_here, one) = (ix == triage.at, &triage.items[*item]);
            let word = triage.word(*item);
            let mark = match (is_here, word) {
                (true, _) => ">",
                (false, "open") => " ",
                _ => "-",
            };
            let state = if word == "open" { String::new() } else { format!("{word}: ") };
            let text = self.fit(&format!("{state}{} {}", one.place, one.rule), room.saturating_sub(11));
            let mut style = Style::new();
            if is_here {
                style = style.add_modifier(Modifier::REVERSED);
            } else if word != "open" {
                style = style.add_modifier(Modifier::DIM);
            }
            Line::from(vec![
                Span::raw(format!("{mark} ")),
                Span::styled(format!("{:8} ", one.severity), self.severity(one.severity)),
                Span::styled(text, style),
            ])
        };
        entries.map(line).collect()
    }

    /// Everything about the open item.
    fn text(&self, triage: &Triage, room: usize) -> Vec<Line<'static>> {
        let Some(item) = triage.current() else { return Vec::new() };
        let one = &triage.items[item];
        let mut lines = Vec::new();
        let bold = Style::new().add_modifier(Modifier::BOLD);
        for line in wrap(&format!("{} [{}]", one.severity, one.rule), room) {
            lines.push(Line::styled(self.fit(&line, room), self.severity(one.severity)));
        }
        lines.extend(wrap(&one.title, room).iter().map(|line| Line::styled(self.fit(line, room), bold)));
        lines.extend(
            broken(&one.place, room).iter().map(|line| Line::styled(self.fit(line, room), self.paint(Color::Cyan))),
        );
        lines.push(Line::from(""));
        let digits = one.excerpt.last().map_or(1, |(number, _)| number.to_string().len());
        for (ix, (number, text)) in one.excerpt.iter().enumerate() {
            let is_key = ix == one.at;
            let start = format!("{} {number:digits$}  ", if is_key { ">" } else { " " });
            let text = self.fit(&text.replace('\t', "    "), room.saturating_sub(start.len()));
            let style = if is_key { self.paint(Color::Magenta).add_modifier(Modifier::BOLD) } else { Style::new() };
            lines.push(Line::from(vec![
                Span::styled(start, Style::new().add_modifier(Modifier::DIM)),
                Span::styled(text, style),
            ]));
        }
        if !one.excerpt.is_empty() {
            lines.push(Line::from(""));
        }
        for (label, text) in &one.fields {
            for (ix, line) in wrap(text, room.saturating_sub(7).max(10)).iter().enumerate() {
                let label = if ix == 0 { *label } else { "" };
                let start = Span::styled(format!("{label:>5}  "), Style::new().add_modifier(Modifier::DIM));
                lines.push(Line::from(vec![start, Span::raw(self.fit(line, room.saturating_sub(7)))]));
            }
        }
        lines.push(Line::from(""));
        let state = match &triage.decisions()[item] {
            Some(super::Decision::Allow { reason, owner, expires }) => {
                let owner = owner.as_ref().map(|owner| format!(", {owner} answers for it")).unwrap_or_default();
                let until = expires.map(|day| format!(", until {day}")).unwrap_or_default();
                format!("allowed: {reason}{owner}{until}")
            }
            _ => triage.word(item).to_owned(),
        };
        lines.extend(
            wrap(&format!("Decision: {state}"), room).iter().map(|line| Line::styled(self.fit(line, room), bold)),
        );
        lines
    }

    fn help(&self, room: usize) -> Vec<Line<'static>> {
        let column = 17;
        let mut lines = Vec::new();
        for (keys, text) in HELP {
            for (ix, line) in wrap(text, room.saturating_sub(column).max(10)).iter().enumerate() {
                let keys = if ix == 0 { *keys } else { "" };
                lines.push(Line::from(self.fit(&format!("{keys:column$}{line}"), room)));
            }
        }
        lines
    }

    /// What can be pressed now, below what the last key came to; at most `most` lines.
    fn foot(&self, triage: &Triage, room: usize, most: usize) -> Vec<Line<'static>> {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let lines: Vec<Line<'static>> = match &triage.mode {
            Mode::Ask(form) => {
                let (question, typed) = form.question();
                let mut lines: Vec<Line<'static>> =
                    wrap(question, room).into_iter().map(|line| Line::styled(self.fit(&line, room), bold)).collect();
                lines.push(self.typed(typed, room));
                let below =
                    form.wrong.as_deref().unwrap_or("Enter: on   Up: back   Ctrl-U: empty   Esc: leave as it was");
                lines.push(Line::from(self.fit(below, room)));
                lines
            }
            Mode::Filter(_) => {
                let keys = "Enter: keep   Ctrl-U: empty   Esc: as before";
                vec![self.typed(&triage.filter, room), Line::from(self.fit(keys, room))]
            }
            Mode::Leave => {
                let [config, baseline] = &triage.options.files;
                let [_, allowed, baselined] = triage.counts();
                let mut what = Vec::new();
                if allowed > 0 {
                    what.push(format!("{allowed} allowed to {config}"));
                }
                if baselined > 0 {
                    what.push(format!("{baselined} to {baseline}"));
                }
                let question = format!("Write {}?", what.join(", and "));
                let mut lines: Vec<Line<'static>> =
                    wrap(&question, room).into_iter().map(|line| Line::styled(self.fit(&line, room), bold)).collect();
                lines.push(Line::from(self.fit("y: write and leave   n: leave without   Esc: go on", room)));
                lines
            }
            Mode::Help => vec![Line::from("any key goes back")],
            Mode::Browse => {
                let keys = "a allow, b baseline, o open, u undo, / filter, ? help, w write, q leave";
                let mut lines = vec![Line::from(self.fit(&triage.notice, room))];
                lines.extend(wrap(keys, room).into_iter().map(|line| Line::from(self.fit(&line, room))));
                lines
            }
        };
        let from = lines.len().saturating_sub(most.max(1));
        lines[from..].to_vec()
    }

    /// What is being typed; of a long text its end.
    fn typed(&self, text: &str, room: usize) -> Line<'static> {
        let mut end = text;
        while width(end) + 3 > room {
            let mut letters = end.chars();
            letters.next();
            end = letters.as_str();
        }
        Line::from(vec![
            Span::raw(format!("> {end}")),
            Span::styled(" ", Style::new().add_modifier(Modifier::REVERSED)),
        ])
    }
}

/// A long path in pieces of at most `room` columns: it has no blanks to be wrapped at.
fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for letter in text.chars() {
        let line = lines.last().map_or(0, |line| width(line));
        if line + width(letter.encode_utf8(&mut [0; 4])) > room.max(1) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push(letter);
        }
    }
    lines
}
