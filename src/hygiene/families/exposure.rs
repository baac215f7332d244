//! Keys where they do not belong: live ones in tests, test ones in production, secrets in a client's bundle, in logs, on
//! command lines.

use super::super::check::{Family, File, Notes, Run};
use super::super::class::{self, Class};
use super::super::document::lex::Lang;
use super::super::document::{Kind, Piece, Place};
use super::super::words;
use super::{printed, texts};
use crate::finding::Environment;
use crate::finding::Severity::Critical;
use std::collections::BTreeMap;

/// Checks of one file.
pub const FAMILY: Family = Family { checks: texts::exposure::CHECKS, run: Run::File(run) };

/// Names that bundlers copy into the client.
pub const PUBLIC: [&str; 11] = [
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "GATSBY_",
    "NUXT_PUBLIC_",
    "EXPO_PUBLIC_",
    "PUBLIC_",
    "VUE_APP_",
    "STORYBOOK_",
    "NG_APP_",
    "NUXT_ENV_",
];

/// Services whose keys are made for clients.
const PUBLISHABLE: [&str; 22] = [
    "publishable",
    "firebase",
    "mapbox",
    "maps",
    "map",
    "recaptcha",
    "turnstile",
    "hcaptcha",
    "sentry",
    "posthog",
    "amplitude",
    "segment",
    "mixpanel",
    "algolia",
    "supabase_anon",
    "anon",
    "analytics",
    "ga",
    "gtm",
    "pusher",
    "client_id",
    "public_key",
];

fn run(file: &File<'_>, notes: &mut Notes) {
    environments(file, notes);
    bundles(file, notes);
    printed::prints(file, notes);
    printed::commands(file, notes);
    scopes(file, notes);
    let base = file.path().rsplit('/').next().unwrap_or_default();
    const HISTORIES: [&str; 8] = [
        ".bash_history",
        ".zsh_history",
        ".python_history",
        ".psql_history",
        ".mysql_history",
        ".node_repl_history",
        "fish_history",
        ".rediscli_history",
    ];
    if HISTORIES.contains(&base) {
        notes.add("exposure/shell-history-committed", 0..0, base, format!("{base} is a history"));
    }
}

fn environments(file: &File<'_>, notes: &mut Notes) {
    let class = file.class();
    if file.keys.is_empty() {
        return;
    }
    let defaults: Vec<Piece> = defaults(file);
    let classes = named_classes(file);
    for (key, rule) in file.keys_for(Environment::Live) {
        let subject = rule.spec.id;
        let what = format!("a live key of {}", rule.provider.name);
        if defaults.iter().any(|piece| piece.span.start <= key.span.start && key.span.end <= piece.span.end) {
            notes.add(
                "env/live-key-default-value",
                key.span.clone(),
                subject,
                format!("{what} stands in for a variable that is not set"),
            );
        }
        match class {
            Some(Class::Example) => {
                notes.add(
                    "env/live-key-in-example-file",
                    key.span.clone(),
                    subject,
                    format!("{what} is in an example"),
                );
            }
            Some(class) if class.is_sandboxed() => {
                notes.add(
                    "env/live-key-in-nonprod",
                    key.span.clone(),
                    subject,
                    format!("{what} is in a file for {}", class.word()),
                );
            }
            _ => {
                let named = named_class(&classes, key.span.start);
                if let Some(class) = named.filter(|class| class.is_sandboxed()) {
                    notes.add(
                        "env/live-key-in-nonprod",
                        key.span.clone(),
                        subject,
                        format!("{what} is in a variable or section for {}", class.word()),
                    );
                }
            }
        }
        client(file, key.span.clone(), subject, &what, notes);
    }
    for (key, rule) in file.keys_for(Environment::Test) {
        let named = named_class(&classes, key.span.start).or(class);
        if named == Some(Class::Production) {
            notes.add(
                "env/test-key-in-prod",
                key.span.clone(),
                rule.spec.id,
                format!("a test key of {} is in settings for production", rule.provider.name),
            );
        }
    }
    for (key, rule) in
        file.issued_keys().filter(|(_, rule)| rule.environment == Environment::Unknown && !rule.provider.publishable)
    {
        client(file, key.span.clone(), rule.spec.id, &format!("a key of {}", rule.provider.name), notes);
    }
}

/// The environment that the name of a variable says, or the section of the file, by where the value begins.
fn named_classes(file: &File<'_>) -> BTreeMap<usize, (usize, Class)> {
    let class = |name: &str| {
        words::parts(name).iter().filter(|word| *word != "live").find_map(|word| class::class_of_word(word))
    };
    let mut classes = BTreeMap::new();
    for root in &file.document.roots {
        root.walk(&mut |path, node| {
            if node.text().is_some()
                && let Some(class) = path.iter().rev().skip(1).find_map(|part| class(part))
            {
                classes.insert(node.span.start, (node.span.end, class));
            }
        });
    }
    for pair in &file.document.pairs {
        if let Some(class) = class(&pair.name) {
            classes.insert(pair.span.start, (pair.span.end, class));
        }
    }
    classes
}

fn named_class(classes: &BTreeMap<usize, (usize, Class)>, at: usize) -> Option<Class> {
    let (_, (end, class)) = classes.range(..=at).next_back()?;
    (at < *end).then_some(*class)
}

/// Literals that are used where a variable is not set.
fn defaults(file: &File<'_>) -> Vec<Piece> {
    let mut out: Vec<Piece> =
        file.document.source.iter().flat_map(|source| &source.reads).filter_map(|read| read.default.clone()).collect();
    for pair in file.document.pairs.iter().filter(|pair| pair.value.contains(":-")) {
        out.push(Piece { text: String::new(), span: pair.span.clone() });
    }
    for root in &file.document.roots {
        for entry in root.entries().iter().filter(|entry| entry.key == "variable") {
            out.extend(entry.value.get("default").map(|node| Piece { text: String::new(), span: node.span.clone() }));
        }
    }
    out
}

/// Whether a file is sent to browsers or devices, or built to be.
fn client(file: &File<'_>, span: std::ops::Range<usize>, subject: &str, what: &str, notes: &mut Notes) {
    let folders: Vec<&str> = file.path().split('/').collect();
    let base = folders.last().copied().unwrap_or_default();
    let within = |names: &[&str]| folders[..folders.len() - 1].iter().any(|folder| names.contains(folder));
    let is_code = matches!(file.document.kind, Kind::Source(Lang::Js) | Kind::Json);
    if is_code && within(&["dist", "build", ".next", "out", "bundle"]) {
        notes.add("exposure/sourcemap-or-dist-committed", span, subject, format!("{what} is in a built file"));
    } else if is_code
        && (within(&["public", "static", "www", "wwwroot"])
            || file.text.trim_start().starts_with("\"use client\"")
            || file.text.trim_start().starts_with("'use client'")
            || base.ends_with(".vue")
            || base.ends_with(".svelte")
            || base == "background.js")
    {
        notes.add("exposure/client-source-literal", span, subject, format!("{what} is sent to every visitor"));
    }
}

/// The prefix by which a bundler knows that a variable is public.
fn public_prefix(name: &str) -> Option<&'static str> {
    PUBLIC.into_iter().find(|prefix| name.starts_with(prefix) && name.len() > prefix.len())
}

/// Whether a value only shows where one belongs: `xxxxxxxx`, `SKxxxxxxxxxx`.
fn is_masked(value: &str) -> bool {
    value.contains("xxxx") || value.contains("****") || value.contains("....")
}

/// Whether a public variable holds what must not be public: by its name.
fn is_secret_for_clients(file: &File<'_>, name: &str) -> bool {
    public_prefix(name).is_some_and(|prefix| is_for_servers(file, &name[prefix.len()..]))
}

/// Whether a variable holds what only a server may know, by its name.
pub(super) fn is_for_servers(file: &File<'_>, rest: &str) -> bool {
    let lower = rest.to_ascii_lowercase();
    let parts = words::parts(rest);
    let publishable = PUBLISHABLE
        .iter()
        .any(|word| parts.iter().any(|part| part == word) || (word.len() > 4 && lower.contains(word)));
    let of_server = file.rules.provider_of_variable(rest).is_some_and(|provider| !provider.publishable);
    let names_secret = parts.iter().any(|part| matches!(part.as_str(), "secret" | "private" | "password"))
        && words::is_secret_name(rest);
    of_server || (names_secret && !publishable)
}

fn bundles(file: &File<'_>, notes: &mut Notes) {
    for pair in &file.document.pairs {
        if matches!(pair.place, Place::Source) || public_prefix(&pair.name).is_none() {
            continue;
        }
        let literal =
            file.key_in(&pair.span).filter(|(_, rule)| !rule.provider.publishable && !rule.provider.hosts.is_empty());
        if literal.is_some() {
            notes
                .add(
                    "exposure/client-bundle-env",
                    pair.span.clone(),
                    pair.name.clone(),
                    format!("{} is built into the client and holds a key", pair.name),
                )
                .severity(Critical);
        } else if is_secret_for_clients(file, &pair.name) && !is_masked(&pair.value) {
            notes.add(
                "exposure/client-bundle-env",
                pair.span.clone(),
                pair.name.clone(),
                format!("{} is built into the client", pair.name),
            );
        }
    }
    let Some(source) = &file.document.source else { return };
    for read in &source.reads {
        let sent = || {
            file.document.requests.iter().any(|request| {
                request.headers.iter().any(|header| {
                    super::super::document::request::is_auth_header(&header.name)
                        && header.span.start <= read.span.start
                        && read.span.end <= header.span.end
                })
            })
        };
        let keyed = public_prefix(&read.name).is_some()
            && words::is_secret_name(&read.name)
            && !PUBLISHABLE.iter().any(|word| read.name.to_ascii_lowercase().contains(word));
        if is_secret_for_clients(file, &read.name) || (keyed && sent()) {
            notes.add(
                "exposure/client-env-reference",
                read.span.clone(),
                read.name.clone(),
                format!("{} is built into the client", read.name),
            );
        }
    }
    let base = file.path().rsplit('/').next().unwrap_or_default();
    if base.starts_with("vite.config.")
        && let Some((_, piece)) =
            source.assigned.iter().find(|(name, piece)| name == "envPrefix" && piece.text.is_empty())
    {
        notes.add("exposure/publicly-readable-env-prefix", piece.span.clone(), "envPrefix", "envPrefix is empty");
    }
}

fn scopes(file: &File<'_>, notes: &mut Notes) {
    for pair in &file.document.pairs {
        let parts = words::parts(&pair.name);
        let is_admin = parts.iter().any(|part| matches!(part.as_str(), "admin" | "owner" | "root"));
        if is_admin && parts.iter().any(|part| part == "cloudaipilot") && words::is_secret_name(&pair.name) {
            notes.add(
                "scope/admin-key-declared",
                pair.span.clone(),
                pair.name.clone(),
                format!(
                    "{} is named as a key of an administrator, and keys of CloudAIPilot have the role of their maker",
                    pair.name
                ),
            );
        }
    }
    for root in &file.document.roots {
        root.walk(&mut |path, node| {
            let Some(key) = path.last().filter(|key| matches!(**key, "permissions" | "scopes" | "scope")) else {
                return;
            };
            let about = path.iter().any(|part| {
                words::parts(part).iter().any(|word| {
                    matches!(
                        word.as_str(),
                        "token" | "key" | "tokens" | "keys" | "airclou" | "cloudgeni" | "piora" | "cloudapi"
                    )
                })
            }) || root.get("key_id").is_some();
            let super::super::document::Value::List(items) = &node.value else { return };
            let words: Vec<&str> = items.iter().filter_map(|item| item.literal()).collect();
            if words.is_empty() || !about {
                return;
            }
            let subject = path.join(".");
            let piora = [
                "servers:read",
                "servers:write",
                "applications:read",
                "applications:write",
                "applications:deploy",
                "databases:read",
                "databases:write",
                "backups:read",
                "backups:write",
            ];
            let all = words.contains(&"*") || piora.iter().all(|scope| words.contains(scope));
            if all {
                notes.add("scope/all-scopes", node.span.clone(), subject, format!("{key} are all that there are"));
            } else if words.iter().any(|word| {
                matches!(word.to_ascii_lowercase().as_str(), "admin" | "sudo" | "owner" | "admin:org" | "full_access")
            }) {
                notes.add(
                    "scope/admin-permission",
                    node.span.clone(),
                    subject,
                    format!("{key} hold an administrative one"),
                );
            }
        });
    }
}
