//! The key inventory against the repository, both ways: what it lists and nobody uses, what is used and it does not list,
//! and what it says about the age and the end of keys.

use super::super::check::{Family, Notes, Run};
use super::super::class::Class;
use super::super::inventory::{Item, Kind, Listed, State, is_inventory, lists};
use super::super::project::{Kept, Project, folder};
use super::super::{moment, words};
use super::texts;
use crate::finding::Severity::High;

/// Checks of a project.
pub const FAMILY: Family = Family { checks: texts::inventory::CHECKS, run: Run::Project(run) };

fn run(project: &Project<'_>, notes: &mut Notes) {
    let lists = lists(project);
    for (kept, entries, mistakes) in &lists {
        let path = kept.document.path.as_str();
        for (span, message) in mistakes {
            notes.add_at("lifecycle/inventory-invalid", path, span.clone(), message.clone(), message.clone());
        }
        for entry in entries {
            of_entry(project, path, entry, notes);
        }
    }
    // Broken lists name fewer keys than they should: what they miss is said when they are mended.
    if !lists.is_empty() && lists.iter().all(|(_, _, mistakes)| mistakes.is_empty()) {
        let list = lists.first().map_or("", |(kept, ..)| folder(&kept.document.path));
        for item in project.inventory().iter().filter(|item| is_missed(project, item, list)) {
            let (path, _) = &item.places[0];
            let message = format!("{} is used and not listed", words_of(item));
            notes.add_at("lifecycle/inventory-missing-key", path, span_of(project, item), subject(item), message);
        }
    }
    if lists.is_empty() {
        undeclared(project, notes);
    }
}

/// Whether an item should be in the list that lies in `folder` and is not.
fn is_missed(project: &Project<'_>, item: &Item, folder: &str) -> bool {
    let below = |path: &str| folder.is_empty() || path.starts_with(&format!("{folder}/"));
    !item.listed
        && item.state != State::Past
        && !matches!(item.kind, Kind::Listed | Kind::Resource)
        && item.places.iter().any(|(path, _)| below(path))
        // What stands in examples and tests only is no key of the project.
        && !item.places.iter().all(|(path, _)| matches!(project.settings.class(path), Some(Class::Example | Class::Test)))
}

fn words_of(item: &Item) -> String {
    match &item.shown {
        Some(shown) => format!("the key {shown}"),
        None => item.name.clone(),
    }
}

/// Stable over edits, and no secret.
fn subject(item: &Item) -> String {
    item.fingerprint.map_or_else(|| item.name.clone(), |print| print.to_string())
}

/// The line of an item's first place, where its text was kept.
fn span_of(project: &Project<'_>, item: &Item) -> std::ops::Range<usize> {
    let Some((path, line)) = item.places.first() else { return 0..0 };
    let Some(kept) = project.files.iter().find(|kept| kept.document.path == *path) else { return 0..0 };
    let mut at = 0;
    for (number, text) in (1..).zip(kept.text.split_inclusive('\n')) {
        if number == *line {
            return at..at + text.trim_end().len();
        }
        at += text.len();
    }
    0..0
}

fn of_entry(project: &Project<'_>, path: &str, entry: &Listed, notes: &mut Notes) {
    let name = entry.name.as_str();
    let span = entry.span.clone();
    let items: Vec<&Item> = project.inventory().iter().filter(|item| item.is_meant_by(entry)).collect();
    let is_used = items.iter().any(|item| item.kind != Kind::Listed);
    // What the rules of this run do not look for cannot be missed.
    let is_judged = entry.fingerprint.is_none() || !project.settings.narrowed;
    if !is_used
        && is_judged
        && entry.used.iter().all(|(used, _)| used.starts_with("env:") || used.starts_with("secret:"))
    {
        notes.add_at("lifecycle/inventory-unused-entry", path, span.clone(), name, format!("nothing names {name}"));
    }
    for (used, at) in entry.paths(path).filter(|_| is_judged) {
        let holds = |file: &str| file == used || file.starts_with(&format!("{}/", used.trim_end_matches('/')));
        let by_item = items.iter().flat_map(|item| &item.places).any(|(place, _)| holds(place));
        // A file that calls the key by another name is no key reference, and names it all the same.
        let by_text = || {
            let mentioned = |kept: &Kept| holds(&kept.document.path) && kept.text.contains(name);
            project.files.iter().any(|kept| !is_inventory(&kept.document.path) && mentioned(kept))
        };
        if !by_item && !by_text() {
            let message = format!("{used} does not use {name}");
            notes.add_at("lifecycle/inventory-place-wrong", path, at.clone(), format!("{name} {used}"), message);
        }
    }
    if entry.owner.is_none() {
        notes.add_at("lifecycle/no-owner-metadata", path, span.clone(), name, format!("{name} has no owner"));
    }
    let is_temporary = words::parts(name)
        .iter()
        .any(|part| matches!(part.as_str(), "contractor" | "temp" | "temporary" | "tmp" | "trial" | "poc"));
    let provider = entry.provider.as_deref().and_then(|id| project.rules.provider(id));
    let limits = project.settings.limits(provider, entry.environment.as_deref(), path);
    match entry.expires {
        None if is_temporary => {
            let message = format!("{name} is named as temporary and has no end");
            notes.add_at("expiry/temporary-key-long-lived", path, span.clone(), name, message);
        }
        None => {
            notes.add_at("expiry/inventory-no-expiry", path, span.clone(), name, format!("{name} has no end"));
        }
        Some(end) if is_temporary && end - project.settings.now > i64::from(limits.max_expiry_days) * moment::DAY => {
            let message = format!("{name} is named as temporary and ends on {}", moment::words(end));
            notes.add_at("expiry/temporary-key-long-lived", path, span.clone(), name, message);
        }
        Some(_) => {}
    }
    let since = entry.rotated.or(entry.created);
    if let Some(since) = since {
        let days = (project.settings.now - since) / moment::DAY;
        let limit = i64::from(limits.max_age_days);
        if days > limit {
            let what = if entry.rotated.is_some() { "was last rotated" } else { "was made" };
            let message =
                format!("{name} {what} on {}, {days} days ago, and the policy allows {limit}", moment::words(since));
            let note = notes.add_at("lifecycle/key-age-exceeds-policy", path, span, name, message);
            if days > 2 * limit {
                note.severity(High);
            }
        }
    }
}

/// Keys of known providers, and no word about their rotation: no inventory, no policy, no rotation in any file. A plan may
/// be written elsewhere, so this is said to those who ask for what is unknown.
fn undeclared(project: &Project<'_>, notes: &mut Notes) {
    let has_keys = project
        .inventory()
        .iter()
        .any(|item| item.provider.is_some() && matches!(item.kind, Kind::Literal | Kind::Variable | Kind::CiSecret));
    let is_planned = !project.settings.overrides.is_empty()
        || project.settings.has_policy
        || project.files.iter().any(|kept| {
            let base = kept.document.path.rsplit('/').next().unwrap_or_default();
            base == "rekey.toml" || kept.text.to_ascii_lowercase().contains("rotat")
        });
    if has_keys && !is_planned {
        let message = "no inventory, no policy and no file says when its keys are rotated";
        notes.add_at("rotation/policy-missing", "", 0..0, "policy", message).unknown();
    }
}
