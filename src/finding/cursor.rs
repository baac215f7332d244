//! Positions of many spans in one blob, each found from the one before.
//!
//! A file with ten thousand hits would otherwise be counted through from its start ten thousand times.

use super::{InlineMark, Position, characters, inline_marks};
use crate::blob::Blob;
use std::ops::Range;

/// Walks a blob from hit to hit; fastest when asked in the order of positions.
#[derive(Debug)]
pub struct Cursor<'a> {
    blob: &'a Blob<'a>,
    /// Everything before this byte has been counted.
    at: usize,
    /// Line of `at`.
    line: u64,
    /// Column of `at`.
    column: u64,
    /// End of the line whose marks were read last, and the marks.
    marks: Option<(Range<usize>, Vec<InlineMark>)>,
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of `blob`.
    pub fn new(blob: &'a Blob<'a>) -> Self {
        Self { blob, at: 0, line: blob.lines_before + 1, column: blob.columns_before + 1, marks: None }
    }

    /// The position of `span`, in absolute numbers.
    pub fn position(&mut self, span: Range<usize>) -> Position {
        if span.start < self.at {
            *self = Self { marks: self.marks.take(), ..Self::new(self.blob) };
        }
        (self.line, self.column) = self.advanced(span.start);
        self.at = span.start;
        let (end_line, end_column) = self.advanced(span.end);
        Position {
            line: self.line,
            column: self.column,
            end_line,
            end_column,
            offset: self.blob.bytes_before + span.start as u64,
            length: span.len() as u64,
        }
    }

    /// What the line of `offset`, or the one before it, says about allowing it.
    pub fn marks(&mut self, offset: usize) -> Vec<InlineMark> {
        if let Some((line, marks)) = &self.marks
            && line.contains(&offset)
        {
            return marks.clone();
        }
        let bytes = self.blob.bytes;
        let start = memchr::memrchr(b'\n', &bytes[..offset]).map_or(0, |i| i + 1);
        let end = memchr::memchr(b'\n', &bytes[offset..]).map_or(bytes.len(), |i| offset + i + 1);
        let marks = inline_marks(bytes, offset);
        self.marks = Some((start..end, marks.clone()));
        marks
    }

    /// Line and column of `to`, which is not before the cursor.
    fn advanced(&self, to: usize) -> (u64, u64) {
        let between = &self.blob.bytes[self.at..to];
        match memchr::memrchr(b'\n', between) {
            Some(last) => {
                let lines = memchr::memchr_iter(b'\n', between).count() as u64;
                (self.line + lines, 1 + characters(&between[last + 1..]))
            }
            None => (self.line, self.column + characters(between)),
        }
    }
}

impl Position {
    /// The position of one span of `blob`, in absolute numbers.
    pub fn in_blob(blob: &Blob<'_>, span: Range<usize>) -> Self {
        Cursor::new(blob).position(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::Origin;

    #[test]
    fn agrees_with_counting_from_the_start() {
        let text = "one\nzwei ü = x\n\nα\n".repeat(5);
        let bytes = text.as_bytes();
        let mut blob = Blob::whole(bytes, Origin::Stdin);
        blob.lines_before = 7;
        blob.bytes_before = 1000;
        let mut cursor = Cursor::new(&blob);
        let starts: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        for (i, start) in starts.iter().enumerate() {
            let end = starts.get(i + 3).copied().unwrap_or(bytes.len());
            assert_eq!(cursor.position(*start..end), Position::of(bytes, *start..end, 7, 1000));
        }
        assert_eq!(cursor.position(5..6), Position::of(bytes, 5..6, 7, 1000), "going back");
    }

    #[test]
    fn the_first_line_goes_on_from_the_piece_before() {
        let mut blob = Blob::whole(b"ab\ncd", Origin::Stdin);
        blob.columns_before = 10;
        let first = Position::in_blob(&blob, 1..2);
        assert_eq!((first.line, first.column, first.end_column), (1, 12, 13));
        assert_eq!(Position::in_blob(&blob, 4..5).column, 2);
    }

    #[test]
    fn marks_of_a_line_are_read_once_and_kept_apart() {
        let blob = Blob::whole(b"a b # keyhound:allow\nc\n", Origin::Stdin);
        let mut cursor = Cursor::new(&blob);
        assert_eq!((cursor.marks(0).len(), cursor.marks(2).len(), cursor.marks(21).len()), (1, 1, 0));
    }
}
