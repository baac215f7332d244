//! Every format is read; nothing hostile costs more than its limits or goes unsaid.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::io::{Cursor, Write};

const SMALL: Limits = Limits { depth: 3, entries: 50, member: 1 << 20, total: 4 << 20, ratio: 20, free: 1 << 16 };

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("starts");
        writer.write_all(bytes).expect("writes");
    }
    writer.finish().expect("ends").into_inner()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, *bytes).expect("appends");
    }
    builder.into_inner().expect("ends")
}

fn gzip(bytes: &[u8], name: Option<&str>) -> Vec<u8> {
    let builder = name.map_or_else(flate2::GzBuilder::new, |name| flate2::GzBuilder::new().filename(name));
    let mut writer = builder.write(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).expect("writes");
    writer.finish().expect("ends")
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    writer.write_all(bytes).expect("writes");
    writer.finish().expect("ends")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn seven_zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = sevenz_rust2::ArchiveWriter::new(Cursor::new(Vec::new())).expect("starts");
    for (name, bytes) in members {
        writer.push_archive_entry(sevenz_rust2::ArchiveEntry::new_file(name), Some(*bytes)).expect("writes");
    }
    writer.finish().expect("ends").into_inner()
}

/// `secret`, as the reference implementation writes it.
const XZ: [&str; 2] = [
    "fd377a585a0000016922de36020021010c0000008f98419c010005736563",
    "726574000000e5e8a25c00011a06c5eac8799042990d010000000001595a",
];

/// Paths and contents, and the gaps.
fn all(bytes: &[u8], limits: Limits) -> (Vec<(String, Vec<u8>)>, Vec<Gap>) {
    let Content::Archive(packed) = Content::of(bytes) else { panic!("no archive: {:?}", Content::of(bytes)) };
    let mut members = Vec::new();
    let gaps = unpack(bytes, packed, limits, &mut |path, content| {
        members.push((String::from_utf8_lossy(path).into_owned(), content.to_vec()));
    });
    (members, gaps)
}

fn names(bytes: &[u8]) -> Vec<String> {
    let (members, gaps) = all(bytes, SMALL);
    assert_eq!(gaps, []);
    assert!(members.iter().all(|(_, content)| content == b"secret"));
    members.into_iter().map(|(name, _)| name).collect()
}

/// Whether some gap says this.
#[track_caller]
fn says(gaps: &[Gap], why: &str) {
    assert!(gaps.iter().any(|gap| gap.why.contains(why)), "{gaps:?}");
}

#[test]
fn every_format_is_read() {
    assert_eq!(names(&zip(&[("a", b"secret"), ("d/b", b"secret")])), ["a", "d/b"]);
    assert_eq!(names(&tar(&[("a", b"secret"), ("d/b", b"secret")])), ["a", "d/b"]);
    assert_eq!(names(&seven_zip(&[("a", b"secret"), ("d/b", b"secret")])), ["a", "d/b"]);
    assert_eq!(names(&gzip(b"secret", None)), ["decompressed"]);
    assert_eq!(names(&gzip(b"secret", Some("a.txt"))), ["a.txt"]);
    assert_eq!(names(&bzip2(b"secret")), ["decompressed"]);
    assert_eq!(names(&zstd(b"secret")), ["decompressed"]);
    let skipped = [&b"\x51\x2a\x4d\x18\x03\0\0\0abc"[..], &zstd(b"sec"), b"\x50\x2a\x4d\x18\0\0\0\0", &zstd(b"ret")];
    let (members, gaps) = (all(&skipped[1..].concat(), SMALL), all(&zstd(b"x"), SMALL).1);
    assert_eq!((members.0[0].1.as_slice(), members.1, gaps), (&b"secret"[..], vec![], vec![]));
    let several = [gzip(b"sec", None), gzip(b"ret", None)].concat();
    assert_eq!(names(&several), ["decompressed"]);
}

#[test]
fn archives_lie_in_archives() {
    let tar = tar(&[("in.txt", b"secret")]);
    assert_eq!(names(&gzip(&tar, Some("a.tar"))), ["in.txt"], "a tar in a stream is one archive");
    assert_eq!(names(&zip(&[("lib.tgz", &gzip(&tar, None))])), ["lib.tgz!in.txt"]);
    let nested = zip(&[("b.zip", &zip(&[("c.zip", &zip(&[("in.txt", b"secret")]))]))]);
    assert_eq!(names(&nested), ["b.zip!c.zip!in.txt"]);
    let (members, gaps) = all(&zip(&[("a.zip", &nested)]), SMALL);
    assert_eq!(members, []);
    says(&gaps, "--max-archive-depth");
    assert_eq!(gaps[0].member, b"a.zip!b.zip!c.zip");
}

#[test]
fn bombs_are_cut() {
    let zeros = vec![0; 3 << 20];
    for bomb in [zip(&[("a", &zeros)]), gzip(&zeros, None), bzip2(&zeros), seven_zip(&[("a", &zeros)])] {
        let (members, gaps) = all(&bomb, SMALL);
        says(&gaps, "unpacks to more than");
        assert!(members.iter().map(|(_, content)| content.len()).sum::<usize>() < 2 << 20);
    }
    // Ten within ten: each is small, all together are not.
    let inner = zip(&[("a", &zeros[..30_000])]);
    let middle: Vec<(String, &[u8])> = (0..20).map(|n| (format!("{n}.zip"), inner.as_slice())).collect();
    let middle: Vec<(&str, &[u8])> = middle.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let (members, gaps) = all(&gzip(&tar(&middle), None), SMALL);
    says(&gaps, "unpacks to more than");
    assert!(members.len() < 20);
}

#[test]
fn limits_are_told() {
    let many: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let (members, gaps) = all(&zip(&many), SMALL);
    assert_eq!(members.len(), 50);
    says(&gaps, "more than 50 members");
    let noise: Vec<u8> = (0..1_500_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let (members, gaps) = all(&tar(&[("large", &noise), ("next", b"secret")]), SMALL);
    says(&gaps, "larger than 1 MB");
    assert_eq!(members[1].1, b"secret");
}

#[test]
fn names_that_lead_elsewhere_are_names() {
    assert_eq!(names(&zip(&[("../../etc/passwd", b"secret")])), ["../../etc/passwd"]);
    assert_eq!(names(&tar(&[("/etc/passwd", b"secret")])), ["/etc/passwd"]);
}

#[test]
fn lies_about_sizes_are_gaps() {
    let mut lying = zip(&[("a", b"secret")]);
    // In the directory at its end: the packed and the unpacked size.
    let at = memchr::memmem::rfind(&lying, b"PK\x01\x02").expect("a directory");
    lying[at + 20..at + 28].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]);
    let (members, gaps) = all(&lying, SMALL);
    assert!(!gaps.is_empty() || members == [("a".to_owned(), b"secret".to_vec())]);

    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[0] = b'a';
    header.set_size(1 << 40);
    header.set_cksum();
    let bytes = [header.as_bytes().as_slice(), b"secret"].concat();
    let (members, gaps) = all(&bytes, SMALL);
    assert!(!gaps.is_empty());
    assert!(members.iter().all(|(_, content)| content == b"secret"));
}

#[test]
fn what_is_encrypted_is_a_gap() {
    let mut encrypted = zip(&[("a", b"secret"), ("b", b"secret")]);
    // The lowest bit of the flags, in the header and in the directory.
    let at = memchr::memmem::rfind(&encrypted, b"PK\x01\x02").expect("a directory");
    encrypted[at + 8] |= 1;
    let (members, gaps) = all(&encrypted, SMALL);
    assert_eq!(members, [("a".to_owned(), b"secret".to_vec())]);
    assert_eq!(gaps, [Gap { member: b"b".to_vec(), why: "is encrypted".to_owned() }]);
}

#[test]
fn xz_is_read_and_gets_no_more_memory_than_is_allowed() {
    let mut bytes = data_encoding::HEXLOWER.decode(XZ.concat().as_bytes()).expect("digits");
    assert_eq!(names(&bytes), ["decompressed"]);
    // The size of the dictionary, in the header of the block: 4 GB, with the header's checksum.
    bytes[12 + 4] = 40;
    let sum = crc32fast::hash(&bytes[12..20]).to_le_bytes();
    bytes[20..24].copy_from_slice(&sum);
    says(&all(&bytes, SMALL).1, "memory");
}

/// One of each.
fn samples() -> Vec<Vec<u8>> {
    let text = b"k = secret\n".repeat(40);
    let members: &[(&str, &[u8])] = &[("a", &text), ("b/c", b"x"), ("d.gz", &gzip(&text, None))];
    vec![
        zip(members),
        tar(members),
        seven_zip(members),
        gzip(&tar(members), None),
        bzip2(&text),
        zstd(&text),
        zip(&[("x.7z", &seven_zip(members))]),
    ]
}

#[test]
fn whatever_is_cut_is_told() {
    for bytes in samples() {
        for cut in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
            if let Content::Archive(packed) = Content::of(&bytes[..cut]) {
                let gaps = unpack(&bytes[..cut], packed, SMALL, &mut |_, _| {});
                // A tar has no end that must be there, and an empty stream none.
                assert!(!gaps.is_empty() || packed == Packed::Tar, "{packed:?} cut at {cut} of {}", bytes.len());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_is_never_a_panic(sample in 0..7_usize, changes in prop::collection::vec((any::<u16>(), any::<u8>()), 1..6)) {
        let mut bytes = samples().swap_remove(sample);
        for (at, byte) in changes {
            let at = usize::from(at) % bytes.len();
            bytes[at] = byte;
        }
        if let Content::Archive(packed) = Content::of(&bytes) {
            unpack(&bytes, packed, SMALL, &mut |_, _| {});
        }
    }

    #[test]
    fn random_bytes_are_never_a_panic(kind in 0..7_usize, tail in prop::collection::vec(any::<u8>(), 0..600)) {
        let (magic, packed) = [
            (&b"PK\x03\x04"[..], Packed::Zip), (b"", Packed::Tar), (b"7z\xbc\xaf\x27\x1c", Packed::SevenZip), (GZIP, Packed::Gzip),
            (b"BZh91AY&SY", Packed::Bzip2), (b"\xfd7zXZ\0", Packed::Xz), (b"\x28\xb5\x2f\xfd", Packed::Zstd),
        ][kind];
        unpack(&[magic, &tail].concat(), packed, SMALL, &mut |_, _| {});
    }
}
