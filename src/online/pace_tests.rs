//! Pacing against a provider of scripted answers and a clock that only a test moves.

use super::*;
use crate::online::endpoint::Endpoints;
use crate::online::request::Values;
use crate::rule::online::Verify;
use std::collections::VecDeque;

#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
    sent_at: Mutex<Vec<u64>>,
    now: Mutex<Duration>,
}

impl Clock for Scripted {
    fn elapsed(&self) -> Duration {
        *self.now.lock().expect("now")
    }

    fn wall(&self) -> i64 {
        1_700_000_000 + self.elapsed().as_secs() as i64
    }

    fn sleep(&self, duration: Duration, _: &AtomicBool) {
        *self.now.lock().expect("now") += duration;
    }

    fn jitter(&self) -> f64 {
        1.0
    }
}

impl Transport for Scripted {
    fn send(&self, _: &Request) -> Result<Answer, Failure> {
        self.sent_at.lock().expect("sent").push(self.elapsed().as_secs());
        self.answers.lock().expect("answers").pop_front().ok_or(Failure::NoAnswer("no more answers".to_owned()))
    }
}

fn request() -> Request {
    let table: Verify =
        toml::from_str("docs = \"\"\nrequest = \"GET https://a.example/\"\nlive = []\ndead = []").expect("a table");
    Request::of("a", table.call(), &Values::default(), &Endpoints::default()).expect("a request")
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Answer { status, headers, body: body.as_bytes().to_vec(), is_cut: false }
}

/// When each request went out, and the last status.
fn ask(answers: Vec<Answer>, most_wait: u64) -> (Vec<u64>, u16) {
    let scripted = Scripted { answers: Mutex::new(answers.into()), ..Scripted::default() };
    let stop = AtomicBool::new(false);
    let pace = Pace::new(&scripted, &scripted, &stop, Duration::from_secs(most_wait));
    let status = pace.ask(&request(), Some(6000)).map_or(0, |answer| answer.status);
    (scripted.sent_at.into_inner().expect("sent"), status)
}

#[test]
fn a_refusal_is_waited_out_as_the_provider_asks() {
    let date = "Tue, 14 Nov 2023 22:13:50 GMT"; // 1_700_000_030
    for (headers, body, second) in [
        (vec![("retry-after", "7")], "", 7),
        (vec![("retry-after", date)], "", 30),
        (vec![], r#"{"error":"rate_limit_exceeded","retry_after":60}"#, 60),
        (vec![("x-ratelimit-reset", "1700000012")], "", 12),
        (vec![("x-ratelimit-reset", "9")], "", 9),
        (vec![("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], "", 0),
        // Nothing is named: a second and, with this clock's jitter, half of one more.
        (vec![], "", 1),
    ] {
        let got = ask(vec![answer(429, &headers, body), answer(200, &[], "")], 60);
        assert_eq!(got, (vec![0, second], 200), "{headers:?} {body}");
    }
}

#[test]
fn waits_double_and_end() {
    let busy = || answer(503, &[], "");
    assert_eq!(ask(vec![busy(), busy(), busy(), busy(), busy()], 60), (vec![0, 1, 4, 10], 503));
}

#[test]
fn nobody_waits_for_an_hour() {
    assert_eq!(ask(vec![answer(429, &[("retry-after", "3600")], ""), answer(200, &[], "")], 60), (vec![0], 429));
}

#[test]
fn an_exhausted_window_holds_the_next_request_back() {
    let last = answer(200, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "20")], "");
    let scripted = Scripted { answers: Mutex::new([last, answer(200, &[], "")].into()), ..Scripted::default() };
    let stop = AtomicBool::new(false);
    let pace = Pace::new(&scripted, &scripted, &stop, Duration::from_secs(60));
    for _ in 0..2 {
        pace.ask(&request(), None).expect("an answer");
    }
    assert_eq!(*scripted.sent_at.lock().expect("sent"), [0, 20]);
}

#[test]
fn requests_to_one_host_keep_their_distance() {
    let answers = (0..6).map(|_| answer(200, &[], "")).collect();
    let scripted = Scripted { answers: Mutex::new(answers), ..Scripted::default() };
    let stop = AtomicBool::new(false);
    let pace = Pace::new(&scripted, &scripted, &stop, Duration::from_secs(60));
    for _ in 0..6 {
        pace.ask(&request(), Some(20)).expect("an answer");
    }
    // Three of twenty a minute at once, then one in three seconds.
    assert_eq!(*scripted.sent_at.lock().expect("sent"), [0, 0, 0, 3, 6, 9]);
}

#[test]
fn a_stopped_run_sends_nothing() {
    let scripted = Scripted::default();
    let stop = AtomicBool::new(true);
    let pace = Pace::new(&scripted, &scripted, &stop, Duration::from_secs(60));
    assert_eq!(pace.ask(&request(), None).map(|_| ()), Err(Failure::Stopped));
    assert!(scripted.sent_at.lock().expect("sent").is_empty());
}
