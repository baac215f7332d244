//! Applies a pack's delta and says which bytes of the result were copied from where.
//!
//! Source of the encoding: Git's `gitformat-pack`, "Deltified representation".

use std::ops::Range;

/// Bytes that a delta copied from its base, unchanged. Neighbouring copies of neighbouring bytes are one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Where they stand in the result.
    pub at: usize,
    /// Where they stood in the base.
    pub from: usize,
    /// How many.
    pub len: usize,
}

/// A delta that does not fit its base, or is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a delta is damaged: {0}")]
pub struct DeltaError(&'static str);

/// The size of the result, from the head of a delta.
///
/// # Errors
///
/// A head that is cut.
pub fn result_size(delta: &[u8]) -> Result<u64, DeltaError> {
    let mut rest = delta;
    size(&mut rest)?;
    size(&mut rest)
}

/// Replaces `out` by the result of `delta` on `base`, and `runs` by what it copied, in the order of the result.
///
/// # Errors
///
/// A delta that is cut, is meant for another base, or does not give the size that it promises.
pub fn apply(base: &[u8], delta: &[u8], out: &mut Vec<u8>, runs: &mut Vec<Run>) -> Result<(), DeltaError> {
    out.clear();
    runs.clear();
    let mut rest = delta;
    if size(&mut rest)? != base.len() as u64 {
        return Err(DeltaError("it is meant for another base"));
    }
    let promised = size(&mut rest)?;
    let promised = usize::try_from(promised).map_err(|_| DeltaError("its result is too large for this machine"))?;
    out.try_reserve(promised).map_err(|_| DeltaError("its result does not fit into memory"))?;
    while let Some((&op, tail)) = rest.split_first() {
        rest = tail;
        if op & 0x80 != 0 {
            let from = number(&mut rest, op, 4)?;
            let len = match number(&mut rest, op >> 4, 3)? {
                0 => 0x10000,
                n => n,
            };
            let copied = base.get(from..from + len).ok_or(DeltaError("it copies from behind the base's end"))?;
            let at = out.len();
            match runs.last_mut() {
                Some(last) if last.at + last.len == at && last.from + last.len == from => last.len += len,
                _ => runs.push(Run { at, from, len }),
            }
            out.extend_from_slice(copied);
        } else if op != 0 {
            let inserted = rest.get(..op as usize).ok_or(DeltaError("it ends within an insertion"))?;
            rest = &rest[op as usize..];
            out.extend_from_slice(inserted);
        } else {
            return Err(DeltaError("it holds a reserved instruction"));
        }
        if out.len() > promised {
            return Err(DeltaError("its result is larger than promised"));
        }
    }
    if out.len() != promised {
        return Err(DeltaError("its result is smaller than promised"));
    }
    Ok(())
}

/// The parts of a result of `len` bytes that no run covers, and a seam (an empty range) between runs that were not
/// neighbours in the base. Ends of the text are seams too, unless they were ends of the base.
pub fn fresh(runs: &[Run], base_len: usize, len: usize, out: &mut Vec<Range<usize>>) {
    out.clear();
    let mut at = 0;
    for run in runs {
        if run.at > at || run.from != 0 || at != 0 {
            out.push(at..run.at);
        }
        at = run.at + run.len;
    }
    let ends_as_before = runs.last().is_some_and(|run| run.from + run.len == base_len);
    if at < len || !ends_as_before {
        out.push(at..len);
    }
}

/// A number of up to `bytes` bytes, of which the low bits of `present` say which are there.
fn number(rest: &mut &[u8], present: u8, bytes: u32) -> Result<usize, DeltaError> {
    let mut value = 0;
    for i in 0..bytes {
        if present >> i & 1 != 0 {
            let (&byte, tail) = rest.split_first().ok_or(DeltaError("it ends within a copy"))?;
            value |= usize::from(byte) << (8 * i);
            *rest = tail;
        }
    }
    Ok(value)
}

/// A size: seven bits a byte, least first.
fn size(rest: &mut &[u8]) -> Result<u64, DeltaError> {
    let mut value = 0u64;
    for shift in (0..).step_by(7) {
        let (&byte, tail) = rest.split_first().ok_or(DeltaError("its head is cut"))?;
        *rest = tail;
        if shift > 56 {
            return Err(DeltaError("its head holds too large a size"));
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_insertions_and_seams_are_told_apart() {
        let base = b"0123456789";
        // Copy 0..4, insert "ab", copy 6..10, copy 0..2.
        let delta = [10, 12, 0x90, 4, 2, b'a', b'b', 0x91, 6, 4, 0x90, 2];
        let (mut out, mut runs, mut ranges) = (Vec::new(), Vec::new(), Vec::new());
        apply(base, &delta, &mut out, &mut runs).expect("a sound delta");
        assert_eq!(out, b"0123ab678901");
        fresh(&runs, base.len(), out.len(), &mut ranges);
        assert_eq!(ranges, [4..6, 10..10, 12..12]);
    }

    #[test]
    fn damaged_deltas_are_errors() {
        let (mut out, mut runs) = (Vec::new(), Vec::new());
        for delta in [
            &[10, 12][..],
            &[9, 1, 1, b'a'],
            &[10, 1, 0x91, 11, 1],
            &[10, 1, 5, b'a'],
            &[10, 2, 1, b'a'],
            &[10, 1, 0],
            &[0x80],
        ] {
            assert!(apply(b"0123456789", delta, &mut out, &mut runs).is_err(), "{delta:?}");
        }
    }
}
