//! `keyhound config import`: a configuration of gitleaks as one of ours.
//!
//! Exceptions become allow entries with reasons. Rules stay in their own form, in a folder that the configuration names:
//! their meaning (whole texts, no bound) is not that of a rule of ours, and a translation that finds something else would
//! help nobody.

use super::{Gitleaks, RuleDraft};
use crate::rule::foreign::{Allowlist, Pattern, Target};
use std::fmt::Write as _;
use toml::{Table, Value};

/// What becomes of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The text of `keyhound.toml`.
    pub config: String,
    /// The text of the rule file, if there are rules to keep.
    pub rules: Option<String>,
    /// What has no counterpart.
    pub notes: Vec<String>,
}

/// Turns a configuration into ours; rules are to be kept in `folder`, and `known` holds the ids of keyhound's own.
pub fn import(from: &Gitleaks, folder: &str, known: &dyn Fn(&str) -> bool) -> Imported {
    let mut notes = from.notes.clone();
    let mut config = format!("# Imported from {}.\n", from.file.display());
    let mut rules = Table::new();
    if !from.use_default && !from.rules.is_empty() {
        // There, a configuration without [extend] is all there is.
        let _ = writeln!(config, "\n[rules]\nonly = [\"provider:gitleaks-config\"]\ndirs = [{folder:?}]");
    } else {
        let disable: Vec<&String> = from.disabled.iter().filter(|id| known(id)).collect();
        if !from.rules.is_empty() || !disable.is_empty() {
            config.push_str("\n[rules]\n");
        }
        if !disable.is_empty() {
            let _ = writeln!(config, "disable = {disable:?}");
        }
        if !from.rules.is_empty() {
            let _ = writeln!(config, "dirs = [{folder:?}]");
        }
        for id in from.disabled.iter().filter(|id| !known(id)) {
            notes.push(format!("disabledRules: keyhound has no rule '{id}', so nothing was to be disabled"));
        }
    }
    let mut kept = Vec::new();
    for list in &from.allow {
        if list.target == Target::Secret || list.regexes.is_empty() {
            allow_entries(&mut config, list, &[]);
        } else {
            notes.push(format!(
                "{}: regexTarget is not the secret: kept beside the rules, and holds for these only",
                list.origin
            ));
            kept.push(allowlist_value(list));
        }
    }
    let changed = from.changes.iter().flat_map(|(id, lists)| lists.iter().map(move |list| (vec![id.clone()], list)));
    let targeted = from.targeted.iter().map(|(ids, list)| (ids.clone(), list));
    for (ids, list) in targeted.chain(changed) {
        let (ours, theirs): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| known(id));
        if !ours.is_empty() {
            allow_entries(&mut config, list, &ours);
        }
        for id in theirs {
            notes.push(format!("{}: keyhound has no rule '{id}', so its exceptions were left out", list.origin));
        }
    }
    if !from.rules.is_empty() {
        rules.insert("title".into(), "rules in the form of gitleaks".into());
        rules.insert("rules".into(), Value::Array(from.rules.iter().map(rule_value).collect()));
        if !kept.is_empty() {
            rules.insert("allowlists".into(), Value::Array(kept));
        }
    }
    let rules = (!rules.is_empty()).then(|| toml::to_string(&rules).unwrap_or_default());
    Imported { config, rules, notes }
}

/// One entry where all must hold; else one for each kind of thing that suffices.
fn allow_entries(config: &mut String, list: &Allowlist, rules: &[String]) {
    let translated = |patterns: &[Pattern]| patterns.iter().map(|p| p.translated().to_owned()).collect::<Vec<_>>();
    let paths: Vec<String> = translated(&list.paths).into_iter().map(|path| format!("regex:{path}")).collect();
    let values = translated(&list.regexes);
    let words: Vec<String> = list.stopwords.iter().map(|word| format!("(?i){}", regex_syntax::escape(word))).collect();
    let kinds: Vec<(&str, &Vec<String>)> =
        [("commits", &list.commits), ("paths", &paths), ("values", &values), ("values", &words)]
            .into_iter()
            .filter(|(_, texts)| !texts.is_empty())
            .collect();
    let reason = match list.description.trim() {
        "" => format!("imported from {}", list.origin),
        why => why.to_owned(),
    };
    let head = |config: &mut String| {
        config.push_str("\n[[allow]]\n");
        if !rules.is_empty() {
            write_list(config, "rules", rules);
        }
    };
    let tail = |config: &mut String| {
        let _ = writeln!(config, "reason = {}", Value::String(reason.clone()));
    };
    // Two kinds of one key cannot stand in one entry; a value that must fit both stays with the first, and the words
    // are what it must hold.
    if list.all && !(list.regexes.is_empty() || list.stopwords.is_empty()) {
        let both: Vec<String> = values
            .iter()
            .flat_map(|value| words.iter().map(move |word| format!("(?:{value}).*{word}|{word}.*(?:{value})")))
            .collect();
        head(config);
        for (key, texts) in kinds.iter().filter(|(key, _)| *key != "values") {
            write_list(config, key, texts);
        }
        write_list(config, "values", &both);
        tail(config);
    } else if list.all {
        head(config);
        kinds.iter().for_each(|(key, texts)| write_list(config, key, texts));
        tail(config);
    } else {
        for (key, texts) in kinds {
            head(config);
            write_list(config, key, texts);
            tail(config);
        }
    }
}

fn write_list(config: &mut String, key: &str, texts: &[String]) {
    let value = |text: &String| {
        if text.contains(['\'', '\n']) { Value::String(text.clone()).to_string() } else { format!("'{text}'") }
    };
    let _ = match texts {
        [one] => writeln!(config, "{key} = [{}]", value(one)),
        several => {
            let lines: Vec<String> = several.iter().map(|text| format!("  {},\n", value(text))).collect();
            writeln!(config, "{key} = [\n{}]", lines.concat())
        }
    };
}

fn texts(list: &[String]) -> Value {
    Value::Array(list.iter().cloned().map(Value::String).collect())
}

fn rule_value(rule: &RuleDraft) -> Value {
    let mut table = Table::new();
    let mut set = |key: &str, value: Value| drop(table.insert(key.to_owned(), value));
    set("id", rule.id.clone().into());
    let given =
        [("description", Some(&rule.description)), ("regex", rule.regex.as_ref()), ("path", rule.path.as_ref())];
    for (key, text) in given {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            set(key, text.clone().into());
        }
    }
    if rule.secret_group > 0 {
        set("secretGroup", (rule.secret_group as i64).into());
    }
    if rule.entropy > 0.0 {
        set("entropy", rule.entropy.into());
    }
    for (key, list) in [("keywords", &rule.keywords), ("tags", &rule.tags)] {
        if !list.is_empty() {
            set(key, texts(list));
        }
    }
    if rule.skip_report {
        set("skipReport", true.into());
    }
    if !rule.required.is_empty() {
        let required = rule.required.iter().map(|required| {
            let mut table = Table::new();
            table.insert("id".to_owned(), required.id.clone().into());
            let bounds = [("withinLines", required.within_lines), ("withinColumns", required.within_columns)];
            for (key, bound) in bounds {
                bound.map(|bound| table.insert(key.to_owned(), (bound as i64).into()));
            }
            Value::Table(table)
        });
        set("required", Value::Array(required.collect()));
    }
    if !rule.allow.is_empty() {
        set("allowlists", Value::Array(rule.allow.iter().map(|list| allowlist_value(list)).collect()));
    }
    Value::Table(table)
}

fn allowlist_value(list: &Allowlist) -> Value {
    let mut table = Table::new();
    let written = |patterns: &[Pattern]| texts(&patterns.iter().map(|p| p.written().to_owned()).collect::<Vec<_>>());
    let mut set = |key: &str, value: Value| drop(table.insert(key.to_owned(), value));
    if !list.description.is_empty() {
        set("description", list.description.clone().into());
    }
    if list.all {
        set("condition", "AND".into());
    }
    match list.target {
        Target::Secret => {}
        Target::Match => set("regexTarget", "match".into()),
        Target::Line => set("regexTarget", "line".into()),
    }
    let lists = [
        ("commits", texts(&list.commits)),
        ("paths", written(&list.paths)),
        ("regexes", written(&list.regexes)),
        ("stopwords", texts(&list.stopwords)),
    ];
    for (key, value) in lists {
        if value.as_array().is_some_and(|list| !list.is_empty()) {
            set(key, value);
        }
    }
    Value::Table(table)
}
