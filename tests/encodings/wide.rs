//! UTF-16 and UTF-32, with and without a byte order mark; Latin-1; a NUL in a text.

use super::{WAYS, finds, one, only, scan};

const KINDS: [(&str, usize, bool); 4] =
    [("utf-16", 2, false), ("utf-16", 2, true), ("utf-32", 4, false), ("utf-32", 4, true)];

fn wide(text: &str, width: usize, big: bool) -> Vec<u8> {
    let order = |mut bytes: Vec<u8>| {
        if big {
            bytes.reverse();
        }
        bytes
    };
    match width {
        2 => text.encode_utf16().flat_map(|unit| order(unit.to_le_bytes().to_vec())).collect(),
        _ => text.chars().flat_map(|c| order(u32::from(c).to_le_bytes().to_vec())).collect(),
    }
}

#[test]
fn are_read_in_every_kind_of_input() {
    let key = one();
    let text = format!("first = 1\r\nnaïve = \"{key}\"\r\n");
    for (encoding, width, big) in KINDS {
        for mark in ["", "\u{feff}"] {
            let bytes = wide(&format!("{mark}{text}"), width, big);
            let offset = width * (mark.chars().count() + text[..text.find(&key).expect("there")].chars().count());
            for way in WAYS {
                let name = format!("{encoding} big {big} marked {} {way}", !mark.is_empty());
                let finding = only(&scan(way, "a.txt", &bytes, &[]).exits(1), &key);
                let position = ["line", "column", "offset", "length"].map(|f| finding[f].as_u64().expect("a number"));
                assert_eq!(position, [2, 10, offset as u64, (width * key.len()) as u64], "{name}");
                assert_eq!(finding["encodings"], serde_json::json!([encoding]), "{name}");
            }
        }
    }
}

#[test]
fn a_comment_allows_its_line() {
    let text = format!("k = \"{}\" # keyhound:allow\n", one());
    for way in WAYS {
        let ran = scan(way, "a.txt", &wide(&text, 2, false), &[]).exits(0);
        assert_eq!(ran.records("finding")[0]["verdict"], "allowed_inline", "{way}");
    }
}

#[test]
fn latin_1_and_a_nul_hide_nothing() {
    let key = one();
    let lines = "an ordinary line\n".repeat(9);
    for text in [
        [b"caf\xe9 = \"", key.as_bytes(), b"\" # \xfc\n"].concat(),
        [b"\xff", key.as_bytes(), b"\xff"].concat(),
        [lines.as_bytes(), b"\0\n", key.as_bytes(), b"\n"].concat(),
        [lines.as_bytes(), b"x\0", key.as_bytes(), b"\0y\n"].concat(),
    ] {
        for way in WAYS {
            assert!(finds(&scan(way, "a.txt", &text, &[]), &key), "{way}: {}", String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn versions_of_a_wide_file_are_read_each() {
    let repo = crate::history::repo::Repo::new();
    let (first, second) = (one(), crate::cli::key(crate::cli::TWO));
    let filler = "an ordinary line of a text\n".repeat(200);
    for text in [
        filler.clone(),
        format!("{filler}k = \"{first}\"\n"),
        format!("é{filler}k = \"{first}\"\nl = \"{second}\"\n"),
        filler.clone(),
    ] {
        repo.write("a.txt", wide(&text, 2, false)).commit("next");
    }
    // The same text in UTF-8 is another version of the file, and inherits nothing.
    repo.write("a.txt", &filler).commit("last");
    repo.git(&["repack", "-adfq"]);
    let run = repo.scan();
    let found: Vec<Vec<u8>> = run.findings.iter().map(|judged| judged.finding.secret.expose().to_vec()).collect();
    for key in [&first, &second] {
        assert!(found.iter().any(|secret| secret == key.as_bytes()));
    }
    assert_eq!(run.coverage.skipped.len(), 0);
}
