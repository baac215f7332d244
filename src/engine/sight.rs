//! Keys in a blob of any kind of text, with everything that can be said of their places while the text is at hand.

use super::{Around, Engine, Scanned};
use crate::archive::{self, Gap, Limits};
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

/// What a look at a blob gives.
#[derive(Default)]
pub struct Look {
    /// Keys, in the order of their positions; those of an archive in the order of its members.
    pub keys: Vec<Sighting>,
    /// What of an archive was not looked at.
    pub gaps: Vec<Gap>,
    /// Whether one of the words stands in a text that the engine watches for; nothing where not all of it was looked at.
    pub watched: Option<bool>,
}

impl Engine {
    /// Every key in the fresh part of `blob`, and in all of it where it is an archive.
    pub fn look(&self, blob: &Blob<'_>, content: Content) -> Look {
        self.look_with(blob, content, &mut Scanned::default())
    }

    /// The same with memory that is used again.
    pub fn look_with(&self, blob: &Blob<'_>, content: Content, scanned: &mut Scanned) -> Look {
        let content = self.opened(content);
        let Content::Archive(packed) = content else {
            let keys = self.sightings_with(blob, content, scanned);
            let is_all = content == Content::Text && blob.fresh == Fresh::All;
            return Look { keys, watched: is_all.then_some(scanned.watched), ..Look::default() };
        };
        let mut keys = Vec::new();
        let limits = Limits::to_depth(self.depths.archives);
        let gaps = archive::unpack(blob.bytes, packed, limits, &mut |member, bytes| {
            let inner = Blob::whole(bytes, blob.origin.clone());
            keys.extend(self.sightings_with(&inner, Content::of(bytes), scanned).into_iter().map(|mut key| {
                // The archive as a whole holds it; the position is that within the member.
                key.span = 0..blob.bytes.len();
                key.wrap.member = Some(member.to_vec());
                key
            }));
        });
        Look { keys, gaps, watched: None }
    }

    /// How content is searched: archives stay closed if none is to be opened.
    pub fn opened(&self, content: Content) -> Content {
        if self.depths.archives == 0 { content.closed() } else { content }
    }

    /// Every key in the fresh part of a text of any kind, in the order of their positions.
    pub fn sightings(&self, blob: &Blob<'_>, content: Content) -> Vec<Sighting> {
        self.sightings_with(blob, content, &mut Scanned::default())
    }

    fn sightings_with(&self, blob: &Blob<'_>, content: Content, scanned: &mut Scanned) -> Vec<Sighting> {
        let Content::Wide(wide) = content else {
            let hits = self.scan_with(blob, content, scanned);
            let mut cursor = Cursor::new(blob);
            let (mut found, mut around) = (Vec::with_capacity(hits.len()), Around::default());
            for hit in hits {
                let whose = if hit.decoded.is_none() {
                    self.whose(blob.bytes, hit.rule, &hit.secret, &mut around)
                } else {
                    None
                };
                let mut seen = Sighting::of(hit, blob.bytes, &mut cursor);
                if let Some((rule, sure)) = whose {
                    let confidence = seen.confidence.max(sure);
                    match rule == seen.rule {
                        true => seen.confidence = confidence,
                        false => found.push(Sighting { rule, confidence, ..seen.clone() }),
                    }
                }
                found.push(seen);
            }
            return found;
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
        let mut found = self.sightings_with(&text, Content::Text, scanned);
        let encoding = Encoding::of_width(wide.width());
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
