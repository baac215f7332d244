//! Asks providers about findings, and lets their answers count: a live key outranks, a dead one does not press.

use super::context;
use super::plan::Online;
use super::setup::Ready;
use crate::finding::{Asked, Environment, Finding, Liveness, Severity};
use crate::online::{
    Attribution, Client, Endpoints, Held, Limits, Pace, SystemClock, Verifier, attribute, beside, request,
};
use crate::problem::Problem;
use crate::rule::RuleSet;
use std::collections::BTreeSet;
use std::path::Path;

/// What is needed to reach providers.
pub struct Reach {
    /// Sends requests.
    pub client: Client,
    /// Where they go.
    pub endpoints: Endpoints,
    /// Paces them.
    pub clock: SystemClock,
}

impl Reach {
    /// Prepares it; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A provider that nobody knows, a certificate that cannot be read.
    pub fn of(online: &Online, rules: &RuleSet) -> Result<Self, Problem> {
        let endpoints = endpoints(online, rules)?;
        let more = online.ca.as_deref().map(|file| {
            std::fs::read(file)
                .map_err(|error| Problem::fatal(file.display().to_string(), format!("cannot be read: {error}")))
        });
        let more = more.transpose()?;
        let limits = Limits { timeout: online.timeout, allow_internal: online.allow_internal };
        let client = Client::new(&limits, more.as_deref()).map_err(|message| {
            let subject = online.ca.as_deref().map_or("TLS".to_owned(), |file| file.display().to_string());
            Problem::fatal(subject, message)
        })?;
        Ok(Self { client, endpoints, clock: SystemClock::start() })
    }

    /// Sends requests as each provider allows.
    pub fn pace<'r>(&'r self, online: &'r Online) -> Pace<'r> {
        Pace::new(&self.client, &self.clock, online.stop, online.most_wait)
    }
}

/// Where requests go, after the names of providers were checked.
///
/// # Errors
///
/// A provider that no rule knows.
pub fn endpoints(online: &Online, rules: &RuleSet) -> Result<Endpoints, Problem> {
    let known: BTreeSet<&str> = rules.iter().map(|(_, rule)| rule.provider.id).collect();
    let known: Vec<&str> = known.into_iter().collect();
    for id in &online.providers {
        if !known.contains(&id.as_str()) {
            let near = crate::rule::nearest(id, &known).map(|near| format!("; did you mean '{near}'?"));
            let message = format!("no provider is called '{id}'{}", near.unwrap_or_default());
            return Err(Problem::fatal("--provider", message).with_next_step("keyhound rules list shows all"));
        }
    }
    Endpoints::new(&online.endpoints, &known).map_err(|message| Problem::fatal("--endpoint", message))
}

/// A finding as its provider is asked about it; `Err` says why nobody is asked, `None` that it is not meant.
pub fn hold<'r>(
    finding: &Finding,
    all: &[Finding],
    rules: &'r RuleSet,
    providers: &[String],
    repository: &Path,
) -> Option<Result<Held<'r>, Asked>> {
    let provider = rules.get(finding.rule).provider.id;
    match attribute(finding, rules, providers, &|| context::around(finding, repository)) {
        Attribution::To(rule) => {
            let beside = beside(finding, rule, all, rules);
            Some(Ok(Held { rule, secret: finding.secret.clone(), beside }))
        }
        Attribution::Nobody(why) => Some(Err(Asked::plain(provider, Liveness::NotAsked, why))),
        Attribution::Other => None,
    }
}

/// Asks about the findings for which `wanted` says so, and takes the answers over.
///
/// # Errors
///
/// What keeps anybody from being asked.
pub fn about(
    findings: &mut [Finding],
    ready: &Ready,
    online: &Online,
    repository: &Path,
    wanted: &dyn Fn(&Finding) -> bool,
) -> Result<(), Problem> {
    let rules = ready.engine.rules();
    let mut held = Vec::new();
    let mut whose = Vec::new();
    let mut answers: Vec<(usize, Asked)> = Vec::new();
    let keys = findings.iter().enumerate().filter(|(_, finding)| !finding.secret.is_empty() && wanted(finding));
    for (ix, finding) in keys {
        match hold(finding, findings, rules, &online.providers, repository) {
            Some(Ok(one)) => {
                held.push(one);
                whose.push(ix);
            }
            Some(Err(asked)) => answers.push((ix, asked)),
            None => {}
        }
    }
    if held.is_empty() {
        // Names are checked, too, where nothing is to be sent.
        endpoints(online, rules)?;
        answers.into_iter().for_each(|(ix, asked)| take_over(&mut findings[ix], asked));
        return Ok(());
    }
    let reach = Reach::of(online, rules)?;
    let pace = reach.pace(online);
    let verifier = Verifier { pace: &pace, endpoints: &reach.endpoints };
    let mut asked = verifier.ask_all(&held);
    for part in 0..held.len() {
        let whole = (0..held.len()).find(|whole| {
            held[part].is_part_of(&held[*whole]) && matches!(asked[*whole].liveness, Liveness::Live | Liveness::Dead)
        });
        if let Some(whole) = whole {
            asked[part] = asked[whole].clone();
        }
    }
    answers.extend(whose.into_iter().zip(asked));
    for (ix, asked) in answers {
        take_over(&mut findings[ix], asked);
    }
    Ok(())
}

/// What an answer means for a finding.
pub fn take_over(finding: &mut Finding, asked: Asked) {
    match asked.liveness {
        // A key of a sandbox opens no more than the sandbox.
        Liveness::Live if finding.environment != Environment::Test => {
            finding.severity = Severity::Critical;
        }
        Liveness::Dead => finding.severity = Severity::Low,
        _ => {}
    }
    finding.asked = Some(asked);
}

/// What would be sent about one key.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// The key, redacted.
    pub key: String,
    /// The rule that found it.
    pub rule: &'static str,
    /// The host and the redacted request, or why there is none.
    pub request: Result<(String, String), String>,
}

/// The requests that would be sent, each once.
///
/// # Errors
///
/// A provider that no rule knows.
pub fn rehearse<'f>(
    wanted: impl Iterator<Item = &'f Finding>,
    all: &[Finding],
    rules: &RuleSet,
    online: &Online,
    repository: &Path,
) -> Result<Vec<Rehearsed>, Problem> {
    let endpoints = endpoints(online, rules)?;
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for finding in wanted {
        let request = match hold(finding, all, rules, &online.providers, repository) {
            None => continue,
            Some(Err(asked)) => Err(asked.evidence),
            Some(Ok(held)) => {
                if !seen.insert((held.rule.provider.id, held.secret.clone())) {
                    continue;
                }
                // The moment of a signature is not shown.
                request(&held, &endpoints, 0).map(|request| (request.host().to_owned(), request.to_string()))
            }
        };
        out.push(Rehearsed { key: finding.secret.redacted(), rule: rules.get(finding.rule).spec.id, request });
    }
    Ok(out)
}
