//! Keys in archives: in every kind of input, with the path within; what cannot be read is said and counted.

use super::{WAYS, finds, one, only, scan};
use crate::cli::{Place, jsonl};
use serde_json::Value;
use std::io::{Cursor, Write};

pub(super) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("starts");
        writer.write_all(bytes).expect("writes");
    }
    writer.finish().expect("ends").into_inner()
}

fn tar_gz(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    builder.append_data(&mut header, name, bytes).expect("appends");
    builder.into_inner().expect("ends").finish().expect("ends")
}

fn hidden(key: &str) -> Vec<u8> {
    let text = format!("a = 1\nkey = \"{key}\"\n");
    zip(&[("img.png", b"\x89PNG\r\n\x1a\n"), ("lib/b.tgz", &tar_gz("d/in.txt", text.as_bytes()))])
}

#[test]
fn are_opened_in_every_kind_of_input() {
    let key = one();
    for way in WAYS {
        let finding = only(&scan(way, "a.jar", &hidden(&key), &[]).exits(1), &key);
        let at = |field: &str| finding[field].clone();
        assert_eq!(at("path"), "a.jar!lib/b.tgz!d/in.txt", "{way}");
        assert_eq!(
            (at("member"), at("line"), at("column")),
            ("lib/b.tgz!d/in.txt".into(), 2.into(), 8.into()),
            "{way}"
        );
    }
}

#[test]
fn the_path_within_stands_in_every_format() {
    let (place, key) = (Place::new(), one());
    place.write("a.zip", hidden(&key));
    for format in ["human", "json", "jsonl", "sarif", "html", "csv", "junit", "gitlab", "markdown"] {
        let ran = place.run(&["scan", "--no-config", "--no-history", "--format", format, "."]);
        assert!(ran.out.contains("in.txt") && ran.out.contains("a.zip"), "{format}: {}", ran.out);
        assert!(!ran.out.contains(&key), "{format}");
    }
}

#[test]
fn can_stay_closed() {
    for way in WAYS {
        let ran = scan(way, "a.zip", &hidden(&one()), &["--max-archive-depth", "0"]).exits(0);
        assert!(ran.records("finding").is_empty(), "{way}");
    }
    scan("file", "a.zip", &hidden(&one()), &["--max-archive-depth", "1"]).exits(3);
}

#[test]
fn what_cannot_be_read_is_a_gap_and_not_a_crash() {
    let mut encrypted = zip(&[("in.txt", b"secret")]);
    let directory = encrypted.windows(4).rposition(|four| four == b"PK\x01\x02").expect("a directory");
    encrypted[directory + 8] |= 1;
    let mut cut = tar_gz("in.txt", b"nothing");
    cut.truncate(cut.len() / 2);
    for (bytes, says) in
        [(encrypted, "encrypted"), (cut, "cannot be read"), (b"PK\x03\x04 and no more".to_vec(), "zip")]
    {
        for way in WAYS {
            let ran = scan(way, "a.zip", &bytes, &[]).exits(3);
            assert!(ran.err.contains(says) || ran.out.contains(says), "{way}: {}\n{}", ran.out, ran.err);
            let summary: Vec<Value> = ran.records("summary");
            assert_eq!(summary[0]["coverage"]["skipped"]["archive"], 1, "{way}: {}", ran.out);
        }
    }
}

#[test]
fn what_could_be_read_of_a_damaged_one_is_searched() {
    let key = one();
    let mut bytes = zip(&[("in.txt", format!("k = \"{key}\"").as_bytes()), ("more.txt", b"nothing")]);
    bytes.truncate(bytes.len() - 30);
    for way in WAYS {
        assert!(finds(&scan(way, "a.zip", &bytes, &[]), &key), "{way}");
    }
}

#[test]
fn a_key_is_allowed_by_the_path_of_its_archive() {
    let place = Place::new();
    place.write("vendor/a.zip", hidden(&one()));
    place.write("keyhound.toml", "[[allow]]\npaths = [\"vendor/*.zip\"]\nreason = \"not ours\"\n");
    let ran = place.run(&[&jsonl(&["--no-history"])[..], &["."]].concat()).exits(0);
    assert_eq!(ran.records("finding")[0]["verdict"], "allowed_by_config", "{}", ran.out);
}
