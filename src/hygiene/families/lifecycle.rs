//! The life of keys: how old they are, whether they were rotated everywhere, whether the old ones are still about. From
//! what git knows about when a value first appeared, never from who touched its line last.

use super::super::check::{Family, Notes, Run};
use super::super::class::Class;
use super::super::document::{Kind, Node, Place as PairPlace};
use super::super::project::Project;
use super::super::words;
use super::super::{moment, period};
use super::texts;
use crate::finding::Severity::{Critical, High};
use crate::finding::{Environment, Finding, Location, Place};
use crate::rule::Rule;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Checks of a project with its history.
pub const FAMILY: Family = Family { checks: texts::lifecycle::CHECKS, run: Run::Project(run) };

fn run(project: &Project<'_>, notes: &mut Notes) {
    let issued =
        |finding: &&Finding| finding.subject.is_none() && !project.rules.get(finding.rule).provider.hosts.is_empty();
    let keys: Vec<&Finding> =
        project.findings.iter().filter(issued).filter(|f| f.confidence >= crate::finding::Confidence::Medium).collect();
    for finding in &keys {
        one_key(project, finding, notes);
    }
    partial(project, &keys, notes);
    files(project, notes);
    encrypted(project, notes);
    names(project, notes);
    sealed(project, notes);
    unapplied(project, notes);
}

/// Whether a place exists now.
pub fn is_now(place: &Location) -> bool {
    place.in_head || matches!(place.place, Place::File | Place::Staged)
}

/// The path of a place, as reports show it.
pub fn path(place: &Location) -> String {
    String::from_utf8_lossy(place.path.as_deref().unwrap_or_default()).into_owned()
}

/// The paths that hold a key now, each once.
fn present(finding: &Finding) -> BTreeSet<String> {
    finding.locations.iter().filter(|place| is_now(place) && place.path.is_some()).map(path).collect()
}

/// Places of files as the file system has them; those of the history only where there are no others.
fn here(finding: &Finding) -> Vec<String> {
    let files: BTreeSet<String> =
        finding.locations.iter().filter(|place| place.place == Place::File).map(path).collect();
    if files.is_empty() { present(finding).into_iter().collect() } else { files.into_iter().collect() }
}

fn one_key(project: &Project<'_>, finding: &Finding, notes: &mut Notes) {
    let rule = project.rules.get(finding.rule);
    let name = &rule.provider.name;
    let subject = finding.fingerprint.to_string();
    let paths = here(finding);
    let Some(first_path) = paths.first().cloned() else { return gone(project, finding, rule, notes) };
    let introduced = finding.locations.iter().filter_map(Location::commit).map(|commit| commit.committed).min();
    if let Some(introduced) = introduced {
        let limits = project.settings.limits(Some(rule.provider), Some(rule.environment.word()), &first_path);
        let days = (project.settings.now - introduced) / moment::DAY;
        let limit = i64::from(limits.max_age_days);
        if days > limit {
            let message = format!(
                "a key of {name} has been here since {}, {days} days, and the policy allows {limit}",
                moment::words(introduced)
            );
            let note = notes.add_at("lifecycle/key-age-exceeds-policy", &first_path, 0..0, subject.clone(), message);
            note.more = Vec::new();
            if days > 2 * limit && rule.environment != Environment::Test {
                note.severity(High);
            }
        }
    }
    for place in finding.locations.iter().filter(|place| !is_now(place)) {
        if let Some(removal) = place.removed() {
            // A message that says so: the leak was known.
            let said = removal.summary.to_ascii_lowercase();
            let about = ["leak", "secret", "key", "token", "credential"].iter().any(|word| said.contains(word));
            let did = ["remove", "rotate", "revoke", "delete", "leak"].iter().any(|word| said.contains(word));
            if about && did && !paths.contains(&path(place)) {
                let message = format!(
                    "commit {} took a key of {name} out of {}, and it is still in {first_path}",
                    removal.id.short(8),
                    path(place)
                );
                notes.add_at("lifecycle/leak-not-rotated", &first_path, 0..0, subject.clone(), message);
                break;
            }
        }
    }
    // Another key of its kind came to its place after it and is gone, and it is there again.
    let back = finding.locations.iter().filter(|place| is_now(place)).any(|now| {
        let Some(since) = finding
            .locations
            .iter()
            .filter(|place| tail(&path(place)) == tail(&path(now)))
            .filter_map(Location::commit)
            .map(|commit| commit.committed)
            .min()
        else {
            return false;
        };
        let others = project
            .findings
            .iter()
            .filter(|other| other.rule == finding.rule && other.fingerprint != finding.fingerprint);
        others.flat_map(|other| &other.locations).any(|then| {
            then.path.is_some()
                && !is_now(then)
                && tail(&path(then)) == tail(&path(now))
                && then.position.line == now.position.line
                && then.removed().is_some()
                && then.commit().is_some_and(|commit| commit.committed > since)
        })
    });
    if back {
        notes.add_at(
            "lifecycle/rotated-back",
            &first_path,
            0..0,
            subject.clone(),
            format!("a key of {name} was replaced here and is back"),
        );
    }
    let classes: BTreeSet<Class> =
        paths.iter().filter_map(|path| project.settings.class(path)).filter(|class| *class != Class::Example).collect();
    if classes.len() > 1 {
        let named: Vec<&str> = classes.iter().map(|class| class.word()).collect();
        let note = notes.add_at(
            "env/same-key-across-envs",
            &first_path,
            0..0,
            subject.clone(),
            format!("one key of {name} is used for {}", named.join(" and ")),
        );
        note.more = paths.iter().skip(1).map(|path| (path.clone(), 0..0)).collect();
    }
    let services: BTreeSet<&str> = paths.iter().filter_map(|path| service(path)).collect();
    if services.len() > 1 {
        let named: Vec<&str> = services.into_iter().collect();
        let note = notes.add_at(
            "scope/key-shared-across-projects",
            &first_path,
            0..0,
            subject,
            format!("one key of {name} is used by {}", named.join(" and ")),
        );
        note.more = paths.iter().skip(1).map(|path| (path.clone(), 0..0)).collect();
    }
}

/// The last two parts of a path: what the file system and the history name differently at its beginning.
pub fn tail(path: &str) -> &str {
    path.rmatch_indices('/').nth(1).map_or(path, |(at, _)| &path[at + 1..])
}

/// `services/billing/…` → billing
fn service(path: &str) -> Option<&str> {
    let mut parts = path.split('/');
    parts.find(|part| matches!(*part, "services" | "apps" | "packages"))?;
    let name = parts.next()?;
    parts.next().map(|_| name)
}

/// A key that is in history alone.
fn gone(_project: &Project<'_>, finding: &Finding, rule: &Rule, notes: &mut Notes) {
    let Some(last) = finding
        .locations
        .iter()
        .filter(|place| place.removed().is_some())
        .max_by_key(|place| place.removed().map(|r| r.committed))
    else {
        return;
    };
    let Some(removal) = last.removed() else { return };
    let message = format!(
        "a key of {} was removed from {} on {} and never taken out of history",
        rule.provider.name,
        path(last),
        moment::words(removal.committed)
    );
    notes.add_at("lifecycle/old-key-still-in-history", &path(last), 0..0, finding.fingerprint.to_string(), message);
}

/// Two keys of one provider and environment, of which one replaced the other somewhere.
fn partial(project: &Project<'_>, keys: &[&Finding], notes: &mut Notes) {
    let mut groups: BTreeMap<(&str, Environment), Vec<&Finding>> = BTreeMap::new();
    for finding in keys.iter().filter(|finding| !here(finding).is_empty()) {
        let rule = project.rules.get(finding.rule);
        groups.entry((rule.spec.id, rule.environment)).or_default().push(finding);
    }
    for ((_, environment), group) in groups {
        for old in &group {
            let rule = project.rules.get(old.rule);
            // It was taken out of a file that holds another key of its kind now.
            let replaced =
                old.locations.iter().filter(|place| !is_now(place) && place.removed().is_some()).map(path).find(
                    |gone| {
                        group.iter().any(|new| {
                            new.fingerprint != old.fingerprint && here(new).iter().any(|path| tail(path) == tail(gone))
                        })
                    },
                );
            if let (Some(replaced), Some(left)) = (replaced, here(old).first()) {
                let message = format!(
                    "a key of {} ({environment}) was replaced in {replaced} and is still in {left}",
                    rule.provider.name
                );
                notes.add_at("lifecycle/partial-rotation", left, 0..0, old.fingerprint.to_string(), message);
            }
        }
        // Without a history: one variable with two values in files of one environment.
        let by_value: HashMap<&[u8], &Finding> =
            group.iter().map(|finding| (finding.secret.expose(), *finding)).collect();
        let mut slots: BTreeMap<(String, Option<Class>), BTreeSet<String>> = BTreeMap::new();
        let mut first: BTreeMap<(String, Option<Class>), String> = BTreeMap::new();
        for kept in project.files {
            for pair in kept.document.pairs.iter().filter(|pair| pair.known && pair.place != PairPlace::Source) {
                let Some(finding) = by_value.get(pair.value.as_bytes()) else { continue };
                let slot = (pair.name.clone(), project.settings.class(&kept.document.path));
                slots.entry(slot.clone()).or_default().insert(finding.fingerprint.to_string());
                first.entry(slot).or_insert_with(|| kept.document.path.clone());
            }
        }
        for (slot, values) in slots.into_iter().filter(|(_, values)| values.len() > 1) {
            let rule = group.first().map(|finding| project.rules.get(finding.rule));
            if let (Some(path), Some(rule)) = (first.get(&slot), rule) {
                let message =
                    format!("{} has {} different keys of {} ({environment})", slot.0, values.len(), rule.provider.name);
                notes.add_at("lifecycle/partial-rotation", path, 0..0, slot.0.clone(), message);
            }
        }
    }
}

/// Environment files: tracked, or not ignored.
fn files(project: &Project<'_>, notes: &mut Notes) {
    let ignores: Vec<_> =
        project.of_kind(Kind::Lines).filter(|kept| kept.document.path.ends_with(".gitignore")).collect();
    for kept in project.of_kind(Kind::Dotenv) {
        let path = &kept.document.path;
        let base = path.rsplit('/').next().unwrap_or(path);
        let stems = words::parts(base);
        let is_example = stems.iter().any(|word| {
            matches!(
                word.as_str(),
                "example"
                    | "sample"
                    | "template"
                    | "dist"
                    | "defaults"
                    | "default"
                    | "schema"
                    | "tpl"
                    | "vault"
                    | "test"
                    | "testing"
                    | "ci"
            )
        });
        let holds = kept.document.pairs.iter().any(|pair| {
            pair.known
                && words::is_secret_name(&pair.name)
                && !words::is_placeholder(&pair.value)
                && pair.value.len() >= 6
        });
        if is_example || !holds || !(base == ".env" || base.starts_with(".env.") || base == ".dev.vars") {
            continue;
        }
        if project.past.is_some_and(|past| past.is_tracked(path)) {
            let live = project
                .findings
                .iter()
                .any(|finding| here(finding).contains(path) && finding.environment == Environment::Live);
            let note = notes.add_at(
                "storage/env-file-tracked",
                path,
                0..0,
                base,
                format!("{base} is tracked and holds secrets"),
            );
            if live {
                note.severity(Critical);
            }
        } else if !ignores.iter().any(|ignore| Project::covers(&ignore.text, &ignore.document.path, path)) {
            notes.add_at("storage/env-not-ignored", path, 0..0, base, format!("no .gitignore covers {base}"));
        }
    }
}

/// Files of SOPS whose last change is old. The date is that of the whole file: a leaf may be older still.
fn encrypted(project: &Project<'_>, notes: &mut Notes) {
    for kept in project.files {
        for root in &kept.document.roots {
            let Some(node) = root.get("sops.lastmodified") else { continue };
            let Some(time) = node.literal().and_then(moment::parse) else { continue };
            let limit = project.settings.limits(None, None, &kept.document.path).max_age_days;
            let days = (project.settings.now - time) / moment::DAY;
            if days > i64::from(limit) {
                let message = format!(
                    "it was last encrypted on {}, {} ago, and the policy allows {limit}",
                    moment::words(time),
                    period::words(days as f64)
                );
                notes.add_at(
                    "lifecycle/encrypted-secret-stale",
                    &kept.document.path,
                    node.span.clone(),
                    "sops",
                    message,
                );
            }
        }
    }
}

/// Secrets that nothing reads, and names that say nothing.
fn names(project: &Project<'_>, notes: &mut Notes) {
    // Without any code that reads variables, nothing can be said about what is not read.
    let has_code = !project.reads.is_empty();
    let pairs = project.of_kind(Kind::Dotenv).filter(|_| has_code).flat_map(|kept| &kept.document.pairs);
    let named = project.named_in(pairs.map(|pair| pair.name.as_str()).filter(|name| words::is_secret_name(name)));
    for kept in project.of_kind(Kind::Dotenv).filter(|_| has_code) {
        for pair in kept.document.pairs.iter().filter(|pair| words::is_secret_name(&pair.name)) {
            let read = project.reads.contains_key(&pair.name);
            let mentioned = || {
                named.get(pair.name.as_str()).is_some_and(|files| files.iter().any(|file| *file != kept.document.path))
            };
            let of_provider = project.rules.provider_of_variable(&pair.name).is_some();
            // Libraries read the variables that their provider documents without being asked.
            let quiet = of_provider
                && !["airclou", "cloudgeni", "piora", "cloudapi"]
                    .iter()
                    .any(|id| pair.name.to_ascii_lowercase().starts_with(id));
            if !read && !quiet && !mentioned() {
                notes.add_at(
                    "lifecycle/unreferenced-key",
                    &kept.document.path,
                    pair.span.clone(),
                    pair.name.clone(),
                    format!("no file reads {}", pair.name),
                );
            }
        }
    }
    for kept in project.files {
        for resource in kept.document.resources() {
            let credential =
                ["_token", "_api_key", "_access_key", "_service_account_key", "_api_token", "_application_password"]
                    .iter()
                    .any(|end| resource.kind.ends_with(end));
            let name = resource.body.get("name").and_then(Node::literal).unwrap_or_default().to_ascii_lowercase();
            let says_nothing = matches!(
                name.as_str(),
                "test" | "token" | "key" | "new" | "tmp" | "temp" | "foo" | "my-token" | "mytoken" | "default"
            ) || name
                .strip_prefix("token")
                .or(name.strip_prefix("key"))
                .or(name.strip_prefix("test"))
                .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()));
            if credential && says_nothing {
                let subject = format!("{}.{}", resource.kind, resource.name);
                notes.add_at(
                    "lifecycle/undescriptive-name",
                    &kept.document.path,
                    resource.span.clone(),
                    subject,
                    format!("it is called \"{name}\""),
                );
            }
        }
    }
}

fn sealed(project: &Project<'_>, notes: &mut Notes) {
    let name_of = |object: &super::super::document::Object<'_>| {
        (
            object.name().to_owned(),
            object.root.get("metadata.namespace").and_then(Node::text).unwrap_or_default().to_owned(),
        )
    };
    let sealed: BTreeSet<_> = project
        .files
        .iter()
        .flat_map(|kept| kept.document.objects())
        .filter(|object| object.kind == "SealedSecret")
        .map(|object| name_of(&object))
        .collect();
    for kept in project.files {
        for object in kept.document.objects().filter(|object| object.kind == "Secret") {
            let filled = object
                .root
                .get("data")
                .or_else(|| object.root.get("stringData"))
                .is_some_and(|data| !data.entries().is_empty());
            if filled && sealed.contains(&name_of(&object)) {
                notes.add_at(
                    "storage/sealed-secret-beside-plain",
                    &kept.document.path,
                    object.span.clone(),
                    object.name(),
                    format!("the Secret {} is there in clear beside its seal", object.name()),
                );
            }
        }
    }
}

fn unapplied(project: &Project<'_>, notes: &mut Notes) {
    let scheduled = project.files.iter().any(|kept| {
        let text = &kept.text;
        kept.document.kind == Kind::Yaml
            && (text.contains("schedule") || text.contains("cron"))
            && ["terraform", "tofu", "terragrunt", "pulumi", "atlantis"].iter().any(|tool| text.contains(tool))
    });
    let has_pipeline = project
        .files
        .iter()
        .any(|kept| kept.document.path.contains(".github/workflows/") || kept.document.path.contains(".gitlab-ci"));
    // Where no pipeline is in the repository, another place may run Terraform.
    if scheduled || !has_pipeline {
        return;
    }
    for kept in project.files {
        for resource in kept.document.resources().filter(|resource| resource.kind == "time_rotating") {
            let subject = format!("time_rotating.{}", resource.name);
            notes.add_at(
                "rotation/time-rotating-never-applied",
                &kept.document.path,
                resource.span.clone(),
                subject.clone(),
                format!("no pipeline of the repository runs Terraform on a schedule, so {subject} waits for someone"),
            );
        }
    }
}
