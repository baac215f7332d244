//! Triage as a person sees it: keys that are pressed, and the screens that come of them.
//!
//! `KEYHOUND_BLESS=1 cargo test triage` rewrites the golden screens; read the difference before you commit it.

use crate::reports::sample;
use keyhound::report::told;
use keyhound::triage::{Decision, Item, Leave, Look, Options, Press, Triage, draw};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use std::path::Path;

const PLAIN: Look = Look { color: false, unicode: true };

fn items() -> Vec<Item> {
    let run = sample::full();
    let mut items: Vec<Item> = told(&run)
        .into_iter()
        .map(|told| Item {
            severity: told.finding.severity.word(),
            rule: told.rule.to_owned(),
            title: told.title,
            place: told.place,
            fields: told.fields,
            ..Item::default()
        })
        .collect();
    items[0].excerpt = [(11, "# billing"), (12, "API_KEY=acme_live_T3hG…"), (13, "REGION=\teu")]
        .map(|(number, text)| (number, text.to_owned()))
        .into();
    items[0].at = 1;
    items[1].no_baseline = Some("the key is not where the report found it".to_owned());
    items
}

fn options() -> Options {
    Options {
        owner: "ann@example.org".to_owned(),
        now: sample::NOW,
        no_allow: None,
        files: ["keyhound.toml".to_owned(), "keyhound.baseline".to_owned()],
    }
}

fn triage() -> Triage {
    Triage::new(items(), options())
}

/// Presses letters, of which `\n` is Enter and `\x1b` Escape.
fn typed(triage: &mut Triage, letters: &str) -> Option<Leave> {
    letters.chars().fold(None, |_, letter| {
        triage.press(match letter {
            '\n' => Press::Enter,
            '\x1b' => Press::Escape,
            '\x08' => Press::Backspace,
            letter => Press::Char(letter),
        })
    })
}

fn screen(triage: &mut Triage, look: Look, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen in memory");
    terminal.draw(|frame| draw(triage, look, frame)).expect("draws");
    let buffer = terminal.backend().buffer();
    if !look.color {
        assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
    let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned() + "\n";
    (0..height).map(row).collect()
}

fn golden(name: &str, got: &str) {
    let path = Path::new("tests/golden").join(format!("triage-{name}.txt"));
    if std::env::var_os("KEYHOUND_BLESS").is_some() {
        std::fs::write(&path, got).expect("writable");
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(want == got, "{} differs; if that is meant, bless it\n--- got\n{got}", path.display());
}

#[test]
fn screens_are_as_they_were_read() {
    golden("wide", &screen(&mut triage(), PLAIN, (120, 24)));
    golden("usual", &screen(&mut triage(), PLAIN, (80, 24)));
    golden("narrow", &screen(&mut triage(), Look { unicode: false, ..PLAIN }, (40, 24)));
    let mut one = triage();
    typed(&mut one, "a");
    golden("ask", &screen(&mut one, PLAIN, (80, 24)));
    typed(&mut one, "a test account\n\n90d\nb");
    golden("decided", &screen(&mut one, PLAIN, (120, 24)));
    typed(&mut one, "?");
    golden("help", &screen(&mut one, PLAIN, (80, 24)));
    typed(&mut one, "?w");
    golden("leave", &screen(&mut one, PLAIN, (80, 24)));
}

#[test]
fn every_size_can_be_drawn_in_every_mode() {
    let keys = ["", "?", "/acme", "/nothing of that kind", "a", "aa reason that is longer than any screen", "bw"];
    for keys in keys {
        for size in [(1, 1), (24, 8), (30, 9), (60, 10), (95, 12), (96, 8), (300, 70)] {
            for look in [PLAIN, Look { color: true, unicode: false }] {
                let mut one = triage();
                typed(&mut one, keys);
                screen(&mut one, look, size);
            }
        }
        screen(&mut Triage::new(Vec::new(), options()), PLAIN, (80, 24));
    }
}

#[test]
fn no_screen_shows_a_key_or_obeys_a_name() {
    let mut one = triage();
    for _ in 0..items().len() {
        let text = screen(&mut one, PLAIN, (200, 60));
        for planted in sample::PLANTED.map(<[&str]>::concat) {
            assert!(!text.contains(&planted), "{text}");
        }
        assert!(!text.chars().any(|c| c != '\n' && keyhound::report::text::is_hazard(c)), "{text}");
        typed(&mut one, "n");
    }
}

#[test]
fn a_key_is_allowed_with_a_reason_an_owner_and_an_end() {
    let mut one = triage();
    // A reason is required, and a day that is over is refused.
    typed(&mut one, "a\n\n  a test account \n\n2020-01-01\n");
    assert_eq!(one.counts(), [8, 0, 0]);
    typed(&mut one, &"\x08".repeat(10));
    typed(&mut one, "2024-07-01\n");
    let Some(Decision::Allow { reason, owner, expires }) = &one.decisions()[0] else { panic!("{:?}", one.decisions()) };
    assert_eq!((reason.as_str(), owner.as_deref()), ("a test account", Some("ann@example.org")));
    assert_eq!(expires.map(|day| day.to_string()).as_deref(), Some("2024-07-01"));
    assert_eq!(one.counts(), [7, 1, 0]);
}

#[test]
fn decisions_can_be_taken_back_and_changed() {
    let mut one = triage();
    typed(&mut one, "b");
    assert_eq!(one.decisions()[0], Some(Decision::Baseline));
    // The second one cannot be baselined, so nothing happens to it.
    typed(&mut one, "b");
    assert_eq!(one.counts(), [7, 0, 1]);
    typed(&mut one, "go");
    assert_eq!(one.counts(), [8, 0, 0]);
    typed(&mut one, "u");
    assert_eq!(one.counts(), [7, 0, 1]);
    typed(&mut one, "u");
    assert_eq!(one.counts(), [8, 0, 0]);
    typed(&mut one, "uuu");
    assert_eq!(one.counts(), [8, 0, 0]);
}

#[test]
fn the_filter_narrows_and_escape_widens() {
    let mut one = triage();
    typed(&mut one, "/db.env\n");
    typed(&mut one, "b");
    let decided: Vec<usize> = (0..8).filter(|ix| one.decisions()[*ix].is_some()).collect();
    assert_eq!(decided.len(), 1);
    assert!(items()[decided[0]].place.contains("db.env"));
    typed(&mut one, "\x1b");
    // Words of the state count, too.
    typed(&mut one, "/baselined\n");
    assert!(screen(&mut one, PLAIN, (80, 24)).starts_with("keyhound triage   1/1 "));
}

#[test]
fn who_leaves_is_asked_only_where_something_was_decided() {
    assert_eq!(typed(&mut triage(), "q"), Some(Leave::Discard));
    assert_eq!(typed(&mut triage(), "bq"), None);
    assert_eq!(typed(&mut triage(), "bqy"), Some(Leave::Write));
    assert_eq!(typed(&mut triage(), "bwn"), Some(Leave::Discard));
    let mut one = triage();
    assert_eq!(typed(&mut one, "bw\x1b"), None);
    assert_eq!(one.press(Press::Stop), Some(Leave::Discard));
}

#[test]
fn what_cannot_be_allowed_says_why() {
    let mut one = Triage::new(items(), Options { no_allow: Some("there is none".to_owned()), ..options() });
    typed(&mut one, "a");
    assert!(screen(&mut one, PLAIN, (80, 24)).contains("cannot allow: there is none"));
}
