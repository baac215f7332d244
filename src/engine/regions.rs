//! From changed bytes to the regions that need a new look: whole lines, or as much of a long line as a rule can reach.

use std::ops::Range;

/// Sorted, disjoint regions; kept between blobs so that their memory is reused.
#[derive(Debug, Default)]
pub struct Regions {
    ranges: Vec<Range<usize>>,
}

/// Literals may be recognised a little behind or before the place where they begin.
const SLACK: usize = 64;

impl Regions {
    /// Replaces the regions by those around `fresh`, which is sorted: the lines that hold or touch a fresh byte, each
    /// at most `reach` bytes to either side. An empty fresh range is a seam between two bytes.
    pub fn around(&mut self, bytes: &[u8], fresh: &[Range<usize>], reach: usize) {
        self.ranges.clear();
        for range in fresh {
            let (start, end) = (range.start, range.end);
            let last_end = self.ranges.last().map(|last| last.end);
            if last_end.is_some_and(|done| end <= done && bytes.get(done).is_none_or(|b| *b == b'\n')) {
                continue;
            }
            let done = last_end.unwrap_or(0);
            let from = if last_end.is_some() && start <= done {
                done
            } else {
                let left = start.saturating_sub(reach + SLACK).max(done);
                memchr::memrchr(b'\n', &bytes[left..start]).map_or(left, |i| left + i + 1)
            };
            let after = end.max(from);
            let right = (end + reach + SLACK).min(bytes.len()).max(after);
            let to = memchr::memchr(b'\n', &bytes[after..right]).map_or(right, |i| after + i);
            match self.ranges.last_mut() {
                Some(last) if last.end >= from => last.end = to,
                _ => self.ranges.push(from..to),
            }
        }
    }

    /// The regions.
    pub fn as_slice(&self) -> &[Range<usize>] {
        &self.ranges
    }
}

/// Joins sorted ranges that touch or overlap.
pub fn merge_ranges(ranges: &mut Vec<Range<usize>>) {
    ranges.dedup_by(|next, last| {
        let joins = next.start <= last.end;
        if joins {
            last.end = last.end.max(next.end);
        }
        joins
    });
}
