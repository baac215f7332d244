//! Where decoded text comes from: from places in it back to the bytes that it was decoded from.

use std::ops::Range;

/// Pairs of places between which both sides advance evenly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    /// Where in the decoded text, and where in the bytes. The first is the beginning of the text.
    points: Vec<(usize, usize)>,
    /// Bytes for each byte of the decoded text, between two points.
    unit: usize,
}

impl Map {
    /// A text that begins at `start` of the bytes, each of whose bytes takes `unit` of those.
    pub fn new(start: usize, unit: usize) -> Self {
        Self { points: vec![(0, start)], unit }
    }

    /// Says that the byte at `decoded` comes from `raw`; called in ascending order.
    pub fn point(&mut self, decoded: usize, raw: usize) {
        if self.raw(decoded) == raw {
            return;
        }
        if self.points.last().is_some_and(|last| last.0 == decoded) {
            self.points.pop();
        }
        self.points.push((decoded, raw));
    }

    /// Where the byte at `decoded` begins. Within a character that was one escape, its beginning.
    pub fn raw(&self, decoded: usize) -> usize {
        let next = self.points.partition_point(|point| point.0 <= decoded);
        let Some((from, raw)) = next.checked_sub(1).map(|i| self.points[i]) else { return 0 };
        let there = raw + (decoded - from) * self.unit;
        self.points.get(next).map_or(there, |after| there.min(after.1))
    }

    /// The bytes that a part of the text comes from.
    pub fn span(&self, decoded: &Range<usize>) -> Range<usize> {
        self.raw(decoded.start)..self.raw(decoded.end)
    }

    /// The first byte of the text that comes from `raw` or from behind it.
    pub fn decoded(&self, raw: usize) -> usize {
        let next = self.points.partition_point(|point| point.1 <= raw);
        let Some((from, start)) = next.checked_sub(1).map(|i| self.points[i]) else { return 0 };
        let there = from + (raw - start).div_ceil(self.unit);
        self.points.get(next).map_or(there, |after| there.min(after.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_both_ways() {
        // `a\u00e9b`: one byte, six bytes that give two, one byte.
        let mut map = Map::new(10, 1);
        map.point(1, 11);
        map.point(3, 17);
        assert_eq!([0, 1, 2, 3, 4].map(|at| map.raw(at)), [10, 11, 12, 17, 18]);
        assert_eq!(map.span(&(0..3)), 10..17);
        assert_eq!(map.span(&(3..4)), 17..18);
        assert_eq!([10, 11, 17, 18].map(|at| map.decoded(at)), [0, 1, 3, 4]);
        assert_eq!(map.decoded(9), 0);
    }

    #[test]
    fn counts_units() {
        let map = Map::new(2, 2);
        assert_eq!(map.span(&(1..3)), 4..8);
        assert_eq!([2, 3, 4].map(|at| map.decoded(at)), [0, 1, 1]);
    }
}
