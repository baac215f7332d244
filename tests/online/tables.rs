//! The tables of providers in the documentation, made of the rules' own.

use keyhound::rule::{Rule, embedded};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Compares the generated part of a document with `want`, or writes it there.
fn generated(file: &str, part: &str, want: &str) {
    let text = std::fs::read_to_string(file).expect("the document");
    let open = format!("<!-- generated: {part} -->\n");
    let (before, rest) = text.split_once(&open).expect("the part's first mark");
    let (got, after) = rest.split_once("<!-- end -->").expect("the part's last mark");
    if got != want && std::env::var_os("KEYHOUND_BLESS").is_some() {
        std::fs::write(file, format!("{before}{open}{want}<!-- end -->{after}")).expect("writable");
        return;
    }
    assert!(got == want, "{file}: the part '{part}' differs; if that is meant, bless it\n--- want\n{want}");
}

fn rules() -> Vec<Rule> {
    let mut rules = embedded();
    rules.sort_by_key(|rule| (rule.provider.name.to_ascii_lowercase(), rule.spec.id));
    rules
}

#[test]
fn the_providers_that_are_asked_are_listed() {
    let mut rows: BTreeMap<(String, String, String), u32> = BTreeMap::new();
    for rule in rules() {
        for table in &rule.online().verify {
            let key = (rule.provider.name.to_owned(), table.request.clone(), table.docs.clone());
            *rows.entry(key).or_default() += 1;
        }
    }
    let providers: std::collections::BTreeSet<&String> = rows.keys().map(|(name, ..)| name).collect();
    let mut text = format!("\n{} providers:\n\n| provider | request | page |\n|---|---|---|\n", providers.len());
    for (name, request, docs) in rows.keys() {
        let _ = writeln!(text, "| {name} | `{request}` | [page]({docs}) |");
    }
    text.push('\n');
    generated("docs/verify.md", "verify", &text);
}

#[test]
fn the_ways_to_revoke_are_listed() {
    let mut rows: BTreeMap<(String, &str, String), String> = BTreeMap::new();
    for rule in rules() {
        for table in &rule.online().revoke {
            let (docs, undone) = (&table.docs, if table.reversible { "yes" } else { "no" });
            let rest = format!("{undone} | {} | [page]({docs}) |", table.effects.as_deref().unwrap_or_default());
            rows.insert((rule.provider.name.to_owned(), table.class.word(), table.request.clone()), rest);
        }
    }
    let providers: std::collections::BTreeSet<&String> = rows.keys().map(|(name, ..)| name).collect();
    let mut counts: BTreeMap<&str, std::collections::BTreeSet<&String>> = BTreeMap::new();
    for (name, class, _) in rows.keys() {
        counts.entry(class).or_default().insert(name);
    }
    let counts: Vec<String> = counts.iter().map(|(class, names)| format!("{} {class}", names.len())).collect();
    let mut text = format!("\n{} providers: {}.\n\n", providers.len(), counts.join(", "));
    text.push_str(
        "| provider | class | request | can be undone | what else happens | page |\n|---|---|---|---|---|---|\n",
    );
    for ((name, class, request), rest) in &rows {
        let _ = writeln!(text, "| {name} | {class} | `{request}` | {rest}");
    }
    text.push('\n');
    generated("docs/revoke.md", "revoke", &text);
}

/// What the project promises.
#[test]
fn enough_providers_are_known() {
    let with = |has: &dyn Fn(&Rule) -> bool| {
        let all = rules();
        all.iter()
            .filter(|rule| has(rule))
            .map(|rule| rule.provider.id)
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    assert!(with(&|rule| !rule.online().verify.is_empty()) >= 45);
    assert!(with(&|rule| !rule.online().revoke.is_empty()) >= 16);
}

#[test]
fn the_tables_of_the_documentation_are_understood() {
    let text = std::fs::read_to_string("docs/verify.md").expect("the document");
    let tables = text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block");
    let provider = "[provider]\nid = \"acme\"\nname = \"Acme\"\n";
    let rule = "[[rule]]\nid = \"acme-key\"\ndescription = \"d\"\npattern = '\\b(acme_[a-z]{16})\\b'\nprefixes = [\"acme_\"]\n";
    let rules = keyhound::rule::load_text("docs/verify.md", &format!("{provider}{tables}{rule}")).expect("understood");
    assert_eq!((rules[0].online().verify.len(), rules[0].online().revoke.len()), (1, 1));
}
