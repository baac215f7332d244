//! How deep the engine looks into what is encoded and packed.

use super::prefilter::Place;
use super::{Engine, Scanned};
use crate::content::Content;
use std::ops::Range;

/// How many wrappings are undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depths {
    /// Encodings within encodings.
    pub encodings: u8,
    /// Archives within archives.
    pub archives: u8,
}

impl Default for Depths {
    fn default() -> Self {
        Self { encodings: 5, archives: 3 }
    }
}

impl Engine {
    /// The same engine, undoing other numbers of wrappings.
    #[must_use]
    pub fn with_depths(self, depths: Depths) -> Self {
        Self { depths, ..self }
    }

    /// How many wrappings it undoes.
    pub fn depths(&self) -> Depths {
        self.depths
    }

    /// Searches encoded text that goes on over several lines, in all of `bytes`: to be called where [`Scanned::blocks`]
    /// is set, which it then corrects. Each hit depends on all of `bytes`.
    pub fn scan_blocks(&self, bytes: &[u8], out: &mut Scanned) {
        self.scan_blocks_to_depth(bytes, self.depths.encodings, out);
    }

    /// The same as [`Engine::scan_regions`], undoing so many encodings.
    pub(super) fn scan_to_depth(
        &self,
        bytes: &[u8],
        regions: &[Range<usize>],
        content: Content,
        depth: u8,
        out: &mut Scanned,
    ) {
        if matches!(content, Content::Media | Content::Wide(_) | Content::Archive(_)) {
            return;
        }
        out.searched.forget();
        out.seen.forget();
        let mut starts = std::mem::take(&mut out.starts);
        let decodes = depth > 0 && content == Content::Text;
        let (hits, marks) = (out.hits.len(), out.marks.len());
        let rest = match &mut out.quiet {
            Some(quiet) if content == Content::Text => Some(quiet.open(bytes, regions, self.reach)),
            _ => None,
        };
        self.prefilter.find(bytes, rest.as_deref().unwrap_or(regions), &mut |place| match place {
            Place::Encoded { at } if decodes => starts.push(at),
            Place::Escaped { at, len } if decodes => self.try_behind_escape(bytes, at, len, out),
            place => self.try_place(bytes, place, content, out),
        });
        if let (Some(quiet), Some(rest)) = (&mut out.quiet, rest) {
            let marks = out.marks[marks..].iter().map(|mark| mark.literal.start);
            let mut parts = std::mem::take(&mut out.parts);
            parts.extend(starts.iter().copied().chain(marks));
            let mut found: Vec<usize> = out.hits[hits..].iter().map(|hit| hit.secret.start).collect();
            quiet.close(rest, &mut found, &mut parts);
            parts.clear();
            out.parts = parts;
        }
        if decodes {
            self.decode_runs(bytes, regions, &mut starts, depth, out);
        }
        out.starts = starts;
    }
}
