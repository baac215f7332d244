//! The transcripts of the documentation: what a person sees when a key is revoked, when the run is killed on the way, and
//! when the provider asks to wait.

use super::cloudapi::{CloudApi, ID, Stage, admin, place, receipt};
use super::crash::kill;
use super::server::{Reply, Server};
use super::tables::generated;
use crate::cli::Place;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

/// Runs keyhound as at a terminal: both outputs in the order in which they come, and what is typed.
fn screen(place: &Place, server: &Server, more: &[&str], typed: &str) -> String {
    place.write("ca.pem", &server.pem);
    let endpoint = format!("cloudapi={}", server.url());
    let words = ["revoke", "keys.txt", "--key-id", ID];
    let hidden = ["--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint];
    let program = place.command::<&str>(&[]).get_program().to_owned();
    let mut child = Command::new("sh")
        .args(["-c", "exec \"$0\" \"$@\" 2>&1"])
        .arg(program)
        .args([&words[..], more, &hidden].concat())
        .current_dir(place.dir.path())
        .env_clear()
        .env("HOME", place.dir.path())
        .env("CLOUDAPI_TOKEN", admin())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    child.stdin.take().expect("stdin").write_all(typed.as_bytes()).expect("typed");
    let out = child.wait_with_output().expect("ends");
    let out = String::from_utf8(out.stdout).expect("text");
    // What is typed shows where it is asked for.
    let out = out.replace("to leave it: \n", &format!("to leave it: {typed}"));
    let mut text = format!("$ keyhound {} {}\n", words.join(" "), more.join(" "));
    text.push_str(&out);
    text
}

/// The receipt, as far as it tells what happened.
fn lines(place: &Place) -> String {
    let mut text = String::from("$ cat keyhound-receipt.jsonl\n");
    for line in receipt(place) {
        let mut told = format!("{{ … \"event\":{}", line["event"]);
        for name in ["shown", "key_id", "request", "status", "evidence"] {
            if name != "shown" && !line[name].is_null() {
                let _ = write!(told, ",\"{name}\":{}", line[name]);
            }
        }
        let _ = writeln!(text, "{told}}}");
    }
    text
}

/// Ports and times differ from run to run.
fn steady(text: &str, server: &Server) -> String {
    let text = text.replace(&format!("127.0.0.1:{}", server.port), "api.cloudapi.dev");
    let times = regex::Regex::new(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z").expect("an expression");
    times.replace_all(&text, "2026-03-03T10:00:00Z").into_owned()
}

#[test]
fn the_transcripts_are_what_the_program_prints() {
    let mut text = String::from("\nEverything goes well:\n\n```text\n");
    let (server, _) = CloudApi::default().start();
    let at = place();
    text.push_str(&steady(&screen(&at, &server, &["--execute"], "cloudapi\n"), &server));
    text.push_str(&steady(&lines(&at), &server));

    text.push_str("```\n\nA run is killed after its request left; the request took effect:\n\n```text\n");
    let (told, silent) = channel();
    let hang = Some((1, Stage::Asked, true));
    let (server, _) = CloudApi { hang, told: Some(told), ..CloudApi::default() }.start();
    let at = place();
    kill(&at, &server, &silent);
    text.push_str(&steady(&lines(&at), &server));
    for more in [&["--execute"][..], &["--execute", "--resume"]] {
        let shown = screen(&at, &server, more, "cloudapi\n");
        // The plan is the same each time.
        let (first, rest) = shown.split_once('\n').expect("a line");
        let asked = rest.find("Type ").expect("the question");
        text.push_str(&steady(&format!("{first}\n…\n{}", &rest[asked..]), &server));
    }
    text.push_str(&steady(&lines(&at), &server));

    text.push_str("```\n\nThe provider asks to wait:\n\n```text\n");
    let later = Reply::Answer(429, vec![("Retry-After", "0".to_owned())], String::new());
    let (server, _) = CloudApi { stumble: Some((later, false)), ..CloudApi::default() }.start();
    let at = place();
    let shown = screen(&at, &server, &["--execute"], "cloudapi\n");
    let asked = shown.find("still alive").or_else(|| shown.find("revoked ")).expect("the outcome");
    text.push_str(&steady(&shown[asked..], &server));
    text.push_str(&steady(&lines(&at), &server));
    text.push_str("```\n\n");
    generated("docs/revoke.md", "transcripts", &text);
}
