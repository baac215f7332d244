//! The tables of providers in the documentation, made of the rules' own.

use keyhound::finding::Secret;
use keyhound::online::{Endpoint, Endpoints, Request, Values};
use keyhound::rule::{Rule, embedded};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Compares the generated part of a document with `want`, or writes it there.
pub fn generated(file: &str, part: &str, want: &str) {
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
    // One host may take several requests to one address: what is asked for is in the body, and its page says so.
    let mut rows: BTreeMap<(String, &str, String, String), String> = BTreeMap::new();
    for rule in rules() {
        for table in &rule.online().revoke {
            let undone = if table.reversible { "yes" } else { "no" };
            let rest = format!("{undone} | {} |", table.effects.as_deref().unwrap_or_default());
            let name = rule.provider.name.to_owned();
            rows.insert((name, table.class.word(), table.request.clone(), table.docs.clone()), rest);
        }
    }
    let providers: std::collections::BTreeSet<&String> = rows.keys().map(|(name, ..)| name).collect();
    let mut counts: BTreeMap<&str, std::collections::BTreeSet<&String>> = BTreeMap::new();
    for (name, class, ..) in rows.keys() {
        counts.entry(class).or_default().insert(name);
    }
    let counts: Vec<String> = counts.iter().map(|(class, names)| format!("{} {class}", names.len())).collect();
    let mut text = format!("\n{} providers: {}.\n\n", providers.len(), counts.join(", "));
    text.push_str(
        "| provider | class | request | can be undone | what else happens | page |\n|---|---|---|---|---|---|\n",
    );
    for ((name, class, request, docs), rest) in &rows {
        let _ = writeln!(text, "| {name} | {class} | `{request}` | {rest} [page]({docs}) |");
    }
    text.push('\n');
    generated("docs/revoke.md", "revoke", &text);
}

/// By rule, the secrets of its examples.
fn secrets() -> BTreeMap<String, Vec<String>> {
    let joined = |value: &toml::Value| match value {
        toml::Value::Array(parts) => parts.iter().filter_map(toml::Value::as_str).collect(),
        value => value.as_str().unwrap_or_default().to_owned(),
    };
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in std::fs::read_dir("rules").expect("rules/") {
        let text = std::fs::read_to_string(file.expect("an entry").path()).expect("a rule file");
        let parsed: toml::Table = text.parse().expect("TOML");
        for rule in parsed["rule"].as_array().expect("rules") {
            let own =
                rule["example"].as_array().expect("examples").iter().filter_map(|one| one.get("secret").map(joined));
            all.entry(rule["id"].as_str().expect("an id").to_owned()).or_default().extend(own);
        }
    }
    all
}

/// Every request of every table can be made from an example of its rule, goes where its provider says, and shows no key.
#[test]
fn every_table_makes_a_request_to_its_own_provider() {
    let mut made = 0;
    let examples = secrets();
    for rule in rules() {
        let online = rule.online();
        let calls = online.verify.iter().map(|table| (table.call(), &table.docs));
        for (call, docs) in calls.chain(online.revoke.iter().map(|table| (table.call(), &table.docs))) {
            for plain in examples.get(rule.spec.id).into_iter().flatten() {
                let secret = Secret::new(plain.as_bytes(), rule.public_prefix(plain.as_bytes()));
                let id = rule.spec.id;
                // Of some kinds of a key only one can be asked about, which the parts say.
                let Ok(mut values) = Values::of_key(&secret, call.parts) else { continue };
                for name in call.beside.keys().map(String::as_str).chain(["credential"]) {
                    values.add(name, Secret::new(b"0123456789abcdef0123", 0));
                }
                values.add_public("key_id", "key_1");
                let server = Endpoint { provider: rule.provider.id.to_owned(), url: "https://own.example".to_owned() };
                let own = Endpoints::new(&[server], &[rule.provider.id]).expect("known");
                let needs_server = call.request.contains("{endpoint}");
                let endpoints = if needs_server { own } else { Endpoints::default() };
                let request = Request::of(rule.provider.id, call, &values, &endpoints);
                let request = request.unwrap_or_else(|why| panic!("{id}: {why}"));
                let host = request.host();
                assert!(request.url.starts_with(&format!("https://{host}/")), "{id}: {request}");
                assert!(!host.contains([':', '@', '{', '%']), "{id}: {host}");
                let told = request.to_string();
                let tail = &plain[plain.len().saturating_sub(8)..];
                assert!(!told.contains(tail), "{id}: {told}");
                assert!(docs.starts_with("https://"), "{id}");
                made += 1;
            }
        }
    }
    assert!(made > 100, "{made}");
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
