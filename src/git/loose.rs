//! Loose objects: one file each, named by their ids.

use super::pack::Kind;
use super::repository::ReadError;
use crate::blob::ObjectId;
use crate::problem::Problem;
use std::path::Path;

/// The ids of all loose objects in a folder of objects, sorted.
pub fn list(objects: &Path) -> (Vec<ObjectId>, Vec<Problem>) {
    let mut ids = Vec::new();
    let mut problems = Vec::new();
    for first in 0..=255u8 {
        let folder = objects.join(format!("{first:02x}"));
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                problems.push(Problem::incomplete(folder.display().to_string(), format!("cannot be listed: {error}")));
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(rest) = name.to_str().filter(|name| name.len() == 38) else { continue };
            let Ok(bytes) = data_encoding::HEXLOWER.decode(rest.as_bytes()) else { continue };
            let mut id = [first; 20];
            id[1..].copy_from_slice(&bytes);
            ids.push(ObjectId(id));
        }
    }
    ids.sort_unstable();
    (ids, problems)
}

/// Reads a loose object of a folder of objects; libgit2 is not asked, for it never comes back from an empty one.
///
/// # Errors
///
/// A file that is missing, or holds something else than the object of that name.
pub fn read(objects: &Path, id: ObjectId) -> Result<(Kind, Vec<u8>), ReadError> {
    let name = id.to_string();
    let packed = match std::fs::read(objects.join(&name[..2]).join(&name[2..])) {
        Ok(packed) => packed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(ReadError::Missing),
        Err(error) => return Err(ReadError::Damaged(error.to_string())),
    };
    let damaged = |what: &str| ReadError::Damaged(what.to_owned());
    if packed.is_empty() {
        return Err(damaged("its file is empty"));
    }
    let mut bytes = inflate(&packed).ok_or_else(|| damaged("its file does not inflate"))?;
    // "<kind> <size>\0" (source: Git's documentation of loose objects).
    let head = memchr::memchr(0, &bytes).ok_or_else(|| damaged("it has no head"))?;
    let (kind, hashed) = match bytes[..head].split(|b| *b == b' ').next() {
        Some(b"commit") => (Kind::Commit, gix_object::Kind::Commit),
        Some(b"tree") => (Kind::Tree, gix_object::Kind::Tree),
        Some(b"blob") => (Kind::Blob, gix_object::Kind::Blob),
        Some(b"tag") => (Kind::Tag, gix_object::Kind::Tag),
        _ => return Err(damaged("it is of no kind that git knows")),
    };
    bytes.drain(..=head);
    // The name is the hash of head and content, so this checks the size as well.
    match gix_object::compute_hash(gix_hash::Kind::Sha1, hashed, &bytes) {
        Ok(found) if found.as_bytes() == id.0 => Ok((kind, bytes)),
        Ok(_) => Err(damaged("its content is not that of its name")),
        Err(error) => Err(ReadError::Damaged(error.to_string())),
    }
}

/// Inflates a whole zlib stream whose size nobody promised; `None` if it is none.
fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut inflater = libdeflater::Decompressor::new();
    // No stream of zlib inflates to more than about 1,032 times its size (RFC 1951).
    let most = packed.len().saturating_mul(1100);
    let mut size = packed.len().saturating_mul(6).clamp(1024, most.max(1024));
    loop {
        let mut out = Vec::new();
        out.try_reserve_exact(size).ok()?;
        out.resize(size, 0);
        match inflater.zlib_decompress(packed, &mut out) {
            Ok(n) => {
                out.truncate(n);
                return Some(out);
            }
            Err(libdeflater::DecompressionError::InsufficientSpace) if size < most => {
                size = size.saturating_mul(4).min(most);
            }
            Err(_) => return None,
        }
    }
}

/// Packs without an index: nothing says where in them which object lies.
pub fn packs_without_index(objects: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(objects.join("pack")) else { return Vec::new() };
    let mut paths: Vec<_> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|path| path.extension().is_some_and(|e| e == "pack") && !path.with_extension("idx").exists())
        .collect();
    paths.sort();
    paths
}

/// About how many objects a folder of objects holds, told from the sizes of indices and one of the folders of loose ones.
pub fn about(objects: &Path) -> u64 {
    const HEAD: u64 = 1_072;
    const ENTRY: u64 = 28;
    let sizes = pack_indices(objects).into_iter().filter_map(|index| index.metadata().ok()).map(|meta| meta.len());
    let packed: u64 = sizes.map(|size| size.saturating_sub(HEAD) / ENTRY).sum();
    let loose = std::fs::read_dir(objects.join("17")).map_or(0, |entries| entries.count() as u64 * 256);
    packed + loose
}

/// The index files of all packs in a folder of objects, in the order of their names.
pub fn pack_indices(objects: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(objects.join("pack")) else { return Vec::new() };
    let mut paths: Vec<_> =
        entries.flatten().map(|e| e.path()).filter(|path| path.extension().is_some_and(|e| e == "idx")).collect();
    paths.sort();
    paths
}
