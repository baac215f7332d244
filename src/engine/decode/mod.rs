//! Keys that stand in a text in another form: base64, hexadecimal digits, gzip within base64, escapes of a key or before
//! one.
//!
//! What a run of letters holds is a function of that run and of the few bytes beside it, so the outcome has a window like
//! any other, and a change outside of it changes nothing. Only runs whose first bytes can be the form of a text are
//! decoded at all ([`begin`]), and only what decodes to a text is searched, as a text of its own, to a depth.

pub(super) mod begin;
mod block;
pub(super) mod escape;
pub(super) mod spelled;

use super::{Engine, Scanned, one_each, proof};
use crate::archive;
use crate::content::Content;
use crate::finding::{Confidence, Decoded, Encoding, Hit};
use begin::{Held, held, is_letter};
use data_encoding::{BitOrder, Encoding as Alphabet, Specification};
use std::ops::Range;
use std::sync::OnceLock;

/// The name of a value stands before it, at most so many bytes.
const NAME: usize = 64;
/// The longest decoded value that is still read as the value of the name before it.
const VALUE: usize = 512;
/// The most bytes that gzip within a text may become.
const INFLATED: usize = 32 << 20;

/// Either alphabet of base64, without padding; bits that the last letter has too many do not matter.
fn base64() -> Option<&'static Alphabet> {
    static ALPHABET: OnceLock<Option<Alphabet>> = OnceLock::new();
    let make = || {
        let mut spec = Specification::new();
        spec.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
        spec.translate.from.push_str("-_");
        spec.translate.to.push_str("+/");
        spec.bit_order = BitOrder::MostSignificantFirst;
        spec.check_trailing_bits = false;
        spec.encoding().ok()
    };
    ALPHABET.get_or_init(make).as_ref()
}

/// Decodes letters of either alphabet; a last letter that makes no byte is left out.
fn letters(text: &[u8]) -> Option<Vec<u8>> {
    let whole = if text.len() % 4 == 1 { text.len() - 1 } else { text.len() };
    base64()?.decode(&text[..whole]).ok()
}

/// A part of a text that holds another one.
struct Layer<'a> {
    /// The bytes on which the outcome depends.
    window: Range<usize>,
    /// What was undone.
    encoding: Encoding,
    /// The name before it, for a value that says nothing by itself.
    name: &'a [u8],
    /// From a part of the decoded text to the part of the outer one.
    span: &'a dyn Fn(&Range<usize>) -> Range<usize>,
}

impl Engine {
    /// Searches what the runs at `starts` hold, and the runs that the edges of `regions` cut.
    pub(super) fn decode_runs(
        &self,
        bytes: &[u8],
        regions: &[Range<usize>],
        starts: &mut Vec<usize>,
        depth: u8,
        out: &mut Scanned,
    ) {
        add_cut(bytes, regions, starts);
        let before = std::iter::once(0).chain(regions.iter().map(|region| region.start));
        starts.extend(
            regions
                .iter()
                .zip(before)
                .filter_map(|(region, before)| spelled::start_around(bytes, region.start, before)),
        );
        starts.sort_unstable();
        starts.dedup();
        let mut run = 0..0;
        let mut done = [false; 4];
        for at in starts.drain(..) {
            match held(bytes, at) {
                Some(Held::Text) => {
                    if !run.contains(&at) {
                        run = run_around(bytes, at);
                        done = [false; 4];
                    }
                    out.blocks |= block::may_begin(bytes, at, run.end);
                    if !std::mem::replace(&mut done[at % 4], true) {
                        self.decode_letters(bytes, &run, first_text(bytes, &run, at), depth, out);
                    }
                }
                Some(Held::Gzip) => {
                    let run = run_around(bytes, at);
                    out.blocks |= block::may_begin(bytes, at, run.end);
                    self.decode_letters(bytes, &run, at, depth, out);
                }
                Some(Held::Hex) => self.decode_digits(bytes, at, depth, out),
                Some(Held::Escapes) => self.decode_spelled(bytes, at, depth, out),
                None => {}
            }
        }
    }

    /// Searches the base64 that begins at `from`, within a run of letters.
    fn decode_letters(&self, bytes: &[u8], run: &Range<usize>, from: usize, depth: u8, out: &mut Scanned) {
        let to = one_alphabet(&bytes[..run.end], from);
        let Some(plain) = letters(&bytes[from..to]) else { return };
        // The first byte stands in letter 0, and the last ends in the letter behind it.
        let span = |inner: &Range<usize>| from + inner.start * 4 / 3..from + (inner.end * 4).div_ceil(3);
        let name = name_before(bytes, run.start);
        let window = run.start - name.len()..padded(bytes, run.end);
        let name = if from == run.start { name } else { &[] };
        let layer = Layer { window, encoding: Encoding::Base64, name, span: &span };
        self.search_layer(&plain, &layer, depth, out);
    }

    /// Searches the hexadecimal digits that begin at `at`.
    fn decode_digits(&self, bytes: &[u8], at: usize, depth: u8, out: &mut Scanned) {
        let from = if bytes[at..].starts_with(b"0x") { at + 2 } else { at };
        let end = from + bytes[from..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let digits = &bytes[from..end];
        let Ok(plain) = data_encoding::HEXLOWER_PERMISSIVE.decode(&digits[..digits.len() & !1]) else { return };
        let span = |inner: &Range<usize>| from + inner.start * 2..from + inner.end * 2;
        let name = name_before(bytes, at);
        let layer = Layer { window: at - name.len()..end, encoding: Encoding::Hex, name, span: &span };
        self.search_layer(&plain, &layer, depth, out);
    }

    /// Adds what `plain` holds to `out`, at its place in the outer text.
    fn search_layer(&self, plain: &[u8], layer: &Layer<'_>, depth: u8, out: &mut Scanned) {
        let mut hits = self.search_bytes(plain, depth - 1);
        hits.extend(self.search_value(layer.name, plain));
        out.hits.extend(one_each(hits).into_iter().map(|hit| {
            let secret = (layer.span)(&hit.secret);
            wrapped(hit, plain, layer.encoding, secret, layer.window.clone())
        }));
    }

    /// Everything that decoded bytes hold and that is sure enough to be told: little is random after decoding, much looks
    /// like it.
    fn search_bytes(&self, plain: &[u8], depth: u8) -> Vec<Hit> {
        let all = || 0..plain.len();
        if plain.starts_with(archive::GZIP) {
            let inflated = archive::gunzip(plain, INFLATED);
            let hits = self.search_bytes(&inflated, depth.saturating_sub(1));
            return hits.into_iter().map(|hit| wrapped(hit, &inflated, Encoding::Gzip, all(), all())).collect();
        }
        match Content::of(plain) {
            Content::Text => self.search_text(plain, depth),
            Content::Wide(wide) => {
                let text = wide.decode(plain);
                let hits = self.search_text(&text.text, depth).into_iter();
                hits.map(|hit| {
                    let place = text.map.span(&hit.secret);
                    wrapped(hit, &text.text, Encoding::of_width(wide.width()), place, all())
                })
                .collect()
            }
            Content::Archive(packed) if depth > 0 && self.depths.archives > 0 => {
                let limits =
                    archive::Limits { member: INFLATED as u64, total: INFLATED as u64, ..archive::Limits::to_depth(1) };
                let mut hits = Vec::new();
                // What cannot be unpacked is no archive, only text that begins like one.
                archive::unpack(plain, packed, limits, &mut |_, member| {
                    let inner = self.search_bytes(member, depth - 1);
                    hits.extend(inner.into_iter().map(|hit| wrapped(hit, member, Encoding::Archive, all(), all())));
                });
                hits
            }
            _ => Vec::new(),
        }
    }

    fn search_text(&self, text: &[u8], depth: u8) -> Vec<Hit> {
        let mut scanned = Scanned::default();
        self.scan_to_depth(text, std::slice::from_ref(&(0..text.len())), Content::Text, depth, &mut scanned);
        if scanned.blocks {
            self.scan_blocks_to_depth(text, depth, &mut scanned);
        }
        if !self.whole.is_empty() {
            self.whole.scan(&self.rules, text, &mut scanned);
        }
        scanned.hits.retain(|hit| hit.confidence >= Confidence::Medium);
        one_each(scanned.hits)
    }

    /// A value that a provider's rule knows by the name before the encoded one: `twilio_auth_token: MDEy…`.
    fn search_value(&self, name: &[u8], plain: &[u8]) -> Vec<Hit> {
        let value = plain.trim_ascii_end();
        if name.is_empty() || value.is_empty() || value.len() > VALUE || !value.iter().all(u8::is_ascii_graphic) {
            return Vec::new();
        }
        let text = [name, value].concat();
        let mut scanned = Scanned::default();
        self.scan_to_depth(&text, std::slice::from_ref(&(0..text.len())), Content::Text, 0, &mut scanned);
        // What the name alone makes a secret is one as it stands, and was found there.
        let of_a_provider = |hit: &Hit| !proof::is_generic(self.rules.get(hit.rule).spec.proof);
        scanned
            .hits
            .retain(|hit| hit.secret.start >= name.len() && hit.confidence >= Confidence::Medium && of_a_provider(hit));
        for hit in &mut scanned.hits {
            hit.secret = hit.secret.start - name.len()..hit.secret.end - name.len();
        }
        scanned.hits
    }
}

/// A hit in decoded text as one in the text around it.
fn wrapped(hit: Hit, text: &[u8], encoding: Encoding, secret: Range<usize>, window: Range<usize>) -> Hit {
    let mut decoded = hit.decoded.unwrap_or_else(|| {
        let plain = text[hit.secret.clone()].into();
        Box::new(Decoded { plain, encodings: Vec::new(), inner: hit.secret.clone() })
    });
    decoded.encodings.insert(0, encoding);
    Hit { secret, window, decoded: Some(decoded), ..hit }
}

/// Adds the starts of runs that an edge of a region cuts: what they hold depends on all of them.
fn add_cut(bytes: &[u8], regions: &[Range<usize>], starts: &mut Vec<usize>) {
    let is_cut = |at: usize| at > 0 && at < bytes.len() && is_letter(bytes[at - 1]) && is_letter(bytes[at]);
    let mut before = 0;
    for region in regions {
        if is_cut(region.start) && region.start > before {
            let gap = &bytes[before..region.start];
            let from = gap.iter().rposition(|b| !is_letter(*b)).map_or(before, |i| before + i + 1);
            begin::starts(bytes, from..region.start, starts);
        }
        if is_cut(region.end) {
            let rest = &bytes[region.end..];
            let to = rest.iter().position(|b| !is_letter(*b)).map_or(bytes.len(), |i| region.end + i);
            begin::starts(bytes, region.end..to, starts);
        }
        before = region.end;
    }
}

/// The letters of either alphabet around `at`.
fn run_around(bytes: &[u8], at: usize) -> Range<usize> {
    let start = bytes[..at].iter().rposition(|b| !is_letter(*b)).map_or(0, |i| i + 1);
    let end = bytes[at..].iter().position(|b| !is_letter(*b)).map_or(bytes.len(), |i| at + i);
    start..end
}

/// Where the text begins that the run holds in step with `at`: before it may stand a path or a name.
fn first_text(bytes: &[u8], run: &Range<usize>, at: usize) -> usize {
    let first = run.start + (at - run.start) % 4;
    (first..at).step_by(4).find(|from| begin::is_text(&bytes[*from..*from + crate::rule::shape::RUN])).unwrap_or(at)
}

/// The end of the letters from `from` on that belong to one alphabet.
fn one_alphabet(run: &[u8], from: usize) -> usize {
    let is_url = |byte: u8| match byte {
        b'-' | b'_' => Some(true),
        b'+' | b'/' => Some(false),
        _ => None,
    };
    let rest = &run[from..];
    let first = rest.iter().find_map(|b| is_url(*b));
    rest.iter().position(|b| is_url(*b).is_some_and(|url| Some(url) != first)).map_or(run.len(), |i| from + i)
}

/// The end of the padding that begins at `end`.
fn padded(bytes: &[u8], end: usize) -> usize {
    end + bytes[end..].iter().take(2).take_while(|b| **b == b'=').count()
}

/// What stands before `at` on its line, as far as a name may.
fn name_before(bytes: &[u8], at: usize) -> &[u8] {
    let far = at.saturating_sub(NAME);
    let from = memchr::memrchr(b'\n', &bytes[far..at]).map_or(far, |i| far + i + 1);
    &bytes[from..at]
}
