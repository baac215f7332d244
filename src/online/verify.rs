//! Asks providers about keys, each distinct key once, providers side by side.

use super::answer::judge;
use super::attribute::Held;
use super::aws;
use super::endpoint::Endpoints;
use super::pace::Pace;
use super::request::{Failure, Request, Values};
use crate::finding::{Asked, Liveness};
use crate::rule::call::Call;
use crate::rule::online::Signature;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Most providers that are asked at the same time.
const SIDE_BY_SIDE: usize = 8;

/// Asks whether keys are alive.
pub struct Verifier<'v> {
    /// Sends the requests.
    pub pace: &'v Pace<'v>,
    /// Where they go.
    pub endpoints: &'v Endpoints,
}

/// What a key's placeholders stand for.
///
/// # Errors
///
/// A sentence: the key is not made as the table says.
pub fn values_of(held: &Held<'_>, call: Call<'_>) -> Result<Values, String> {
    let mut values = Values::of_key(&held.secret, call.parts)?;
    for (name, secret) in &held.beside {
        values.add(name, secret.clone());
    }
    Ok(values)
}

/// Makes a request and signs it at `now`.
///
/// # Errors
///
/// A sentence: why it cannot be made.
pub fn request_of(
    provider: &'static str,
    call: Call<'_>,
    values: &Values,
    endpoints: &Endpoints,
    now: i64,
) -> Result<Request, String> {
    let mut request = Request::of(provider, call, values, endpoints)?;
    let service = match call.sign {
        Some(Signature::AwsSts) => "sts",
        Some(Signature::AwsIam) => "iam",
        None => return Ok(request),
    };
    aws::sign(&mut request, values, aws::Scope { region: "us-east-1", service }, now)?;
    Ok(request)
}

/// The request that asks about a key, to be shown or sent.
///
/// # Errors
///
/// A sentence: why nobody can be asked.
pub fn request(held: &Held<'_>, endpoints: &Endpoints, now: i64) -> Result<Request, String> {
    let provider = held.rule.provider;
    let Some(table) = held.rule.online().verify.first() else {
        return Err(format!("no request is known by which {} tells whether such a key is alive", provider.name));
    };
    let values = values_of(held, table.call())?;
    request_of(provider.id, table.call(), &values, endpoints, now)
}

impl Verifier<'_> {
    /// Asks about one key.
    pub fn ask(&self, held: &Held<'_>) -> Asked {
        let provider = held.rule.provider.id;
        let request = match request(held, self.endpoints, self.pace.wall()) {
            Ok(request) => request,
            Err(why) => return Asked::plain(provider, Liveness::NotAsked, why),
        };
        let Some(table) = held.rule.online().verify.first() else {
            return Asked::plain(provider, Liveness::NotAsked, "no table");
        };
        let Ok(values) = values_of(held, table.call()) else {
            return Asked::plain(provider, Liveness::NotAsked, "the key is not made as the table says");
        };
        match self.pace.ask(&request, table.per_minute) {
            Ok(answer) => {
                let mut asked = judge(provider, table, &answer, &values);
                if asked.liveness == Liveness::Unknown
                    && answer.status == 429
                    && let Some(wait) = self.pace.wait_asked(&answer)
                {
                    asked.evidence.push_str(&format!("; the provider asks to wait {} s", wait.as_secs()));
                }
                asked
            }
            Err(Failure::Stopped) => Asked::plain(provider, Liveness::NotAsked, Failure::Stopped.to_string()),
            Err(failure) => Asked::plain(provider, Liveness::Unknown, failure.to_string()),
        }
    }

    /// Asks about all keys, in any order, and answers in theirs. A key that occurs twice is asked about once.
    pub fn ask_all(&self, all: &[Held<'_>]) -> Vec<Asked> {
        let mut first: BTreeMap<(&str, &[u8]), usize> = BTreeMap::new();
        let mut by_provider: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (ix, held) in all.iter().enumerate() {
            first.entry((held.rule.provider.id, held.secret.expose())).or_insert_with(|| {
                by_provider.entry(held.rule.provider.id).or_default().push(ix);
                ix
            });
        }
        let queues: Mutex<Vec<Vec<usize>>> = Mutex::new(by_provider.into_values().collect());
        let done: Mutex<BTreeMap<usize, Asked>> = Mutex::default();
        let next = || queues.lock().unwrap_or_else(PoisonError::into_inner).pop();
        std::thread::scope(|scope| {
            for _ in 0..SIDE_BY_SIDE.min(first.len()) {
                scope.spawn(|| {
                    while let Some(queue) = next() {
                        for ix in queue {
                            let asked = self.ask(&all[ix]);
                            done.lock().unwrap_or_else(PoisonError::into_inner).insert(ix, asked);
                        }
                    }
                });
            }
        });
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .map(|held| {
                let provider = held.rule.provider.id;
                let ix = first.get(&(provider, held.secret.expose()));
                ix.and_then(|ix| done.get(ix)).cloned().unwrap_or_else(|| {
                    Asked::plain(provider, Liveness::Unknown, "a defect in keyhound stopped the question")
                })
            })
            .collect()
    }
}
