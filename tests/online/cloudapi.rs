//! CloudAPI as its reference describes it, on loopback, and how it can fail.

use super::server::{Received, Reply, Server, json};
use super::{CLOUDAPI, joined};
use crate::cli::{Place, Ran};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

pub const ID: &str = "key_7d1";

/// In parts, as every key is.
pub fn admin() -> String {
    ["cap_", "kvmdRnbl0Yzo7X68voJ8IXUJ"].concat()
}

/// How far a connection gets before the provider falls silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It is made, and no word is said on it.
    Connected,
    /// The request arrived.
    Asked,
    /// Half of the answer was sent.
    Answering,
}

/// What the CloudAPI stand-in does with requests.
#[derive(Default)]
pub struct CloudApi {
    /// How many times a request revoked the key.
    pub revocations: u32,
    /// The connection with this number, from 0, falls silent at that stage; a DELETE takes effect or not, as the third
    /// says.
    pub hang: Option<(usize, Stage, bool)>,
    /// The first DELETE gets this in place of its answer; whether it takes effect.
    pub stumble: Option<(Reply, bool)>,
    /// Hears of a connection that falls silent.
    pub told: Option<Sender<()>>,
    /// The connection that is being served.
    pub connection: usize,
}

impl CloudApi {
    pub fn start(self) -> (Server, Arc<Mutex<CloudApi>>) {
        let state = Arc::new(Mutex::new(self));
        let (at_gate, behind) = (Arc::clone(&state), Arc::clone(&state));
        let gate = move |ix| at_gate.lock().expect("state").connects(ix);
        (
            Server::gated("127.0.0.1", Box::new(gate), move |request| behind.lock().expect("state").handle(request)),
            state,
        )
    }

    fn falls_silent(&mut self, at: Stage) -> bool {
        let is_it = matches!(self.hang, Some((ix, stage, _)) if ix == self.connection && stage == at);
        if is_it && let Some(told) = &self.told {
            told.send(()).expect("the test listens");
        }
        is_it
    }

    fn connects(&mut self, ix: usize) -> bool {
        self.connection = ix;
        self.falls_silent(Stage::Connected)
    }

    fn handle(&mut self, request: &Received) -> Reply {
        let is_delete = request.method == "DELETE";
        let takes_effect = matches!(self.hang, Some((.., true))) && is_delete;
        if self.falls_silent(Stage::Asked) {
            self.revocations += u32::from(takes_effect);
            return Reply::Silence;
        }
        if self.falls_silent(Stage::Answering) {
            self.revocations += u32::from(takes_effect);
            return Reply::Half(200, format!(r#"{{"id":"{ID}","revoked":true}}"#));
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/v1/projects") if self.revocations > 0 => json(401, "{}"),
            ("GET", "/v1/projects") => json(200, r#"{"data":[],"request_id":"req_1"}"#),
            ("DELETE", path) if path == format!("/v1/keys/{ID}") => {
                if request.header("authorization") != format!("Bearer {}", admin()) {
                    return json(403, "{}");
                }
                if let Some((reply, takes_effect)) = self.stumble.take() {
                    self.revocations += u32::from(takes_effect);
                    return reply;
                }
                self.revocations += 1;
                json(200, &format!(r#"{{"id":"{ID}","revoked":true}}"#))
            }
            _ => json(404, "{}"),
        }
    }
}

pub fn place() -> Place {
    let place = Place::new();
    place.write("keys.txt", joined(CLOUDAPI));
    place
}

const REVOKE: [&str; 9] =
    ["revoke", "keys.txt", "--execute", "--yes", "--provider", "cloudapi", "--key-id", ID, "--request-timeout"];

pub fn words<'w>(more: &[&'w str]) -> Vec<&'w str> {
    [&REVOKE[..], &["5"], more].concat()
}

/// Runs keyhound with the credential in the documented variable.
pub fn run(place: &Place, server: &Server, words: &[&str]) -> Ran {
    place.write("ca.pem", &server.pem);
    let endpoint = format!("cloudapi={}", server.url());
    let all = [words, &["--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint]].concat();
    Ran::of(place.command(&all).env("CLOUDAPI_TOKEN", admin()).output().expect("runs"))
}

pub fn receipt(place: &Place) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(place.path("keyhound-receipt.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

pub fn events(place: &Place) -> Vec<String> {
    receipt(place).iter().map(|line| line["event"].as_str().expect("an event").to_owned()).collect()
}

pub fn deletes(server: &Server) -> usize {
    server.lines().iter().filter(|line| line.starts_with("DELETE")).count()
}
