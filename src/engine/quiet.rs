//! Lines in which nothing was found before: most lines of a history stand in many versions, and a rule within lines gives
//! the same outcome wherever its line stands.
//!
//! A line that holds nothing at all is passed over before anything else looks at it. One that may be part of something
//! larger (a place of a rule over several lines, the beginning of an encoded text) is quiet only to rules within lines.
//!
//! Only hashes are kept, with a seed of this process: whoever writes a line cannot make it look like another.

use crate::vectors::{STEP, line_ends};
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Longer lines are not remembered, in bytes.
const LONGEST: usize = 512;

/// The bit of a remembered hash that says that a line is quiet only to rules within lines.
const PART: u64 = 1 << 62;
/// The bit that every remembered hash has.
const THERE: u64 = 1 << 63;
/// An empty place. Not zero: the system gives pages of zeros that are real only once they are written, and where they
/// were read before, each costs two faults, of which the second stops all threads.
const EMPTY: u64 = 1;

/// Lines in which nothing was found, for all threads: the newest in each place of a table. What one thread writes there
/// may be missed by another, which then looks itself.
#[derive(Debug)]
pub struct Memory {
    seed: foldhash::quality::RandomState,
    /// A hash, or nothing, by its own low bits.
    known: Box<[AtomicU64]>,
}

/// The least and the most lines that are remembered, eight bytes each.
const LEAST: usize = 1 << 12;
const MOST: usize = 1 << 21;
/// So many bytes that were looked up say how many will be passed over.
const ENOUGH: u64 = 4 << 20;
/// So many bytes of what is scanned come to one place in the table.
const BYTES: u64 = 128;

impl Memory {
    /// For scanning about so many bytes.
    pub fn for_bytes(bytes: u64) -> Arc<Self> {
        let places = usize::try_from(bytes / BYTES).unwrap_or(MOST).clamp(LEAST, MOST).next_power_of_two();
        let known = (0..places).map(|_| AtomicU64::new(EMPTY)).collect();
        Arc::new(Self { seed: foldhash::quality::RandomState::default(), known })
    }

    fn hash(&self, line: &[u8]) -> u64 {
        self.seed.hash_one(line) | THERE
    }

    fn place(&self, hash: u64) -> &AtomicU64 {
        &self.known[hash as usize & (self.known.len() - 1)]
    }
}

/// So many lines are looked up at once.
const BATCH: usize = 16;

/// The lines of the text that one thread looks at.
#[derive(Debug)]
pub(super) struct Quiet {
    memory: Arc<Memory>,
    /// The lines of this text that must be looked at, in their order.
    lines: Vec<Line>,
    /// The one that was asked about last.
    last: usize,
    /// What must be looked at: those lines, and longer ones.
    rest: Vec<Range<usize>>,
    /// Bytes of lines that were looked up here. Not shared: what threads write is no longer at hand for the others.
    looked_up: u64,
    /// Of these, but for the first [`ENOUGH`], bytes of lines that were passed over. At first nothing is known.
    passed: u64,
}

/// A line to look at.
#[derive(Debug)]
struct Line {
    range: Range<usize>,
    hash: u64,
    /// Whether rules within lines find nothing in it.
    is_quiet: bool,
}

impl Quiet {
    /// With what all threads remember.
    pub(super) fn with(memory: Arc<Memory>) -> Self {
        Self { memory, lines: Vec::new(), last: 0, rest: Vec::new(), looked_up: 0, passed: 0 }
    }

    /// Whether it saves more than it costs, as far as can be told by now: to look up a line takes a third of the time of
    /// looking at it, and how many lines stand twice differs from tree to tree.
    pub(super) fn pays(&self) -> bool {
        self.looked_up < 2 * ENOUGH || self.passed >= (self.looked_up - ENOUGH) / 10 * 3
    }

    /// Takes from `regions` what is known to hold nothing. A line is passed over only if it is no longer than `reach`: rules
    /// see of a longer one what is around their literal.
    pub(super) fn open(&mut self, bytes: &[u8], regions: &[Range<usize>], reach: usize) -> Vec<Range<usize>> {
        let longest = LONGEST.min(reach);
        self.lines.clear();
        self.last = 0;
        let mut rest = std::mem::take(&mut self.rest);
        rest.clear();
        let mut add = |range: Range<usize>| match rest.last_mut() {
            Some(last) if last.end >= range.start || last.end + 1 == range.start && bytes[last.end] == b'\n' => {
                last.end = range.end;
            }
            _ => rest.push(range),
        };
        let mut all = regions.iter().flat_map(|region| lines_in(bytes, region.clone()));
        loop {
            // Some at a time: what the table says of one need not be known before the next is looked up.
            let mut some = [(0, 0, 0); BATCH];
            let mut count = 0;
            for line in all.by_ref().take(BATCH) {
                let hash = self.memory.hash(&bytes[line.start..line.end.min(line.start + LONGEST)]);
                some[count] = (line.start, line.end, hash);
                count += 1;
            }
            let known: [u64; BATCH] = std::array::from_fn(|n| self.memory.place(some[n].2).load(Relaxed));
            for ((start, end, hash), known) in some.into_iter().zip(known).take(count) {
                let is_whole =
                    (start == 0 || bytes[start - 1] == b'\n') && bytes.get(end).is_none_or(|next| *next == b'\n');
                if !is_whole || end - start > longest {
                    add(start..end);
                    continue;
                }
                self.looked_up += (end - start) as u64;
                let is_known = (known ^ hash) & !PART == 0;
                if is_known && known & PART == 0 {
                    self.passed += if self.looked_up > ENOUGH { (end - start) as u64 } else { 0 };
                    continue;
                }
                add(start..end);
                self.lines.push(Line { range: start..end, hash, is_quiet: is_known });
            }
            if count < BATCH {
                break;
            }
        }
        rest
    }

    /// Whether rules within lines find nothing in the line that holds `at`.
    pub(super) fn holds(&mut self, at: usize) -> bool {
        let stands = |line: &Line| line.range.start <= at && at < line.range.end;
        // Places come nearly in their order.
        let near = (self.last..self.lines.len().min(self.last + 2)).find(|n| stands(&self.lines[*n]));
        let found = near.or_else(|| {
            let behind = self.lines.partition_point(|line| line.range.start <= at);
            behind.checked_sub(1).filter(|n| stands(&self.lines[*n]))
        });
        self.last = found.unwrap_or(self.last);
        found.is_some_and(|n| self.lines[n].is_quiet)
    }

    /// All places of `rest` were tried: what holds none of the `found` places is remembered, and for rules within lines
    /// what holds none but some of `parts`. Both are sorted here.
    pub(super) fn close(&mut self, rest: Vec<Range<usize>>, found: &mut [usize], parts: &mut [usize]) {
        self.rest = rest;
        found.sort_unstable();
        parts.sort_unstable();
        // Lines come in their order, and so do places: none is looked for.
        let (mut found, mut parts) = (&*found, &*parts);
        let holds = |places: &mut &[usize], line: &Range<usize>| {
            while let [first, rest @ ..] = *places
                && *first < line.start
            {
                *places = rest;
            }
            places.first().is_some_and(|place| *place < line.end)
        };
        for line in self.lines.drain(..) {
            if line.is_quiet || holds(&mut found, &line.range) {
                continue;
            }
            let part = if holds(&mut parts, &line.range) { PART } else { 0 };
            self.memory.place(line.hash).store(line.hash & !PART | part, Relaxed);
        }
    }
}

/// The lines in a region of a text, without their ends; empty ones are left out.
fn lines_in(bytes: &[u8], region: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut line = region.start;
    // The ends of lines that are known and were not taken, in the bytes from here on.
    let (mut step, mut ends) = (region.start, 0);
    let mut next = region.start;
    std::iter::from_fn(move || {
        while line < region.end {
            while ends == 0 && next < region.end {
                step = next;
                next = region.end.min(step + STEP);
                // What stands behind the region is looked at, too, and left out.
                ends = line_ends(&bytes[step..]) & (u64::MAX >> (STEP - (next - step)));
            }
            let end = if ends == 0 { region.end } else { step + ends.trailing_zeros() as usize };
            ends &= ends.wrapping_sub(1);
            let found = line..end;
            line = end + 1;
            if !found.is_empty() {
                return Some(found);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of a text is looked at when `found` and `parts` are where something is.
    fn look(quiet: &mut Quiet, text: &str, found: &[usize], parts: &[usize]) -> Vec<String> {
        let all = 0..text.len();
        let rest = quiet.open(text.as_bytes(), std::slice::from_ref(&all), 999);
        let shown = rest.iter().map(|range| text[range.clone()].to_owned()).collect();
        quiet.close(rest, &mut found.to_vec(), &mut parts.to_vec());
        shown
    }

    #[test]
    fn a_line_is_known_once_it_was_tried_and_gave_nothing() {
        let mut quiet = Quiet::with(Memory::for_bytes(0));
        assert_eq!(look(&mut quiet, "one\ntwo\nthree", &[5], &[]), ["one\ntwo\nthree"]);
        assert_eq!(look(&mut quiet, "three\ntwo\n\none", &[], &[]), ["two"]);
        assert_eq!(look(&mut quiet, "two\nthree", &[], &[]), [""; 0]);
    }

    #[test]
    fn a_memory_pays_where_lines_stand_twice() {
        let pays = |lines: &mut dyn FnMut(usize) -> usize, bytes: u64| {
            let mut quiet = Quiet::with(Memory::for_bytes(bytes));
            for n in 0..bytes as usize / 100_000 {
                let text: String = (0..1_000).map(|i| format!("{:0>99}\n", lines(1_000 * n + i))).collect();
                let rest = quiet.open(text.as_bytes(), std::slice::from_ref(&(0..text.len())), 999);
                quiet.close(rest, &mut [], &mut []);
            }
            quiet.pays()
        };
        assert!(pays(&mut |n| n, ENOUGH), "nothing can be said of little");
        assert!(!pays(&mut |n| n, 3 * ENOUGH), "no line stands twice");
        assert!(pays(&mut |n| n % 500, 3 * ENOUGH));
    }

    #[test]
    fn what_may_be_part_of_more_is_quiet_to_rules_within_lines() {
        let mut quiet = Quiet::with(Memory::for_bytes(0));
        look(&mut quiet, "a key\nb", &[], &[2]);
        let text = b"b\na key\nc";
        let rest = quiet.open(text, std::slice::from_ref(&(0..9)), 999);
        assert_eq!(rest.as_slice(), std::slice::from_ref(&(2..9)));
        assert!(quiet.holds(4) && !quiet.holds(8) && quiet.holds(2));
        quiet.close(rest, &mut [], &mut [4]);
        assert_eq!(look(&mut quiet, "c\na key", &[], &[2]), ["a key"]);
    }

    #[test]
    fn lines_end_where_their_breaks_are_and_regions_do() {
        // Lines of all lengths up to two steps and more, from every place of a step on.
        let text: Vec<u8> =
            (0..400_usize).map(|i| if i % 67 == 3 || i % 9 == 8 && i < 200 { b'\n' } else { b'a' }).collect();
        for start in (0..160).chain(390..=400) {
            for end in start..=400 {
                let mut plain = Vec::new();
                let mut at = start;
                for line in text[start..end].split(|byte| *byte == b'\n') {
                    plain.extend((!line.is_empty()).then_some(at..at + line.len()));
                    at += line.len() + 1;
                }
                assert_eq!(lines_in(&text, start..end).collect::<Vec<_>>(), plain, "{start}..{end}");
            }
        }
    }

    #[test]
    fn lines_that_are_cut_or_long_are_looked_at() {
        let mut quiet = Quiet::with(Memory::for_bytes(0));
        let long = "x".repeat(LONGEST + 1);
        let text = format!("{long}\nshort");
        for _ in 0..2 {
            let rest = quiet.open(text.as_bytes(), &[0..9, 40..LONGEST + 4], 999);
            assert_eq!(rest, [0..9, 40..LONGEST + 4]);
            quiet.close(rest, &mut [], &mut []);
        }
        look(&mut quiet, "long enough", &[], &[]);
        assert_eq!(quiet.open(b"long enough", std::slice::from_ref(&(0..11)), 10).len(), 1);
        assert!(quiet.open(b"long enough", std::slice::from_ref(&(0..11)), 11).is_empty());
    }
}
