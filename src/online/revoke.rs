//! Revokes keys: plan, then, for each key, ask, revoke, ask again; every step on the receipt.
//!
//! A mistake here destroys an innocent key. So a key's id is that which the provider told about this very key, or the one
//! that the person gave; a request that may have been received is never sent again before the key was seen alive; and
//! only the provider's documented answer counts as proof.

use super::attribute::Held;
use super::endpoint::Endpoints;
use super::pace::{FIRST_WAIT, Pace};
use super::receipt::{Entry, Event, Receipt, ReceiptError, State, identity};
use super::request::{Failure, Request, Values};
use super::verify::{Verifier, request_of, values_of};
use crate::finding::{Asked, Liveness, Secret};
use crate::rule::online::{Class, Condition, Revoke};
use std::collections::BTreeMap;

/// How many times a key is asked about after its revocation, because some providers take a moment.
const ASK_AGAIN: u32 = 4;
/// How many times a postponed revocation is sent.
const ATTEMPTS: u32 = 4;

/// One key of a plan.
#[derive(Debug, Clone)]
pub struct Planned<'r> {
    /// The key and whose it is.
    pub held: Held<'r>,
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// Where it was found.
    pub place: String,
    /// Whether deletion was asked for, where a provider knows more than one way.
    pub delete: bool,
    /// The key's id, as the person gave it.
    pub id: Option<String>,
    /// The environment variable with the credential that may revoke it, and what it holds.
    pub credential: Option<(String, Option<Secret>)>,
}

/// How a key comes to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is proven dead, and this run did it.
    Revoked(String),
    /// It was dead before this run did anything.
    WasDead(String),
    /// The provider said that it is done, and nothing proves that it is.
    Accepted(String),
    /// It is alive after all.
    Alive(String),
    /// Nothing was done, and why.
    NotDone(String),
    /// A request may have been received, and nobody knows.
    Open(String),
    /// A person has to do it.
    ByHand(String),
}

impl Outcome {
    /// Whether the key is proven dead.
    pub fn is_dead(&self) -> bool {
        matches!(self, Outcome::Revoked(_) | Outcome::WasDead(_))
    }

    /// The word of reports.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Revoked(_) => "revoked",
            Outcome::WasDead(_) => "already dead",
            Outcome::Accepted(_) => "accepted, not proven",
            Outcome::Alive(_) => "still alive",
            Outcome::NotDone(_) => "not revoked",
            Outcome::Open(_) => "nobody knows",
            Outcome::ByHand(_) => "by hand",
        }
    }

    /// Why.
    pub fn reason(&self) -> &str {
        match self {
            Outcome::Revoked(why)
            | Outcome::WasDead(why)
            | Outcome::Accepted(why)
            | Outcome::Alive(why)
            | Outcome::NotDone(why)
            | Outcome::Open(why)
            | Outcome::ByHand(why) => why,
        }
    }
}

impl<'r> Planned<'r> {
    /// The table by which it is revoked; `None` where a person has to do it.
    pub fn table(&self) -> Option<&'r Revoke> {
        let all = &self.held.rule.online().revoke;
        let by_wish = all.iter().find(|table| table.on_request == self.delete);
        by_wish.or_else(|| all.iter().find(|table| !table.on_request))
    }

    /// The request, with what is known so far: for a plan.
    ///
    /// # Errors
    ///
    /// A sentence: what is not known.
    pub fn preview(&self, endpoints: &Endpoints) -> Option<Result<Request, String>> {
        let table = self.table()?;
        let unknown = |name: &str| Secret::new(format!("<{name}>").as_bytes(), usize::MAX);
        let values = values_of(&self.held, table.call()).map(|mut values| {
            match &self.id {
                Some(id) => values.add_public("key_id", id),
                None => values.add("key_id", unknown("the id that the provider tells")),
            }
            if let Some((variable, _)) = &self.credential {
                values.add("credential", unknown(&format!("${variable}")));
            }
            values
        });
        // A plan does not show when it was signed.
        Some(values.and_then(|values| Request::of(self.held.rule.provider.id, table.call(), &values, endpoints)))
    }

    fn entry(&self, time: String, event: Event) -> Entry {
        let rule = self.held.rule;
        Entry {
            receipt: 1,
            time,
            event,
            key: identity(rule.provider.id, &self.held.secret),
            shown: self.held.secret.redacted(),
            provider: rule.provider.id.to_owned(),
            rule: rule.spec.id.to_owned(),
            fingerprint: self.fingerprint.clone(),
            key_id: None,
            request: None,
            status: None,
            evidence: None,
        }
    }
}

/// Revokes, one key after the other.
pub struct Revoker<'v> {
    /// Asks whether keys are alive.
    pub verifier: Verifier<'v>,
    /// What was and is done.
    pub receipt: Receipt,
    /// Whether what an earlier run left open may be taken up.
    pub resume: bool,
}

/// The answer to a request that revokes.
enum Reply {
    Done(String),
    Refused(String),
    Lost(String),
    Kept(String),
}

impl Revoker<'_> {
    fn pace(&self) -> &Pace<'_> {
        self.verifier.pace
    }

    fn now(&self) -> String {
        jiff::Timestamp::from_second(self.pace().wall())
            .map_or_else(|_| "1970-01-01T00:00:00Z".to_owned(), |now| now.to_string())
    }

    fn note(&mut self, planned: &Planned<'_>, event: Event, fill: impl FnOnce(&mut Entry)) -> Result<(), ReceiptError> {
        let mut entry = planned.entry(self.now(), event);
        fill(&mut entry);
        self.receipt.append(&entry)
    }

    /// Asks about a key and writes the answer down.
    fn ask(&mut self, planned: &Planned<'_>) -> Result<Asked, ReceiptError> {
        let asked = self.verifier.ask(&planned.held);
        let event = match asked.liveness {
            Liveness::Live => Event::Live,
            Liveness::Dead => Event::Dead,
            Liveness::Unknown => Event::Unknown,
            Liveness::NotAsked => return Ok(asked),
        };
        let (evidence, key_id) = (asked.evidence.clone(), asked.key_id.clone());
        self.note(planned, event, |entry| {
            entry.evidence = Some(evidence);
            entry.key_id = key_id;
        })?;
        Ok(asked)
    }

    /// Brings one key to its end. The person agreed to that.
    ///
    /// # Errors
    ///
    /// The receipt cannot be written: nothing more may be sent.
    pub fn revoke(&mut self, planned: &Planned<'_>) -> Result<Outcome, ReceiptError> {
        let state = self.receipt.state(&identity(planned.held.rule.provider.id, &planned.held.secret));
        if let (State::Open { since }, false) = (&state, self.resume) {
            return Ok(Outcome::Open(format!(
                "a run of {since} was cut off after it may have sent the request; take it up with --resume"
            )));
        }
        if self.pace().is_stopped() {
            return Ok(Outcome::NotDone(Failure::Stopped.to_string()));
        }
        let before = self.ask(planned)?;
        if before.liveness == Liveness::Dead {
            let earlier = match &state {
                State::Revoked { at } => format!("; revoked by a run of {at}"),
                State::Open { since } => format!("; the request of {since} took effect"),
                State::Fresh => String::new(),
            };
            return Ok(Outcome::WasDead(format!("{}{earlier}", before.evidence)));
        }
        match &state {
            State::Revoked { at } if before.liveness == Liveness::Live => {
                return Ok(Outcome::Alive(format!(
                    "its provider said on {at} that it is revoked, and now answers as to a live key; it is not sent twice, so look at it by hand"
                )));
            }
            State::Revoked { at } => {
                return Ok(Outcome::Accepted(format!(
                    "its provider said on {at} that it is revoked; it is not sent twice"
                )));
            }
            State::Open { since } if before.liveness != Liveness::Live => {
                return Ok(Outcome::Open(format!(
                    "the request of {since} may have been received, and whether the key is alive is not known: {}",
                    before.evidence
                )));
            }
            _ => {}
        }
        if self.pace().is_stopped() {
            return Ok(Outcome::NotDone(Failure::Stopped.to_string()));
        }
        let Some(table) = planned.table() else {
            return Ok(Outcome::ByHand(before.evidence));
        };
        let values = match self.values(planned, table, &before) {
            Ok(values) => values,
            Err(why) => return Ok(Outcome::NotDone(why)),
        };
        let sent = self.send(planned, table, &values)?;
        self.conclude(planned, table, sent)
    }

    /// What the request needs; a sentence where that is not known for certain.
    fn values(&self, planned: &Planned<'_>, table: &Revoke, before: &Asked) -> Result<Values, String> {
        let mut values = values_of(&planned.held, table.call())?;
        if table.needs_id() {
            let proven = before.key_id.as_deref().filter(|_| before.liveness == Liveness::Live);
            let id = match (proven, planned.id.as_deref(), table.class) {
                (Some(proven), Some(given), _) if proven != given => {
                    return Err(format!("its provider says that its id is {proven}, not {given}; nothing was sent"));
                }
                (Some(id), ..) | (None, Some(id), Class::Admin) => id.to_owned(),
                (None, Some(_), _) => {
                    return Err(format!(
                        "its id is taken only from the provider's answer about it: {}",
                        before.evidence
                    ));
                }
                (None, None, _) => {
                    return Err(format!(
                        "its id at {} is not known; find it in the dashboard and give it with --key-id ID",
                        planned.held.rule.provider.name
                    ));
                }
            };
            if !is_id(&id) {
                return Err(format!("'{id}' is no id of a key; nothing was sent"));
            }
            values.add_public("key_id", &id);
        }
        if table.class == Class::Admin {
            let (variable, value) = planned.credential.as_ref().ok_or("no credential is named")?;
            let value = value.as_ref().ok_or_else(|| {
                format!(
                    "the environment variable {variable} does not hold a credential that may revoke it; set it, or name another with --credential {}=VARIABLE",
                    planned.held.rule.provider.id
                )
            })?;
            values.add("credential", value.clone());
        }
        Ok(values)
    }

    /// Sends the request, and again only after an answer that says that nothing was done.
    fn send(&mut self, planned: &Planned<'_>, table: &Revoke, values: &Values) -> Result<Reply, ReceiptError> {
        let provider = planned.held.rule.provider.id;
        for attempt in 1.. {
            let request = match request_of(provider, table.call(), values, self.verifier.endpoints, self.pace().wall())
            {
                Ok(request) => request,
                Err(why) => return Ok(Reply::Kept(why)),
            };
            let key_id = values.get("key_id").map(|id| String::from_utf8_lossy(id.expose()).into_owned());
            if let Err(stopped) = self.pace().turn(&request, None) {
                return Ok(Reply::Kept(stopped.to_string()));
            }
            self.note(planned, Event::Sending, |entry| {
                entry.request = Some(request.to_string());
                entry.key_id = key_id;
            })?;
            let answer = match self.pace().once(&request) {
                Ok(answer) => answer,
                Err(Failure::NoAnswer(why)) => {
                    self.note(planned, Event::NoAnswer, |entry| entry.evidence = Some(why.clone()))?;
                    return Ok(Reply::Lost(why));
                }
                Err(failure) => {
                    let why = failure.to_string();
                    self.note(planned, Event::NotSent, |entry| entry.evidence = Some(why.clone()))?;
                    return Ok(Reply::Kept(why));
                }
            };
            let status = answer.status;
            if let Some(met) = answer.first_met(&table.done, values) {
                let why = format!("the provider answered {}", filled(met, values));
                self.note(planned, Event::Done, |entry| {
                    entry.status = Some(status);
                    entry.evidence = Some(why.clone());
                })?;
                return Ok(Reply::Done(why));
            }
            // 429 says that nothing was done. Whatever else came may have done it.
            let wait = (status == 429).then(|| self.pace().delay(&answer, attempt)).filter(|_| attempt < ATTEMPTS);
            let why = match wait {
                Some(Ok(wait)) => format!("429: asked to wait {} s", wait.as_secs()),
                Some(Err(wait)) => format!("429: asked to wait {} s, which is longer than --max-wait", wait.as_secs()),
                None => answer.proves_nothing(),
            };
            let event = match status {
                429 => Event::Postponed,
                400..500 => Event::Refused,
                // A failure of the provider, or what it never documented, says nothing of what was done before.
                _ => Event::NoAnswer,
            };
            self.note(planned, event, |entry| {
                entry.status = Some(status);
                entry.evidence = Some(why.clone());
            })?;
            match (wait, event) {
                (Some(Ok(wait)), _) => self.pace().wait(wait),
                (_, Event::NoAnswer) => return Ok(Reply::Lost(why)),
                _ => return Ok(Reply::Refused(why)),
            }
        }
        Ok(Reply::Kept("too many attempts".to_owned()))
    }

    /// Asks again, and says what is proven.
    fn conclude(&mut self, planned: &Planned<'_>, table: &Revoke, sent: Reply) -> Result<Outcome, ReceiptError> {
        let said = match &sent {
            Reply::Done(why) | Reply::Refused(why) | Reply::Lost(why) => why.clone(),
            Reply::Kept(why) => return Ok(Outcome::NotDone(why.clone())),
        };
        let mut after = self.ask(planned)?;
        // Some take a moment to forget a key.
        let mut wait = FIRST_WAIT;
        for _ in 1..ASK_AGAIN {
            if !matches!(sent, Reply::Done(_)) || after.liveness != Liveness::Live || self.pace().is_stopped() {
                break;
            }
            self.pace().wait(wait);
            wait *= 2;
            after = self.ask(planned)?;
        }
        let then = after.evidence;
        Ok(match (sent, after.liveness) {
            (_, Liveness::Dead) => Outcome::Revoked(format!("{said}; asked again, {then}")),
            (Reply::Done(_), Liveness::Live) => Outcome::Alive(format!("{said}, but asked again, {then}")),
            (Reply::Done(_), _) if table.proves => Outcome::Revoked(said),
            (Reply::Done(_), _) => Outcome::Accepted(format!("{said}; asked again: {then}")),
            (Reply::Lost(_), Liveness::Live) => {
                Outcome::Alive(format!("{said}; asked again, {then}; send it once more with --resume"))
            }
            (Reply::Lost(_), _) => Outcome::Open(format!("{said}; asked again: {then}")),
            (Reply::Refused(_) | Reply::Kept(_), _) => Outcome::NotDone(format!("{said}; asked again: {then}")),
        })
    }

    /// The id of a key, as its provider tells it now, else as the person gave it.
    pub fn known_id(&self, planned: &Planned<'_>) -> Option<String> {
        let key = identity(planned.held.rule.provider.id, &planned.held.secret);
        self.receipt.id_of(&key).or_else(|| planned.id.clone())
    }

    /// Asks about a key that a person says is revoked.
    ///
    /// # Errors
    ///
    /// The receipt cannot be written.
    pub fn confirm(&mut self, planned: &Planned<'_>) -> Result<Outcome, ReceiptError> {
        let asked = self.ask(planned)?;
        Ok(match asked.liveness {
            Liveness::Dead => Outcome::Revoked(asked.evidence),
            Liveness::Live => Outcome::Alive(asked.evidence),
            Liveness::Unknown | Liveness::NotAsked => Outcome::ByHand(asked.evidence),
        })
    }
}

/// Whether a text is an id: one word that names one thing wherever it stands in a URL.
fn is_id(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_graphic() && !b"/\\?#%&".contains(&b);
    (1..=256).contains(&text.len()) && text.bytes().all(is_plain) && !text.bytes().all(|b| b == b'.')
}

/// What an answer had to be, with the ids that it had to name.
fn filled(met: &Condition, values: &Values) -> String {
    let words = met.words();
    values.scrub(&values.fill(&words, str::to_owned).map_or(words, |filled| filled.shown))
}

/// Keys by provider, in the order of their ids.
pub fn by_provider<'p, 'r>(all: &'p [Planned<'r>]) -> BTreeMap<&'static str, Vec<&'p Planned<'r>>> {
    let mut groups: BTreeMap<&'static str, Vec<&Planned<'r>>> = BTreeMap::new();
    for planned in all {
        groups.entry(planned.held.rule.provider.id).or_default().push(planned);
    }
    groups
}
