//! Build script: turns `rules/*.toml` into one sorted table of constants, so that start-up parses nothing.
//!
//! Adding a provider touches one file under `rules/`; a mistake in it stops the build with file and line.

// The library's own modules, of which the build script uses a part; what it does not use is used there.
mod beside;
#[allow(dead_code)]
mod call;
#[allow(dead_code)]
mod format;
mod least;
#[allow(dead_code)]
mod online;
#[allow(dead_code)]
mod shape;
#[allow(dead_code)]
mod template;

use std::fmt::Write as _;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=src/rule");
    name_commit();
    let mut paths: Vec<_> = std::fs::read_dir("rules")
        .expect("the folder rules/ is beside Cargo.toml")
        .map(|entry| entry.expect("rules/ can be listed").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    let mut out = String::from("[\n");
    let (mut failed, mut ids) = (false, Vec::new());
    for (provider, path) in paths.iter().enumerate() {
        let name = path.to_string_lossy();
        let text = std::fs::read_to_string(path).expect("a rule file is readable UTF-8");
        match format::parse_toml::<format::ProviderFile>(&name, &text)
            .map_err(|e| e.to_string())
            .and_then(|f| Ok((table(path, &f)?, f)))
        {
            Ok((entry, file)) => {
                out.push_str(&entry);
                ids.extend(file.rules.into_iter().enumerate().map(|(n, rule)| (rule.id, provider, n)));
            }
            Err(error) => {
                println!("cargo::error={error}");
                failed = true;
            }
        }
    }
    out.push(']');
    ids.sort();
    let order: Vec<_> = ids.into_iter().map(|(_, provider, n)| (provider, n)).collect();
    if !failed {
        let target = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
        std::fs::write(Path::new(&target).join("embedded_rules.rs"), out).expect("OUT_DIR is writable");
        std::fs::write(Path::new(&target).join("embedded_order.rs"), format!("{order:?}"))
            .expect("OUT_DIR is writable");
        std::fs::write(Path::new(&target).join("hygiene_examples.rs"), examples()).expect("OUT_DIR is writable");
    }
}

/// The first bad and the first good example of every check of key hygiene, as a Rust expression of type `[Example]`.
fn examples() -> String {
    println!("cargo:rerun-if-changed=fixtures/hygiene");
    let mut out = String::from("[\n");
    for group in sorted(Path::new("fixtures/hygiene")) {
        for check in sorted(&group) {
            let id = check.strip_prefix("fixtures/hygiene").unwrap_or(&check).to_string_lossy().replace('\\', "/");
            if let (Some(bad), Some(good)) = (example(&check.join("bad")), example(&check.join("good"))) {
                let _ = writeln!(out, "Example {{ check: {id:?}, bad: {bad:?}, good: {good:?} }},");
            }
        }
    }
    out + "]"
}

/// The name and text of the first file in a folder.
fn example(dir: &Path) -> Option<(String, String)> {
    let mut first = sorted(dir).into_iter().next()?;
    while first.is_dir() {
        first = sorted(&first).into_iter().next()?;
    }
    let text = std::fs::read_to_string(&first).ok()?;
    let name = first.file_name()?.to_string_lossy().into_owned();
    Some((name.strip_prefix("dot.").map_or(name.clone(), |rest| format!(".{rest}")), text))
}

fn sorted(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Tells `keyhound --version` the commit. Only releases are told: other builds would be made anew for every commit.
fn name_commit() {
    println!("cargo:rerun-if-env-changed=KEYHOUND_COMMIT");
    let told = std::env::var("KEYHOUND_COMMIT").ok().filter(|commit| !commit.is_empty());
    let told = told.map(|commit| commit.chars().take(10).collect());
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let asked = || {
        println!("cargo:rerun-if-changed=.git/HEAD");
        println!("cargo:rerun-if-changed=.git/logs/HEAD");
        let words = ["-c", "safe.directory=*", "rev-parse", "--short=10", "HEAD"];
        let output =
            std::process::Command::new("git").args(words).output().ok().filter(|output| output.status.success());
        // In a package that lies in somebody's repository the commit would be theirs.
        output
            .filter(|_| Path::new(".git").exists())
            .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if let Some(commit) = told.or_else(packed).or_else(|| is_release.then(asked).flatten()) {
        println!("cargo:rustc-env=KEYHOUND_COMMIT={commit}");
    }
}

/// The commit that cargo wrote into a package of the source, which has no git beside it.
fn packed() -> Option<String> {
    println!("cargo:rerun-if-changed=.cargo_vcs_info.json");
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    let commit = rest.split('"').nth(1)?;
    (commit.len() >= 10 && commit.bytes().all(|b| b.is_ascii_hexdigit())).then(|| commit[..10].to_owned())
}

/// One provider with its rules as a Rust expression of type `super::EmbeddedProvider`.
fn table(path: &Path, file: &format::ProviderFile) -> Result<String, String> {
    let provider = &file.provider;
    let name = path.display();
    if path.file_stem().is_none_or(|stem| stem != provider.id.as_str()) {
        return Err(format!("{name}: the file of provider '{0}' must be called {0}.toml", provider.id));
    }
    let mut out = String::new();
    let id = &provider.id;
    let auth = match &provider.auth {
        Some(auth) => format!("Some(Auth {{ header: {:?}, scheme: {:?} }})", auth.header, auth.scheme.as_deref()),
        None => "None".to_owned(),
    };
    let _ = writeln!(
        out,
        "EmbeddedProvider {{ source: include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/rules/{id}.toml\")), provider: Provider {{ id: {id:?}, name: {:?}, docs: {:?}, console: {:?}, remedy: {:?}, revoke_steps: &{:?}, hosts: &{:?}, env: &{:?}, auth: {auth}, https_only: {:?}, rotation_days: {:?}, publishable: {:?} }}, rules: &[",
        provider.name,
        provider.docs.as_deref(),
        provider.console.as_deref(),
        provider.remedy.as_deref(),
        provider.revoke_steps,
        provider.hosts,
        provider.env,
        provider.https_only,
        provider.rotation_days,
        provider.client_side == format::ClientSide::Publishable,
    );
    for rule in &file.rules {
        let wrong = |message: String| format!("{name}: rule '{}': {message}", rule.id);
        let shape = shape::Derived::of(rule).map_err(wrong)?;
        let online = file.online(rule).map_err(wrong)?;
        let _ = writeln!(
            out,
            "RuleSpec {{ id: {:?}, description: {:?}, environment: {:?}, severity: {:?}, confidence: {:?}, pattern: {:?}, assigned: {:?}, prefixes: &{:?}, keywords: &{:?}, within: {:?}, span: {:?}, entropy: {:?}, proof: {:?}, placeholders: &{:?}, tags: &{:?}, names: &{:?}, telling: &{:?}, value: {:?}, gated: {:?}, reach: {:?}, anchors: &{}, least: {}, longest: {:?}, beside: {}, follow: &{:?}, crosses_lines: {:?}, online: {:?} }},",
            rule.id,
            rule.description,
            rule.environment,
            rule.severity,
            rule.confidence,
            shape.pattern,
            rule.value.is_some(),
            rule.prefixes,
            rule.keywords,
            rule.within,
            rule.span,
            rule.entropy,
            rule.proof.as_deref(),
            rule.placeholders,
            rule.tags,
            shape.names,
            rule.names,
            rule.value.as_deref(),
            rule.assigned,
            shape.reach,
            anchors(&shape.anchors),
            least(shape.least),
            shape.longest,
            beside_of(shape.beside),
            shape.follow,
            shape.crosses_lines,
            online.as_deref(),
        );
    }
    out.push_str("] },\n");
    Ok(out)
}

fn least(least: least::Least) -> String {
    let least::Least { run, of, must } = least;
    format!("crate::rule::Least {{ run: {run}, of: crate::rule::Of::{of:?}, must: {must:?} }}")
}

fn beside_of(beside: Option<beside::Beside>) -> String {
    beside.map_or_else(
        || "None".to_owned(),
        |beside::Beside { behind, back, ahead }| {
            format!("Some(crate::rule::Beside {{ behind: {behind}, back: {back}, ahead: {ahead:?} }})")
        },
    )
}

fn anchors(anchors: &[shape::Anchor]) -> String {
    let words: Vec<String> = anchors.iter().map(|a| format!("crate::rule::Anchor::{a:?}")).collect();
    format!("[{}]", words.join(", "))
}
