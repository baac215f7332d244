//! Keys in base64, hexadecimal digits, gzip and behind escapes, alone and within each other.

use super::archives::zip;
use super::{WAYS, finds, one, only, scan};
use crate::cli::{TWO, key};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde_json::json;
use std::io::Write;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).expect("writes");
    writer.finish().expect("ends")
}

/// The base64 of a text in lines of this width.
fn lines(text: &str, indent: &str, width: usize) -> String {
    let base64 = BASE64.encode(text.as_bytes());
    let rows = base64.as_bytes().chunks(width).map(|row| String::from_utf8_lossy(row).into_owned());
    rows.map(|row| format!("{indent}{row}\n")).collect()
}

/// Every character of a text as the escape of its number.
fn spelled(text: &str, sign: &str, joint: &str) -> String {
    text.bytes().map(|byte| format!("{sign}{byte:04X}")).collect::<Vec<_>>().join(joint)
}

/// Something that holds a key, and the encodings that have to be undone.
fn forms(key: &str) -> Vec<(String, Vec<&'static str>)> {
    let base64 = |bytes: &[u8]| BASE64.encode(bytes);
    let utf_16: Vec<u8> = format!("$k = \"{key}\"").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let settings = format!("# a file of settings\nname: value\nkey: {key}\nmore: lines of text\n");
    let mut deep = key.to_owned();
    for _ in 0..5 {
        deep = base64(deep.as_bytes());
    }
    vec![
        (format!("data:\n  key: {}\n", base64(format!("token={key}").as_bytes())), vec!["base64"]),
        (format!("data:\n  key: \"{}\"\n", base64(key.as_bytes()).trim_end_matches('=')), vec!["base64"]),
        (format!("x/y/{}", BASE64URL_NOPAD.encode(format!("??>~~{key}~~??").as_bytes())), vec!["base64"]),
        (format!("src=data:text/plain;base64,{}", base64(settings.as_bytes())), vec!["base64"]),
        (deep, vec!["base64"; 5]),
        (format!("k = {}", HEXLOWER.encode(settings.as_bytes())), vec!["hex"]),
        (format!("k = 0x{}", HEXLOWER.encode(key.as_bytes())), vec!["hex"]),
        (format!("k = \"{}\"", spelled(key, "\\u", "")), vec!["unicode-escape"]),
        (format!("say: {} and more", spelled(&format!("a={key}"), "U+", " ")), vec!["unicode-escape"]),
        (format!("k = \"{}\"", spelled(&base64(key.as_bytes()), "\\\\u", "")), vec!["unicode-escape", "base64"]),
        (format!("powershell -enc {}", base64(&utf_16)), vec!["base64", "utf-16"]),
        (
            format!("release: {}", base64(base64(&gzip(settings.as_bytes())).as_bytes())),
            vec!["base64", "base64", "gzip"],
        ),
        (format!("bundle: {}", base64(&zip(&[("a/settings.txt", settings.as_bytes())]))), vec!["base64", "archive"]),
        (format!("data:\n  f: |\n{}", lines(&settings, "    ", 64)), vec!["base64"]),
        (format!("-----BEGIN THING-----\r\n{}-----END THING-----\n", lines(&settings, "", 60)), vec!["base64"]),
        (format!("{{\"env\": \"A=1\\n{key}\\n\"}}"), vec!["json-string"]),
        (format!("{{\"env\": \"A\\u003d{key}\"}}"), vec!["unicode-escape"]),
        (format!("x = \"A\\x3d{key}\""), vec!["hex-escape"]),
        (format!("https://example.org/?k%3D{key}%26x"), vec!["percent"]),
    ]
}

#[test]
fn every_form_is_read_and_named() {
    let key = one();
    for (text, encodings) in forms(&key) {
        let finding = only(&scan("file", "a.txt", text.as_bytes(), &[]).exits(1), &key);
        assert_eq!(finding["encodings"], json!(encodings), "{text}");
    }
}

#[test]
fn in_every_kind_of_input() {
    let key = one();
    let text: String = forms(&key).into_iter().map(|(text, _)| text + "\n\n").collect();
    for way in WAYS {
        let ran = scan(way, "a.txt", text.as_bytes(), &[]).exits(1);
        assert!(only(&ran, &key)["encodings"].is_array(), "{way}");
    }
}

#[test]
fn the_place_is_that_of_the_encoded_key() {
    let key = one();
    // Three bytes before it, so that it begins with a letter of its own.
    let text = format!("a: 1\nkey: {}\n", BASE64.encode(format!("k: {key}").as_bytes()));
    let finding = only(&scan("file", "a.txt", text.as_bytes(), &[]).exits(1), &key);
    let place = ["line", "column", "offset", "length"].map(|field| finding[field].as_u64().expect("a number"));
    assert_eq!(place, [2, 10, 14, (key.len() as u64 * 4).div_ceil(3)]);
}

#[test]
fn the_depth_can_be_chosen() {
    let key = one();
    let text = BASE64.encode(BASE64.encode(key.as_bytes()).as_bytes());
    assert!(finds(&scan("file", "a.txt", text.as_bytes(), &["--max-decode-depth", "2"]), &key));
    for way in WAYS {
        for depth in ["0", "1"] {
            scan(way, "a.txt", text.as_bytes(), &["--max-decode-depth", depth]).exits(0);
        }
    }
}

#[test]
fn a_comment_allows_its_line() {
    let text = format!("k: {} # keyhound:allow\n", BASE64.encode(one().as_bytes()));
    assert_eq!(scan("file", "a.yml", text.as_bytes(), &[]).exits(0).records("finding")[0]["verdict"], "allowed_inline");
}

#[test]
fn values_of_kubernetes_secrets_are_found_by_their_names() {
    let password = BASE64.encode(b"Xk2!mmQ9#v");
    let text = format!("kind: Secret\ndata:\n  password: {password}\n");
    let finding = only(&scan("file", "a.yaml", text.as_bytes(), &[]).exits(1), &password);
    assert_eq!(finding["line"], 3);
    // A key that only the name before it tells from any other digits.
    let digits = "9f86d081884c7d659a2feaa0c55ad015";
    let text = format!("kind: Secret\ndata:\n  DATADOG_API_KEY: {}\n", BASE64.encode(digits.as_bytes()));
    let finding = only(&scan("file", "a.yaml", text.as_bytes(), &[]).exits(1), digits);
    assert_eq!((&finding["provider"], &finding["encodings"]), (&json!("datadog"), &json!(["base64"])));
}

#[test]
fn strings_of_a_notebook_are_read() {
    let key = one();
    let source = ["import os\n".to_owned(), format!("k = \"{key}\"\n"), "password = \"Zt9$kkw2Lq!x\"\n".to_owned()];
    let notebook = json!({"cells": [{"cell_type": "code", "source": source}]}).to_string();
    let ran = scan("file", "a.ipynb", notebook.as_bytes(), &[]);
    assert!(finds(&ran, &key) && finds(&ran, "Zt9$kkw2Lq!x"), "{}", ran.out);
    // As one string, as HAR files and Postman collections hold a body.
    let har = json!({"text": format!("a\n{key}\n{{\"password\": \"Zt9$kkw2Lq!x\"}}")}).to_string();
    let ran = scan("file", "a.har", har.as_bytes(), &[]);
    assert!(finds(&ran, &key) && finds(&ran, "Zt9$kkw2Lq!x"), "{}", ran.out);
}

#[test]
fn ordinary_letters_and_digits_are_nothing() {
    let text = "
        sha256 = 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        integrity: sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==
        image = data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
        greeting: aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQ
        path/To/A_Class-OfSome/AbstractSingletonProxyFactoryBean/HereAndThere
    ";
    scan("file", "a.txt", text.as_bytes(), &[]).exits(0);
}

#[test]
fn long_lines_lose_nothing() {
    let (first, second) = (one(), key(TWO));
    let encoded = BASE64.encode(format!("words and words {second}").as_bytes());
    for filler in ["a=1;", "\"key\":\"value\",", "abcdefgh"] {
        let filler = filler.repeat((2 << 20) / filler.len());
        let text = format!("{filler} \"{first}\" {filler} \"{encoded}\" {filler}");
        for way in ["file", "stdin", "history"] {
            let ran = scan(way, "a.js", text.as_bytes(), &[]);
            assert!(finds(&ran, &first) && finds(&ran, &second), "{way}");
        }
    }
}
