//! The state that keys move: which finding is open, what was decided, what can be taken back.

use super::form::{Answers, Form};
use crate::policy::Expiry;

/// One finding as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// `critical`, `high`, `medium` or `low`.
    pub severity: &'static str,
    /// Id of the rule.
    pub rule: String,
    /// What it is, the key redacted.
    pub title: String,
    /// The place to open first.
    pub place: String,
    /// Labels and texts: since when, by whom, why, what next.
    pub fields: Vec<(&'static str, String)>,
    /// Numbers and texts of the lines around the key.
    pub excerpt: Vec<(u64, String)>,
    /// Which of them holds the key.
    pub at: usize,
    /// Why it cannot go to the baseline, where that is so.
    pub no_baseline: Option<String>,
}

impl Item {
    fn matches(&self, words: &[String], state: &str) -> bool {
        let fields: String = self.fields.iter().map(|(_, text)| format!(" {text}")).collect();
        let all = format!("{} {} {} {} {state}{fields}", self.severity, self.rule, self.title, self.place);
        let all = all.to_lowercase();
        words.iter().all(|word| all.contains(word))
    }
}

/// What is to become of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is no leak.
    Allow {
        /// Why.
        reason: String,
        /// Who answers for that.
        owner: Option<String>,
        /// The last day on which that holds.
        expires: Option<Expiry>,
    },
    /// It is known, and accepted for now.
    Baseline,
}

/// A key that was pressed, whatever the terminal calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// A letter.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Backspace.
    Backspace,
    /// Control and U: empties what was typed.
    Clear,
    /// One up.
    Up,
    /// One down.
    Down,
    /// A page of the text up.
    PageUp,
    /// A page of the text down.
    PageDown,
    /// To the first.
    Home,
    /// To the last.
    End,
    /// Control and C.
    Stop,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// What was decided is to be written down.
    Write,
    /// Nothing is.
    Discard,
}

/// What is known before it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Who is proposed as the owner of exceptions.
    pub owner: String,
    /// The present, in seconds since 1970 (UTC).
    pub now: i64,
    /// Why nothing can be allowed, where that is so.
    pub no_allow: Option<String>,
    /// Where decisions go, for the last question.
    pub files: [String; 2],
}

/// What the keys do at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mode {
    /// They walk and decide.
    Browse,
    /// They make the filter; the one before is kept.
    Filter(String),
    /// They answer questions.
    Ask(Form),
    /// Any closes the help.
    Help,
    /// They say whether to write.
    Leave,
}

/// Findings, decisions, and where the person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triage {
    pub(super) items: Vec<Item>,
    decisions: Vec<Option<Decision>>,
    before: Vec<(usize, Option<Decision>)>,
    pub(super) options: Options,
    pub(super) filter: String,
    /// Those that the filter lets through.
    pub(super) shown: Vec<usize>,
    /// The open one, as a position in `shown`.
    pub(super) at: usize,
    /// How far its text is scrolled.
    pub(super) scroll: usize,
    pub(super) mode: Mode,
    /// What the last key came to, where that is worth a word.
    pub(super) notice: String,
}

impl Triage {
    /// All are open.
    pub fn new(items: Vec<Item>, options: Options) -> Self {
        Self {
            decisions: vec![None; items.len()],
            shown: (0..items.len()).collect(),
            before: Vec::new(),
            filter: String::new(),
            at: 0,
            scroll: 0,
            mode: Mode::Browse,
            notice: String::new(),
            items,
            options,
        }
    }

    /// What was decided, in the order of the items; `None` is left open.
    pub fn decisions(&self) -> &[Option<Decision>] {
        &self.decisions
    }

    /// How many are open, allowed and baselined.
    pub fn counts(&self) -> [usize; 3] {
        let of = |test: fn(&Option<Decision>) -> bool| self.decisions.iter().filter(|d| test(d)).count();
        [
            of(Option::is_none),
            of(|d| matches!(d, Some(Decision::Allow { .. }))),
            of(|d| matches!(d, Some(Decision::Baseline))),
        ]
    }

    /// The state of an item in a word.
    pub(super) fn word(&self, item: usize) -> &'static str {
        match self.decisions[item] {
            None => "open",
            Some(Decision::Allow { .. }) => "allowed",
            Some(Decision::Baseline) => "baselined",
        }
    }

    /// The item that is open.
    pub(super) fn current(&self) -> Option<usize> {
        self.shown.get(self.at).copied()
    }

    /// Does what a key means now; how it ends, where it does.
    pub fn press(&mut self, key: Press) -> Option<Leave> {
        self.notice.clear();
        if key == Press::Stop {
            return Some(Leave::Discard);
        }
        match std::mem::replace(&mut self.mode, Mode::Browse) {
            Mode::Browse => return self.browse(key),
            Mode::Help => {}
            Mode::Leave => match key {
                Press::Char('y' | 'Y') | Press::Enter => return Some(Leave::Write),
                Press::Char('n' | 'N') => return Some(Leave::Discard),
                _ => {}
            },
            Mode::Filter(before) => self.type_filter(key, before),
            Mode::Ask(form) => self.answer(key, form),
        }
        None
    }

    fn browse(&mut self, key: Press) -> Option<Leave> {
        match key {
            Press::Down | Press::Char('j' | 'n') => self.go(self.at.saturating_add(1)),
            Press::Up | Press::Char('k' | 'p') => self.go(self.at.saturating_sub(1)),
            Press::Home | Press::Char('g') => self.go(0),
            Press::End | Press::Char('G') => self.go(usize::MAX),
            Press::PageDown | Press::Char(' ') => self.scroll += SCROLL,
            Press::PageUp => self.scroll = self.scroll.saturating_sub(SCROLL),
            Press::Char('a') => self.begin_allow(),
            Press::Char('b') => self.baseline(),
            Press::Char('o') => self.decide(None),
            Press::Char('u') => self.undo(),
            Press::Char('/') => self.mode = Mode::Filter(self.filter.clone()),
            Press::Escape if !self.filter.is_empty() => self.set_filter(String::new()),
            Press::Char('?' | 'h') => self.mode = Mode::Help,
            Press::Char('w') if self.counts()[1..] == [0, 0] => self.notice = "nothing is decided yet".to_owned(),
            Press::Char('w') => self.mode = Mode::Leave,
            Press::Char('q') if self.counts()[1..] == [0, 0] => return Some(Leave::Discard),
            Press::Char('q') => self.mode = Mode::Leave,
            _ => self.notice = "'?' says what each key does".to_owned(),
        }
        None
    }

    fn go(&mut self, to: usize) {
        let to = to.min(self.shown.len().saturating_sub(1));
        if to != self.at {
            self.scroll = 0;
        }
        self.at = to;
    }

    fn begin_allow(&mut self) {
        match (&self.options.no_allow, self.current()) {
            (Some(why), _) => self.notice = format!("cannot allow: {why}"),
            (None, Some(_)) => self.mode = Mode::Ask(Form::new(&self.options.owner)),
            (None, None) => {}
        }
    }

    fn baseline(&mut self) {
        match self.current().and_then(|item| self.items[item].no_baseline.clone()) {
            Some(why) => self.notice = format!("cannot baseline: {why}"),
            None => self.decide(Some(Decision::Baseline)),
        }
    }

    fn decide(&mut self, decision: Option<Decision>) {
        let Some(item) = self.current() else { return };
        if self.decisions[item] == decision {
            self.notice = format!("it is {} already", self.word(item));
            return;
        }
        let is_decided = decision.is_some();
        self.before.push((item, std::mem::replace(&mut self.decisions[item], decision)));
        self.notice = format!("{}: {}; u takes it back", self.items[item].place, self.word(item));
        if is_decided {
            self.go_on(item);
        } else {
            self.set_filter(self.filter.clone());
        }
    }

    /// To the next one that is open, forwards and then from the top; stays where none is.
    fn go_on(&mut self, from: usize) {
        let at = self.at;
        self.set_filter(self.filter.clone());
        // What was decided may have left the filter's list.
        let start = if self.shown.get(at) == Some(&from) { at + 1 } else { at };
        let ways = (start..self.shown.len()).chain(0..start.min(self.shown.len()));
        if let Some(to) = ways.into_iter().find(|to| self.decisions[self.shown[*to]].is_none()) {
            self.go(to);
        }
    }

    fn undo(&mut self) {
        let Some((item, before)) = self.before.pop() else {
            self.notice = "there is nothing to take back".to_owned();
            return;
        };
        self.decisions[item] = before;
        self.set_filter(self.filter.clone());
        if let Some(at) = self.shown.iter().position(|shown| *shown == item) {
            self.go(at);
        }
        self.notice = format!("{}: {} again", self.items[item].place, self.word(item));
    }

    /// Lets through what holds every word of `filter`, and stays at the open item if that is among it.
    fn set_filter(&mut self, filter: String) {
        let current = self.current();
        let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
        self.filter = filter;
        self.shown = (0..self.items.len()).filter(|ix| self.items[*ix].matches(&words, self.word(*ix))).collect();
        let at = self.shown.iter().position(|shown| Some(*shown) == current);
        self.go(at.unwrap_or(self.at));
    }

    fn type_filter(&mut self, key: Press, before: String) {
        let mut filter = self.filter.clone();
        match key {
            Press::Char(letter) => filter.push(letter),
            Press::Backspace => drop(filter.pop()),
            Press::Clear => filter.clear(),
            Press::Enter => return,
            Press::Escape => return self.set_filter(before),
            _ => {}
        }
        self.set_filter(filter);
        self.mode = Mode::Filter(before);
    }

    fn answer(&mut self, key: Press, mut form: Form) {
        match key {
            Press::Char(letter) => form.push(letter),
            Press::Backspace => form.pop(),
            Press::Clear => form.clear(),
            Press::Up => {
                form.back();
            }
            Press::Escape => {
                self.notice = "left as it was".to_owned();
                return;
            }
            Press::Enter | Press::Down => {
                if let Some(Answers { reason, owner, expires }) = form.next(self.options.now) {
                    return self.decide(Some(Decision::Allow { reason, owner, expires }));
                }
            }
            _ => {}
        }
        self.mode = Mode::Ask(form);
    }
}

/// How many lines a page key moves.
const SCROLL: usize = 5;
