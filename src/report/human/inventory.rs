//! The key inventory as a table: the worst first, one line for each key.

use super::Page;
use crate::hygiene::inventory::{Item, Kind, State};
use crate::report::style::Ink;
use crate::report::text::{count, truncate, width};
use crate::report::{Run, when};

/// No column but the last is wider.
const WIDEST: usize = 40;

/// Writes the table, where there is an inventory.
pub(super) fn write(page: &mut Page, run: &Run) {
    let Some(items) = run.inventory.as_ref().filter(|items| !items.is_empty()) else { return };
    let by_state: Vec<String> = State::ALL
        .iter()
        .map(|state| (state, items.iter().filter(|item| item.state == *state).count()))
        .filter(|(_, n)| *n > 0)
        .map(|(state, n)| format!("{n} {}", state.word()))
        .collect();
    let head = format!("Key inventory: {}", count(items.len() as u64, "key", "keys"));
    page.line(&[(Ink::Strong, &head), (Ink::Plain, &format!(" ({})", by_state.join(", ")))]);
    let titles = ["state", "key", "provider", "environment", "age", "rotated", "expires", "owner", "where"];
    let rows: Vec<[String; 9]> = items.iter().map(|item| row(item, run.now)).collect();
    let widths: Vec<usize> = (0..titles.len())
        .map(|at| rows.iter().map(|row| width(&row[at])).chain([width(titles[at])]).max().unwrap_or(0).min(WIDEST))
        .collect();
    let line = |page: &mut Page, cells: &[String], inks: &dyn Fn(usize) -> Ink| {
        let last = cells.len() - 1;
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(at, cell)| match at == last {
                true => cell.clone(),
                false => {
                    let cell = truncate(cell, widths[at], "…");
                    format!("{cell}{}  ", " ".repeat(widths[at].saturating_sub(width(&cell))))
                }
            })
            .collect();
        let mut pieces: Vec<(Ink, &str)> = vec![(Ink::Plain, "  ")];
        pieces.extend(padded.iter().enumerate().map(|(at, cell)| (inks(at), cell.as_str())));
        page.line(&pieces);
    };
    line(page, &titles.map(str::to_owned), &|_| Ink::Faint);
    for (item, cells) in items.iter().zip(&rows) {
        line(page, cells, &|at| match at {
            0 => ink(item.state),
            8 => Ink::Place,
            _ => Ink::Plain,
        });
    }
    page.blank();
}

fn ink(state: State) -> Ink {
    match state {
        State::Expired | State::Overdue => Ink::High,
        State::Expiring => Ink::Medium,
        State::Current => Ink::Good,
        State::Unknown | State::Past | State::Unused => Ink::Faint,
    }
}

fn row(item: &Item, now: i64) -> [String; 9] {
    let known = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let key = match (&item.shown, item.kind) {
        (Some(shown), _) => format!("{} {shown}", item.name),
        (None, Kind::CiSecret) => format!("secrets.{}", item.name),
        (None, _) => item.name.clone(),
    };
    let place = item.places.first().map_or_else(|| "–".to_owned(), |(path, line)| format!("{path}:{line}"));
    let more = item.places.len().saturating_sub(1);
    [
        item.state.word().to_owned(),
        key,
        known(item.provider.clone()),
        known(item.environment.clone()),
        known(item.age(now).map(|days| format!("{days} d"))),
        known(item.rotated.map(when::day)),
        known(item.expires.map(when::day)),
        known(item.owner.clone()),
        if more > 0 { format!("{place} (+{more})") } else { place },
    ]
}
