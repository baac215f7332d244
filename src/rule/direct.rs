//! A pattern run directly, by backtracking: nothing is built but a list of steps, and no memory is kept.
//!
//! Most keys are a sequence of byte classes with counts. An automaton for such a pattern has a state for each byte of the
//! key, which is built when it is first reached; with thousands of rules, of which each is tried a few times, building
//! costs more than looking. Patterns of other kinds are left to the automata.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};
use std::ops::Range;

/// More steps than this are left to an automaton.
const MOST_STEPS: usize = 400;

/// A try that takes more turns than this is left to an automaton, which never takes more than one a byte.
const MOST_TURNS: u32 = 2_000;

/// Likewise a search.
const MOST_SEARCH_TURNS: u32 = 10_000;

/// A repeated group is written out at most so many times.
const MOST_COPIES: u32 = 8;

/// Bytes, a bit for each.
type Set = [u64; 4];

/// A pattern as a list of steps.
#[derive(Debug)]
pub(super) struct Direct {
    steps: Vec<Step>,
    sets: Vec<Set>,
    /// The group that is the secret; none where it is the whole match.
    group: Option<u32>,
    /// The bytes that a match can begin with, where it takes no more than a look at them to pass over most places.
    first: Option<Set>,
    /// Per step, what can stand where it is taken.
    next: Vec<Next>,
}

/// What can stand at a place: a byte of a set, or nothing more.
#[derive(Debug, Clone, Copy, Default)]
struct Next {
    bytes: Set,
    end: bool,
}

impl Next {
    /// Anything.
    const ALL: Self = Self { bytes: [u64::MAX; 4], end: true };

    fn or(self, other: Self) -> Self {
        Self { bytes: union(self.bytes, other.bytes), end: self.end || other.end }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Exactly these bytes.
    Bytes(Box<[u8]>),
    /// Bytes of a set, as many as can be had or as few.
    Repeat { set: usize, min: u32, max: u32, greedy: bool },
    /// An assertion about the place.
    Look(Look),
    /// One of several ways, the first that leads to a match.
    Ways(Vec<usize>),
    /// Goes on elsewhere.
    Jump(usize),
    /// The secret begins.
    Open,
    /// The secret ends.
    Close,
    /// A match.
    Done,
}

/// What a try found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The secret, if its group took part.
    pub(super) secret: Option<Range<usize>>,
    /// Where the match ends.
    pub(super) end: usize,
}

/// A try took too many turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overrun;

/// A try at a place.
struct Try<'a> {
    direct: &'a Direct,
    text: &'a [u8],
    open: Option<usize>,
    secret: Option<Range<usize>>,
    turns: u32,
}

impl Direct {
    /// The steps of a pattern; `None` if it is none of those that are run directly.
    pub(super) fn of(hir: &Hir) -> Option<Self> {
        let mut groups = Vec::new();
        list_groups(hir, &mut groups);
        let named = groups.iter().find(|(_, is_secret)| *is_secret);
        let group = named.map(|(index, _)| *index).or_else(|| groups.iter().map(|(index, _)| *index).min());
        let mut made = Self { steps: Vec::new(), sets: Vec::new(), group, first: None, next: Vec::new() };
        made.add(hir)?;
        made.push(Step::Done)?;
        made.first = made.first_of(0);
        made.look_ahead();
        Some(made)
    }

    /// Says for each step what can stand where it is taken. Steps lead to later ones only.
    fn look_ahead(&mut self) {
        self.next = vec![Next::ALL; self.steps.len()];
        for (n, step) in self.steps.iter().enumerate().rev() {
            let behind = |step: usize| self.next.get(step).copied().unwrap_or(Next::ALL);
            self.next[n] = match step {
                Step::Bytes(bytes) => Next { bytes: set_of_one(bytes.first().copied()), end: false },
                Step::Repeat { set, min: 0, .. } => Next { bytes: self.sets[*set], end: false }.or(behind(n + 1)),
                Step::Repeat { set, .. } => Next { bytes: self.sets[*set], end: false },
                Step::Look(_) | Step::Open | Step::Close => behind(n + 1),
                Step::Ways(ways) => ways.iter().map(|way| behind(*way)).fold(Next::default(), Next::or),
                Step::Jump(to) => behind(*to),
                Step::Done => Next::ALL,
            };
        }
    }

    /// The bytes that can stand where step `step` begins; all where it asserts the start of a line. `None` where a search
    /// had better be left to an automaton.
    fn first_of(&self, step: usize) -> Option<Set> {
        match &self.steps[step] {
            Step::Bytes(bytes) => Some(set_of_one(bytes.first().copied())),
            Step::Repeat { set, min: 1.., .. } => Some(self.sets[*set]).filter(|set| size(set) <= MOST_FIRST),
            Step::Look(Look::StartLF) => Some([u64::MAX; 4]),
            Step::Look(Look::WordAscii) | Step::Open => self.first_of(step + 1),
            Step::Ways(ways) => {
                let sets = ways.iter().map(|way| self.first_of(*way));
                sets.reduce(|all, set| Some(union(all?, set?)))?
            }
            _ => None,
        }
    }

    /// The first match that begins at `from` or behind it, and at `until` at the latest, and where it begins; `None` where a
    /// search is left to an automaton.
    pub(super) fn search(&self, text: &[u8], from: usize, until: usize) -> Option<Option<(usize, Found)>> {
        let first = self.first?;
        let mut turns = MOST_SEARCH_TURNS;
        for at in from..text.len().min(until.saturating_add(1)) {
            if has(&first, text[at]) && self.may_go_on(0, text, at) {
                let mut this = Try { direct: self, text, open: None, secret: None, turns };
                if let Some(end) = this.run(0, at).ok()? {
                    return Some(Some((at, self.found(this.secret, at..end))));
                }
                turns = this.turns;
            }
        }
        Some(None)
    }

    fn found(&self, secret: Option<Range<usize>>, all: Range<usize>) -> Found {
        Found { end: all.end, secret: if self.group.is_some() { secret } else { Some(all) } }
    }

    /// The match that begins right at `at`, by the same preferences as a regular expression. What stands before `at` is
    /// context.
    pub(super) fn try_at(&self, text: &[u8], at: usize) -> Result<Option<Found>, Overrun> {
        let mut this = Try { direct: self, text, open: None, secret: None, turns: MOST_TURNS };
        let end = this.run(0, at)?;
        Ok(end.map(|end| self.found(this.secret, at..end)))
    }

    fn push(&mut self, step: Step) -> Option<usize> {
        self.steps.push(step);
        (self.steps.len() <= MOST_STEPS).then(|| self.steps.len() - 1)
    }

    fn set(&mut self, set: Set) -> usize {
        self.sets.iter().position(|known| *known == set).unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        })
    }

    fn add(&mut self, hir: &Hir) -> Option<()> {
        match hir.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                self.push(Step::Bytes(literal.0.clone()))?;
            }
            HirKind::Class(class) => {
                let set = self.set(set_of(class)?);
                self.push(Step::Repeat { set, min: 1, max: 1, greedy: true })?;
            }
            HirKind::Look(look) => {
                can_look(*look).then_some(())?;
                self.push(Step::Look(*look))?;
            }
            HirKind::Repetition(repetition) => self.add_repetition(repetition)?,
            HirKind::Capture(capture) if Some(capture.index) == self.group => {
                self.push(Step::Open)?;
                self.add(&capture.sub)?;
                self.push(Step::Close)?;
            }
            HirKind::Capture(capture) => self.add(&capture.sub)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.add(part))?,
            HirKind::Alternation(parts) => {
                let ways = self.push(Step::Ways(Vec::new()))?;
                let (mut starts, mut ends) = (Vec::new(), Vec::new());
                for part in parts {
                    starts.push(self.steps.len());
                    self.add(part)?;
                    ends.push(self.push(Step::Jump(0))?);
                }
                self.steps[ways] = Step::Ways(starts);
                let behind = self.steps.len();
                ends.into_iter().for_each(|end| self.steps[end] = Step::Jump(behind));
            }
        }
        Some(())
    }

    fn add_repetition(&mut self, repetition: &Repetition) -> Option<()> {
        let (min, max, greedy) = (repetition.min, repetition.max, repetition.greedy);
        let set = match repetition.sub.kind() {
            HirKind::Class(class) => Some(set_of(class)?),
            HirKind::Literal(literal) if literal.0.len() == 1 => Some(set_of_one(literal.0.first().copied())),
            _ => None,
        };
        if let Some(set) = set {
            let set = self.set(set);
            self.push(Step::Repeat { set, min, max: max.unwrap_or(u32::MAX), greedy })?;
            return Some(());
        }
        // Turns of a group that may be empty follow rules of their own.
        let max = max.filter(|max| *max <= MOST_COPIES)?;
        repetition.sub.properties().minimum_len().filter(|len| *len > 0)?;
        for _ in 0..min {
            self.add(&repetition.sub)?;
        }
        let mut open = Vec::new();
        for _ in min..max {
            open.push(self.push(Step::Ways(Vec::new()))?);
            self.add(&repetition.sub)?;
        }
        let behind = self.steps.len();
        for ways in open {
            let order = if greedy { vec![ways + 1, behind] } else { vec![behind, ways + 1] };
            self.steps[ways] = Step::Ways(order);
        }
        Some(())
    }

    fn has(&self, set: usize, byte: u8) -> bool {
        has(&self.sets[set], byte)
    }

    /// Whether step `step` can be taken at `at`, as far as the bytes beside it tell.
    #[inline]
    fn may_go_on(&self, step: usize, text: &[u8], at: usize) -> bool {
        let next = &self.next[step];
        if !text.get(at).map_or(next.end, |byte| has(&next.bytes, *byte)) {
            return false;
        }
        match &self.steps[step] {
            Step::Look(Look::StartLF) => at.checked_sub(1).is_none_or(|before| text[before] == b'\n'),
            _ => true,
        }
    }
}

impl Try<'_> {
    /// Goes on from a step; gives where the match ends.
    fn run(&mut self, mut step: usize, mut at: usize) -> Result<Option<usize>, Overrun> {
        let Direct { steps, .. } = self.direct;
        self.turns = self.turns.checked_sub(1).ok_or(Overrun)?;
        loop {
            match &steps[step] {
                Step::Bytes(bytes) => {
                    if !self.text[at..].starts_with(bytes) {
                        return Ok(None);
                    }
                    at += bytes.len();
                }
                Step::Repeat { set, min, max, greedy } => {
                    let rest = &self.text[at..];
                    let rest = &rest[..rest.len().min(*max as usize)];
                    let most = rest.iter().position(|byte| !self.direct.has(*set, *byte)).unwrap_or(rest.len());
                    let least = *min as usize;
                    if most < least {
                        return Ok(None);
                    }
                    if most > least {
                        return self.any_of(step + 1, at + least, at + most, *greedy);
                    }
                    at += most;
                }
                Step::Look(look) => {
                    if !holds(*look, self.text, at) {
                        return Ok(None);
                    }
                }
                Step::Ways(ways) => {
                    let (last, first) = (ways.len() - 1, &ways[..ways.len() - 1]);
                    for way in first {
                        if self.direct.may_go_on(*way, self.text, at)
                            && let Some(end) = self.run(*way, at)?
                        {
                            return Ok(Some(end));
                        }
                    }
                    step = ways[last];
                    continue;
                }
                Step::Jump(to) => {
                    step = *to;
                    continue;
                }
                Step::Open => {
                    let before = self.open.replace(at);
                    let end = self.run(step + 1, at)?;
                    if end.is_none() {
                        self.open = before;
                    }
                    return Ok(end);
                }
                Step::Close => {
                    let secret = self.open.map(|open| open..at);
                    let before = std::mem::replace(&mut self.secret, secret);
                    let end = self.run(step + 1, at)?;
                    if end.is_none() {
                        self.secret = before;
                    }
                    return Ok(end);
                }
                Step::Done => return Ok(Some(at)),
            }
            step += 1;
        }
    }

    /// Goes on from one of the places from `from` to `to`, the preferred first.
    fn any_of(&mut self, step: usize, from: usize, to: usize, greedy: bool) -> Result<Option<usize>, Overrun> {
        let places = to - from;
        for i in 0..=places {
            let at = if greedy { to - i } else { from + i };
            if self.direct.may_go_on(step, self.text, at)
                && let Some(end) = self.run(step, at)?
            {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }
}

/// Every group of a pattern, and whether it is called `secret`.
fn list_groups(hir: &Hir, groups: &mut Vec<(u32, bool)>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            groups.push((capture.index, capture.name.as_deref() == Some("secret")));
            list_groups(&capture.sub, groups);
        }
        HirKind::Repetition(repetition) => list_groups(&repetition.sub, groups),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| list_groups(part, groups));
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// A search looks closely where a byte of a set of at most so many stands.
const MOST_FIRST: u32 = 56;

fn has(set: &Set, byte: u8) -> bool {
    set[usize::from(byte / 64)] >> (byte % 64) & 1 != 0
}

fn size(set: &Set) -> u32 {
    set.iter().map(|bits| bits.count_ones()).sum()
}

fn union(one: Set, other: Set) -> Set {
    std::array::from_fn(|i| one[i] | other[i])
}

/// The bytes from `first` to `last`. Thousands are asked for, so not each by itself.
fn set_between(first: u8, last: u8) -> Set {
    std::array::from_fn(|word| {
        let (from, to) = (64 * word, 64 * word + 63);
        let (first, last) = (usize::from(first).max(from), usize::from(last).min(to));
        if first > last { 0 } else { (u64::MAX << (first - from)) & (u64::MAX >> (to - last)) }
    })
}

/// One byte, or none.
fn set_of_one(byte: Option<u8>) -> Set {
    byte.map_or([0; 4], |byte| set_between(byte, byte))
}

/// The bytes of a class, if each of its characters is one byte.
fn set_of(class: &Class) -> Option<Set> {
    match class {
        Class::Bytes(bytes) => {
            Some(bytes.ranges().iter().map(|range| set_between(range.start(), range.end())).fold([0; 4], union))
        }
        Class::Unicode(_) => None,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn can_look(look: Look) -> bool {
    use Look::*;
    matches!(look, Start | End | StartLF | EndLF | WordAscii | WordAsciiNegate)
}

/// Whether an assertion holds at `at`; those that [`can_look`] refuses never come here.
fn holds(look: Look, text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|i| text[i]);
    let after = text.get(at).copied();
    let is_boundary = before.is_some_and(is_word) != after.is_some_and(is_word);
    match look {
        Look::Start => before.is_none(),
        Look::End => after.is_none(),
        Look::StartLF => before.is_none_or(|byte| byte == b'\n'),
        Look::EndLF => after.is_none_or(|byte| byte == b'\n'),
        Look::WordAscii => is_boundary,
        Look::WordAsciiNegate => !is_boundary,
        _ => false,
    }
}

#[cfg(test)]
#[path = "direct_tests.rs"]
mod tests;
