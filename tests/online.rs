//! What reaches for a provider: only ever one on loopback.

mod cloudapi;
mod crash;
mod moto;
mod revoke;
mod server;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub mod silence;
mod tables;
mod transcript;
mod verify;

use crate::cli::{Place, Ran};
use server::Server;
use std::io::Write;
use std::process::{Child, Command, Stdio};

/// Keys of the providers that the project began with, each in a text that proves whose it is; in parts, so that no
/// file holds one. The last two parts are the key.
pub const AIRCLOU: &[&str] = &["AIRCLOU_API_KEY=", "ac_live_", "9fK2mQ7xLp4RtV8nB3cZ6wYd\n"];
pub const CLOUDGENI: &[&str] = &["CLOUDGENI_API_KEY=", "cg_live_", "Zq8LwV2nRk6XtB4mYp9CfH3s\n"];
pub const PIORA: &[&str] = &["PIORA_API_TOKEN=", "piora_token_", "Hk7RzM4vT2nLq9XcJ5hP8sDf\n"];
pub const CLOUDAPI: &[&str] = &["CLOUDAPI_TOKEN=", "sk_live_", "67FaISuyGQG6xsQZBQ8rHgXy\n"];
pub const CLOUDAIPILOT: &[&str] = &["CLOUDAIPILOT_TOKEN=", "ggGFVpaQ3RYktPoXLd", "VbXcOHPYjYfPIvhilAa8ls\n"];

pub fn joined(parts: &[&str]) -> String {
    parts.concat()
}

/// Runs keyhound so that it finds `server` in place of a provider.
pub fn reached(place: &Place, server: &Server, provider: &str, words: &[&str]) -> Ran {
    place.write("ca.pem", &server.pem);
    let endpoint = format!("{provider}={}", server.url());
    let all = [words, &["--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint]].concat();
    place.run(&all)
}

/// The same with a text on standard input.
pub fn typed_in(place: &Place, server: &Server, provider: &str, words: &[&str], text: &str) -> Ran {
    place.write("ca.pem", &server.pem);
    let endpoint = format!("{provider}={}", server.url());
    let all = [words, &["--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint]].concat();
    let mut command = place.command(&all);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    child.stdin.take().expect("stdin").write_all(text.as_bytes()).expect("typed");
    Ran::of(child.wait_with_output().expect("ends"))
}

/// Presses Ctrl-C.
#[cfg(unix)]
pub fn interrupt(child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().expect("a shell");
    assert!(sent.success());
}
