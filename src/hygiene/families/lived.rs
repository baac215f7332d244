//! What the history of a repository tells about its keys: places that never had another one, rotations that come too
//! late, promises that are not kept, people who left, exceptions and files that are gone.

use super::super::check::{Family, Notes, Run};
use super::super::class::{self, Class};
use super::super::document::{Document, Kind, Node, Resource};
use super::super::moment;
use super::super::project::{Kept, Past, Project, folder};
use super::super::words;
use super::lifecycle::{is_now, path, tail};
use super::texts;
use crate::finding::{Confidence, Finding, Location};
use std::collections::{BTreeMap, BTreeSet};

/// Checks of a project with its history.
pub const FAMILY: Family = Family { checks: texts::lived::CHECKS, run: Run::Project(run) };

fn run(project: &Project<'_>, notes: &mut Notes) {
    let keys: Vec<&Finding> = project
        .findings
        .iter()
        .filter(|finding| finding.subject.is_none() && finding.confidence >= Confidence::Medium)
        .collect();
    let issued: Vec<&Finding> =
        keys.iter().copied().filter(|finding| !project.rules.get(finding.rule).provider.hosts.is_empty()).collect();
    let slots = slots(&issued);
    for values in slots.values() {
        rotations(project, values, notes);
    }
    promises(project, &issued, notes);
    authors(project, &issued, notes);
    files(project, &keys, notes);
    for files in project.modules().into_values() {
        raised_by_hand(project, &files, notes);
        set_up_late(project, &files, notes);
    }
    undefined(project, notes);
    exceptions(project, notes);
}

/// A value that a place had: its finding, when it came, and whether it is there now.
struct Value<'f> {
    finding: &'f Finding,
    since: i64,
    path: String,
    span: std::ops::Range<usize>,
    is_there: bool,
}

/// The values that each place had, by rule and the end of its path, in the order in which they came.
fn slots<'f>(keys: &[&'f Finding]) -> BTreeMap<(crate::finding::RuleIx, String), Vec<Value<'f>>> {
    let mut slots: BTreeMap<_, Vec<Value<'f>>> = BTreeMap::new();
    for finding in keys {
        let mut places: BTreeMap<String, Vec<&Location>> = BTreeMap::new();
        for place in finding.locations.iter().filter(|place| place.path.is_some()) {
            places.entry(tail(&path(place)).to_owned()).or_default().push(place);
        }
        for (tail, places) in places {
            let Some(since) = places.iter().filter_map(|place| place.commit()).map(|commit| commit.committed).min()
            else {
                continue;
            };
            // As the file system has it, where it has it.
            let now = places.iter().filter(|place| is_now(place)).min_by_key(|place| &place.place);
            let shown = now.unwrap_or(&places[0]);
            let start = shown.position.offset as usize;
            let span = start..start + shown.position.length as usize;
            let value = Value { finding, since, path: path(shown), span, is_there: now.is_some() };
            slots.entry((finding.rule, tail)).or_default().push(value);
        }
    }
    slots.values_mut().for_each(|values| values.sort_by_key(|value| value.since));
    slots
}

fn rotations(project: &Project<'_>, values: &[Value<'_>], notes: &mut Notes) {
    let [first, .., last] = values else {
        if let [only] = values {
            never(project, only, notes);
        }
        return;
    };
    // Several at one time are several keys and no rotation.
    let is_one_place = values.iter().filter(|value| value.is_there).count() <= 1;
    let rule = project.rules.get(first.finding.rule);
    let limits = project.settings.limits(Some(rule.provider), Some(rule.environment.word()), &last.path);
    let longest = values.windows(2).map(|pair| (pair[1].since - pair[0].since) / moment::DAY).max().unwrap_or_default();
    if is_one_place && last.is_there && longest > i64::from(limits.max_age_days) {
        let message = format!(
            "the key of {} here was replaced {} times, last on {}; one stayed for {longest} days, and the policy allows {}",
            rule.provider.name,
            values.len() - 1,
            moment::words(last.since),
            limits.max_age_days
        );
        let subject = last.finding.fingerprint.to_string();
        notes.add_at("lifecycle/rotation-history", &last.path, last.span.clone(), subject, message);
    }
}

/// The only value that its place ever had.
fn never(project: &Project<'_>, only: &Value<'_>, notes: &mut Notes) {
    let rule = project.rules.get(only.finding.rule);
    let limits = project.settings.limits(Some(rule.provider), Some(rule.environment.word()), &only.path);
    let days = (project.settings.now - only.since) / moment::DAY;
    if only.is_there && days > i64::from(limits.max_age_days.max(365)) {
        let message = format!("{days} days, and no other key of {} was ever here", rule.provider.name);
        let subject = only.finding.fingerprint.to_string();
        notes.add_at("lifecycle/key-never-rotated", &only.path, only.span.clone(), subject, message);
    }
}

/// "rotate keys every 30 days" in a document, and keys that are older.
fn promises(project: &Project<'_>, keys: &[&Finding], notes: &mut Notes) {
    let oldest = keys
        .iter()
        .filter(|finding| finding.locations.iter().any(is_now))
        .filter_map(|finding| {
            let commits = finding.locations.iter().filter_map(Location::commit);
            Some((commits.map(|commit| commit.committed).min()?, *finding))
        })
        .min_by_key(|(since, _)| *since);
    let Some((since, oldest)) = oldest else { return };
    let days = (project.settings.now - since) / moment::DAY;
    let documents =
        project.of_kind(Kind::Lines).filter(|kept| kept.document.path.to_ascii_lowercase().ends_with(".md"));
    for kept in documents {
        if let Some((promised, span)) = promise(&kept.text).filter(|(promised, _)| days > *promised) {
            let name = &project.rules.get(oldest.rule).provider.name;
            let message = format!("{promised} days are promised, and a key of {name} has been here for {days}");
            notes.add_at("lifecycle/policy-declared-not-met", &kept.document.path, span, "promise", message);
        }
    }
}

/// The days in "rotated every 90 days", "rotate … every three months" and the like, and where they stand.
fn promise(text: &str) -> Option<(i64, std::ops::Range<usize>)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let lower = line.to_ascii_lowercase();
        let about_keys = ["key", "token", "secret", "credential", "password"].iter().any(|word| lower.contains(word));
        let Some(rotat) = lower.find("rotat").filter(|_| about_keys) else { continue };
        let Some(every) = lower[rotat..].find("every ").map(|every| rotat + every + "every ".len()) else { continue };
        let mut words = lower[every..].split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let first = words.next().unwrap_or_default();
        let number = match first {
            "day" | "week" | "month" | "quarter" | "year" => Some((1, first)),
            _ => {
                const NUMBERS: [&str; 12] =
                    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
                let named = NUMBERS.iter().position(|word| *word == first).map(|at| at as i64 + 1);
                first.parse::<i64>().ok().or(named).zip(words.next())
            }
        };
        let unit = |word: &str| match word.trim_end_matches('s') {
            "day" => Some(1),
            "week" => Some(7),
            "month" => Some(31),
            "quarter" => Some(92),
            "year" => Some(366),
            _ => None,
        };
        if let Some(days) = number.and_then(|(number, word)| number.checked_mul(unit(word)?)).filter(|days| *days > 0) {
            return Some((days, start..start + line.trim_end().len()));
        }
    }
    None
}

fn authors(project: &Project<'_>, keys: &[&Finding], notes: &mut Notes) {
    let Some(past) = project.past.filter(|_| project.settings.pedantic) else { return };
    for finding in keys {
        let Some(place) = finding.locations.iter().find(|place| is_now(place)) else { continue };
        let commits = finding.locations.iter().filter_map(Location::commit);
        let Some(first) = commits.min_by_key(|commit| commit.committed) else { continue };
        let days = past.last_commit_of(&first.email).map(|last| (project.settings.now - last) / moment::DAY);
        if let Some(days) = days.filter(|days| *days > 180) {
            let name = &project.rules.get(finding.rule).provider.name;
            let message = format!("who brought a key of {name} in has made no commit for {days} days");
            let start = place.position.offset as usize;
            let span = start..start + place.position.length as usize;
            notes
                .add_at("lifecycle/author-left", &path(place), span, finding.fingerprint.to_string(), message)
                .unknown();
        }
    }
}

/// Environment files that were removed, with keys in them.
fn files(project: &Project<'_>, keys: &[&Finding], notes: &mut Notes) {
    let mut gone: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut there: BTreeSet<String> = BTreeSet::new();
    for finding in keys {
        for place in finding.locations.iter().filter(|place| place.path.is_some()) {
            let path = path(place);
            let base = path.rsplit('/').next().unwrap_or(&path).to_owned();
            let is_env = base == ".env" || base.starts_with(".env.") || base == ".dev.vars";
            if !is_env || class::class_of_path(&base) == Some(Class::Example) {
                continue;
            }
            if place.in_head {
                there.insert(path);
            } else if place.removed().is_some() {
                gone.entry(path).or_default().insert(finding.fingerprint.to_string());
            }
        }
    }
    for (path, prints) in gone.into_iter().filter(|(path, _)| !there.contains(path)) {
        if project.past.is_some_and(|past| past.is_tracked(&path)) {
            continue;
        }
        let keys = if prints.len() == 1 { "a key".to_owned() } else { format!("{} keys", prints.len()) };
        let base = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let message = format!("{path} was tracked once, and {keys} of it are in history");
        notes.add_at("storage/env-in-history", &path, 0..0, base, message);
    }
}

/// Literals that are raised by hand: `secret_string_wo_version = 1`, `keepers = { rotated = "2025-01-01" }`.
fn raised_by_hand(project: &Project<'_>, files: &[&Kept], notes: &mut Notes) {
    for kept in files {
        let limit = project.settings.limits(None, None, &kept.document.path).max_age_days;
        for resource in kept.document.resources() {
            for (key, node) in hand_written(&resource) {
                let Some(text) = node.literal() else { continue };
                // A date says itself when it was written; of a number git knows since when it has been this one.
                let since = moment::parse(text).or_else(|| {
                    let past = project.past.filter(|_| text.parse::<u32>().is_ok())?;
                    held_since(past, kept, &resource, |then| {
                        hand_written(then).iter().any(|(other, node)| *other == key && node.literal() == Some(text))
                    })
                });
                let days = since.map(|since| (project.settings.now - since) / moment::DAY);
                if let Some(days) = days.filter(|days| *days > i64::from(limit)) {
                    let subject = format!("{}.{} {key}", resource.kind, resource.name);
                    let message = format!(
                        "{key} of {} has not changed for {days} days, and the policy allows {limit}",
                        resource.name
                    );
                    let path = &kept.document.path;
                    notes.add_at("lifecycle/tf-secret-version-stale", path, node.span.clone(), subject, message);
                }
            }
        }
    }
}

fn hand_written<'d>(resource: &Resource<'d>) -> Vec<(String, &'d Node)> {
    let body = resource.body;
    let mut out: Vec<(String, &Node)> = Vec::new();
    for entry in body.entries().iter().filter(|entry| entry.key.ends_with("_wo_version")) {
        out.push((entry.key.clone(), &entry.value));
    }
    let is_key = ["key", "password", "secret", "token", "random_"].iter().any(|word| resource.kind.contains(word));
    for keepers in ["keepers", "rotate_when_changed"].iter().filter_map(|key| body.get(key)).filter(|_| is_key) {
        out.extend(
            keepers
                .entries()
                .iter()
                .filter(|entry| is_date_like(&entry.key))
                .map(|entry| (entry.key.clone(), &entry.value)),
        );
    }
    out
}

/// Whether a keeper is named as one that is raised to rotate.
fn is_date_like(key: &str) -> bool {
    words::parts(key)
        .iter()
        .any(|part| part.starts_with("rotat") || matches!(part.as_str(), "date" | "version" | "time" | "generation"))
}

/// Since when a resource has been as it is, whatever else in its file changed or moved.
fn held_since(past: &dyn Past, kept: &Kept, now: &Resource<'_>, holds: impl Fn(&Resource<'_>) -> bool) -> Option<i64> {
    past.held_since(&kept.document.path, &|path, text| {
        let is_it = |then: &Resource<'_>| (then.kind, then.name) == (now.kind, now.name) && holds(then);
        Document::read(path, text).is_some_and(|document| document.resources().any(|then| is_it(&then)))
    })
}

/// A literal value of a secret, and a rotation that was added to it later.
fn set_up_late(project: &Project<'_>, files: &[&Kept], notes: &mut Notes) {
    let Some(past) = project.past else { return };
    let all = || files.iter().flat_map(|kept| kept.document.resources().map(move |resource| (*kept, resource)));
    for (kept, rotation) in all().filter(|(_, resource)| resource.kind == "aws_secretsmanager_secret_rotation") {
        let Some(secret) = rotation.body.get("secret_id").and_then(Node::text) else { continue };
        let name = secret.trim_matches(['$', '{', '}', ' ']).trim_end_matches(".id").trim_end_matches(".arn");
        let written =
            all().filter(|(_, resource)| resource.kind == "aws_secretsmanager_secret_version").find(|(_, version)| {
                version.body.get("secret_id").is_some_and(|id| id.mentions(name))
                    && version.body.literal_at("secret_string").is_some_and(|text| !words::is_placeholder(text))
            });
        let Some((of_value, version)) = written else { continue };
        let Some(value) = version.body.get("secret_string") else { continue };
        let text = value.literal();
        let dates = held_since(past, kept, &rotation, |_| true).zip(held_since(past, of_value, &version, |then| {
            then.body.get("secret_string").is_some_and(|value| value.literal() == text)
        }));
        if dates.is_some_and(|(set_up, written)| written < set_up) {
            let subject = format!("{}.{}", version.kind, version.name);
            let message = format!("the value of {subject} is older than the rotation of its secret");
            let path = &of_value.document.path;
            notes.add_at("lifecycle/rotation-config-newer-than-key", path, value.span.clone(), subject, message);
        }
    }
}

/// Secrets that code reads and that the example of the environment, which names others, does not.
fn undefined(project: &Project<'_>, notes: &mut Notes) {
    let examples: Vec<&Kept> = project
        .of_kind(Kind::Dotenv)
        .filter(|kept| project.settings.class(&kept.document.path) == Some(Class::Example))
        .filter(|kept| kept.document.pairs.len() >= 2)
        .collect();
    // Given by platforms, or by whoever is signed in there.
    const GIVEN: [&str; 14] = [
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "CI_JOB_TOKEN",
        "GITLAB_TOKEN",
        "NPM_TOKEN",
        "NODE_AUTH_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SESSION_TOKEN",
        "VERCEL_TOKEN",
        "CODECOV_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "SENTRY_AUTH_TOKEN",
    ];
    let named = project.named_in(project.reads.keys().map(String::as_str).filter(|name| words::is_secret_name(name)));
    for (name, places) in project.reads.iter().filter(|(name, _)| words::is_secret_name(name)) {
        let is_known = GIVEN.contains(&name.as_str())
            || !name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let read = places.keys().find(|place| !class::is_aside(project.settings.inner(place)));
        let Some(place) = read.filter(|_| !is_known) else { continue };
        let below = |kept: &&Kept| {
            let folder = folder(&kept.document.path);
            folder.is_empty() || place.starts_with(&format!("{folder}/"))
        };
        let Some(example) = examples.iter().copied().find(below) else { continue };
        let of_provider = project.rules.provider_of_variable(name).is_some();
        if of_provider && named.get(name.as_str()).is_none_or(Vec::is_empty) {
            let message = format!("{place} reads {name}, which {} does not name", example.document.path);
            notes.add_at("lifecycle/undefined-reference", &example.document.path, 0..0, name.clone(), message);
        }
    }
}

/// Entries of `.gitleaksignore` (`path:rule:line`) and files of `.secrets.baseline` that git does not track.
fn exceptions(project: &Project<'_>, notes: &mut Notes) {
    let Some(past) = project.past else { return };
    for kept in project.files {
        let path = &kept.document.path;
        let beside = |name: &str| {
            let folder = folder(path);
            if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
        };
        let mut gone = |name: &str, span: std::ops::Range<usize>| {
            if !past.is_tracked(&beside(name)) {
                let message = format!("{name} is gone");
                notes.add_at("lifecycle/suppression-stale", path, span, name, message);
            }
        };
        match path.rsplit('/').next() {
            Some(".gitleaksignore") => {
                let mut at = 0;
                for line in kept.text.split_inclusive('\n') {
                    let start = at;
                    at += line.len();
                    let entry = line.trim();
                    // With a commit before it, an entry is about the history, which stays.
                    if let [name, _, number] = entry.split(':').collect::<Vec<_>>()[..]
                        && !entry.starts_with('#')
                        && number.parse::<u64>().is_ok()
                    {
                        gone(name, start..start + entry.len());
                    }
                }
            }
            Some(".secrets.baseline") => {
                for entry in kept.document.roots.iter().filter_map(|root| root.get("results")).flat_map(Node::entries) {
                    gone(&entry.key, entry.key_span.clone());
                }
            }
            _ => {}
        }
    }
}
