//! One reader for each format.

use super::{STREAM, Unpacking};
use crate::content::Packed;
use std::io::{Cursor, Read};

/// The most memory that a format may ask for its dictionary, in KiB.
const DICTIONARY: u32 = 256 << 10;

/// Reads the members of an archive.
pub(super) fn read(to: &mut Unpacking<'_>, bytes: &[u8], packed: Packed, depth: u8, path: &[u8]) {
    match packed {
        Packed::Zip => zip(to, bytes, depth, path),
        Packed::Tar => tar(to, bytes, depth, path),
        Packed::SevenZip => seven_zip(to, bytes, depth, path),
        Packed::Gzip => {
            let mut reader = flate2::bufread::MultiGzDecoder::new(bytes);
            let name = reader.header().and_then(|header| header.filename()).filter(|name| !name.is_empty());
            let name = below(path, name.unwrap_or(STREAM));
            stream(to, &mut reader, &name, depth);
        }
        Packed::Bzip2 => {
            stream(to, &mut bzip2::bufread::MultiBzDecoder::new(bytes), &below(path, STREAM), depth);
        }
        Packed::Xz => {
            let mut reader = lzma_rust2::XzReader::new_mem_limit(bytes, true, DICTIONARY);
            stream(to, &mut reader, &below(path, STREAM), depth);
        }
        Packed::Zstd => stream(to, &mut Frames { rest: bytes, frame: None }, &below(path, STREAM), depth),
    }
}

/// The path of a member of the archive at `path`.
fn below(path: &[u8], name: &[u8]) -> Vec<u8> {
    if path.is_empty() { name.to_vec() } else { [path, b"!", name].concat() }
}

fn stream(to: &mut Unpacking<'_>, reader: &mut dyn Read, name: &[u8], depth: u8) {
    if to.may_enter() {
        to.member(reader, name, depth, true);
    }
}

fn zip(to: &mut Unpacking<'_>, bytes: &[u8], depth: u8, path: &[u8]) {
    let mut archive = match zip::ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => {
            to.gap(path, format!("is no whole zip archive: {error}"));
            return zip_stream(to, bytes, depth, path);
        }
    };
    if archive.has_duplicate_names() {
        to.gap(path, "holds several members of one name, of which one was scanned");
    }
    for index in 0..archive.len() {
        if !to.may_enter() {
            return;
        }
        let (name, is_encrypted) = match archive.by_index_raw(index) {
            Ok(file) if file.is_dir() => continue,
            Ok(file) => (below(path, file.name_raw()), file.encrypted()),
            Err(error) => {
                to.gap(path, format!("has a member that cannot be read: {error}"));
                continue;
            }
        };
        if is_encrypted {
            to.gap(&name, "is encrypted");
            continue;
        }
        match archive.by_index(index) {
            Ok(mut file) => to.member(&mut file, &name, depth, false),
            Err(error) => to.gap(&name, format!("cannot be read: {error}")),
        }
    }
}

/// The members of a zip archive that lost its directory, as far as they come.
fn zip_stream(to: &mut Unpacking<'_>, bytes: &[u8], depth: u8, path: &[u8]) {
    let mut reader = bytes;
    while let Ok(Some(mut file)) = zip::read::read_zipfile_from_stream(&mut reader) {
        if !to.may_enter() {
            return;
        }
        let name = below(path, file.name_raw());
        if !file.is_dir() {
            to.member(&mut file, &name, depth, false);
        }
    }
}

fn tar(to: &mut Unpacking<'_>, bytes: &[u8], depth: u8, path: &[u8]) {
    let mut archive = tar::Archive::new(bytes);
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return to.gap(path, format!("cannot be read: {error}")),
    };
    for entry in entries {
        if !to.may_enter() {
            return;
        }
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => return to.gap(path, format!("cannot be read to its end: {error}")),
        };
        let kind = entry.header().entry_type();
        if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
            continue;
        }
        let name = below(path, &entry.path_bytes());
        let (size, start) = (entry.size(), entry.raw_file_position());
        to.member(&mut entry, &name, depth, false);
        if !kind.is_gnu_sparse() && start.saturating_add(size) > bytes.len() as u64 {
            to.gap(&name, "is cut short");
        }
    }
}

fn seven_zip(to: &mut Unpacking<'_>, bytes: &[u8], depth: u8, path: &[u8]) {
    let password = sevenz_rust2::Password::empty();
    let memory = DICTIONARY as usize;
    let archive = sevenz_rust2::ArchiveReader::new_with_memory_limit(Cursor::new(bytes), password, memory);
    let mut archive = match archive {
        Ok(archive) => archive,
        Err(error) => return to.gap(path, format!("cannot be read: {error}")),
    };
    archive.set_thread_count(1);
    let read = archive.for_each_entries(|entry, reader| {
        if !to.may_enter() {
            return Ok(false);
        }
        if !entry.is_directory() {
            to.member(reader, &below(path, entry.name().as_bytes()), depth, false);
        }
        Ok(true)
    });
    if let Err(error) = read {
        to.gap(path, format!("cannot be read to its end: {error}"));
    }
}

/// The frames of Zstandard one behind the other; some hold no data and are passed over.
struct Frames<'a> {
    rest: &'a [u8],
    frame: Option<Box<ruzstd::decoding::FrameDecoder>>,
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if self.frame.is_none() {
                // RFC 8878, 3.1.2: a number of 0x184D2A5? and the length of what follows.
                while let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, tail @ ..] = self.rest {
                    let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
                    self.rest = tail.get(length..).unwrap_or_default();
                }
                if self.rest.is_empty() {
                    return Ok(0);
                }
                let mut frame = Box::new(ruzstd::decoding::FrameDecoder::new());
                frame.init(&mut self.rest).map_err(std::io::Error::other)?;
                self.frame = Some(frame);
            }
            let Some(frame) = &mut self.frame else { return Ok(0) };
            while frame.can_collect() < buffer.len().min(64 << 10) && !frame.is_finished() {
                let blocks = ruzstd::decoding::BlockDecodingStrategy::UptoBytes(64 << 10);
                frame.decode_blocks(&mut self.rest, blocks).map_err(std::io::Error::other)?;
            }
            let n = frame.read(buffer)?;
            if n > 0 {
                return Ok(n);
            }
            if frame.is_finished() {
                self.frame = None;
            }
        }
    }
}
