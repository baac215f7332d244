//! Keys in a blob of any kind of text, with everything that can be said of their places while the text is at hand.

use super::Engine;
use crate::blob::{Blob, Fresh};
use crate::content::Content;
use crate::finding::{Confidence, Cursor, Encoding, Hit, InlineMark, Position, Reason, RuleIx, Wrap};
use std::ops::Range;

/// One occurrence of a key in one blob, on its own: whoever has it needs the blob no more.
#[derive(Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The rule that found it.
    pub rule: RuleIx,
    /// The plain key. Not printable: no `Debug`.
    pub plain: Box<[u8]>,
    /// How sure the proof stage is.
    pub confidence: Confidence,
    /// What it saw.
    pub reasons: Vec<Reason>,
    /// The bytes of the blob that hold it.
    pub span: Range<usize>,
    /// Where that is.
    pub position: Position,
    /// What its line says about allowing it.
    pub marks: Vec<InlineMark>,
    /// What it is wrapped in.
    pub wrap: Wrap,
}

impl Sighting {
    fn of(hit: Hit, bytes: &[u8], cursor: &mut Cursor<'_>) -> Self {
        Self {
            rule: hit.rule,
            plain: hit.plain(bytes).into(),
            confidence: hit.confidence,
            wrap: hit.wrap(),
            position: cursor.position(hit.secret.clone()),
            marks: cursor.marks(hit.secret.start),
            span: hit.secret,
            reasons: hit.reasons,
        }
    }
}

impl Engine {
    /// Every key in the fresh part of `blob`, in the order of their positions.
    pub fn sightings(&self, blob: &Blob<'_>, content: Content) -> Vec<Sighting> {
        let Content::Wide(wide) = content else {
            let hits = self.scan_as(blob, content);
            let mut cursor = Cursor::new(blob);
            return hits.into_iter().map(|hit| Sighting::of(hit, blob.bytes, &mut cursor)).collect();
        };
        let decoded = wide.decode(blob.bytes);
        let ranges: Vec<Range<usize>> = match blob.fresh {
            Fresh::All => Vec::new(),
            Fresh::Ranges(ranges) => {
                ranges.iter().map(|r| decoded.map.decoded(r.start)..decoded.map.decoded(r.end)).collect()
            }
        };
        let text = Blob {
            bytes: &decoded.text,
            fresh: if blob.fresh == Fresh::All { Fresh::All } else { Fresh::Ranges(&ranges) },
            ..blob.clone()
        };
        let mut found = self.sightings(&text, Content::Text);
        let encoding = if wide.width() == 2 { Encoding::Utf16 } else { Encoding::Utf32 };
        for sighting in &mut found {
            // Lines and columns are those of the characters, and the same in both; bytes are not.
            sighting.span = decoded.map.span(&sighting.span);
            sighting.position.offset = blob.bytes_before + sighting.span.start as u64;
            sighting.position.length = sighting.span.len() as u64;
            sighting.wrap.encodings.insert(0, encoding);
        }
        found
    }
}
