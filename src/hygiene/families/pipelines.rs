//! Where pipelines leave secrets: in URLs, in artifacts and caches, in variables that later steps print; and what guards
//! them.

use super::super::check::{Family, File, Notes, Run};
use super::super::document::{Entry, Kind, Node};
use super::super::project::Project;
use super::super::words;
use super::workflow::{is_github, is_pipeline, secrets, uses_secret, variables};
use super::{audit, certain};
use crate::finding::Severity::{High, Low, Medium};

/// Checks of one file.
pub const FAMILY: Family = Family {
    checks: &[
        certain(
            "ci/secret-in-url",
            High,
            "a step puts a secret into a URL",
            "URLs are kept in the logs of servers and proxies, in the configuration of git, and in messages of errors.",
            "send it in a header, or give it to git by a credential helper",
        ),
        audit(
            "ci/secrets-outside-environment",
            Low,
            "a job uses a secret of production outside an environment",
            "Without an environment no reviewer is asked, and every branch can use the secret.",
            "set environment: at the job, and keep the secret there",
        ),
        certain(
            "ci/secret-to-artifact-or-cache",
            High,
            "a file with a secret is uploaded or cached",
            "Whoever can read the repository can download its artifacts, and caches are shared between branches.",
            "write the file elsewhere, or delete it before the upload",
        ),
        certain(
            "ci/azure-setvariable-secret",
            Medium,
            "a step sets a variable with a secret that is not marked as one",
            "Without issecret=true the value is not masked in the log of any later step.",
            "add issecret=true",
        ),
    ],
    run: Run::File(run),
};

/// Checks of all files.
pub const GATES: Family = Family {
    checks: &[audit(
        "ci/no-secret-scan-gate",
        Low,
        "no pipeline and no hook looks for secrets",
        "A key that is committed is noticed by those who look for keys first.",
        "run keyhound in the pipeline, or as a hook before the commit",
    )],
    run: Run::Project(gates),
};

fn run(file: &File<'_>, notes: &mut Notes) {
    if !matches!(file.document.kind, Kind::Yaml | Kind::Shell) {
        return;
    }
    azure(file, notes);
    if file.document.kind != Kind::Yaml || !is_pipeline(file.path()) {
        return;
    }
    for root in &file.document.roots {
        urls(file, root, notes);
        if is_github(file.path()) {
            for job in root.get("jobs").map(Node::entries).unwrap_or_default() {
                environment(job, notes);
                artifacts_of_github(job, notes);
            }
        } else {
            artifacts_of_gitlab(root, notes);
        }
    }
}

fn is_script(entry: &Entry) -> bool {
    matches!(entry.key.as_str(), "run" | "script" | "before_script" | "after_script" | "command" | "bash")
}

fn urls(file: &File<'_>, root: &Node, notes: &mut Notes) {
    root.each_entry(&mut |entry: &Entry| {
        for item in entry.value.items().iter().filter(|_| is_script(entry)) {
            for line in item.text().unwrap_or_default().lines() {
                if let Some(name) = line.split("://").skip(1).find_map(secret_in_url) {
                    let note = notes.add(
                        "ci/secret-in-url",
                        file.line_of(&item.span, line),
                        name.clone(),
                        format!("{name} is a part of a URL"),
                    );
                    // Before the host it is sent as a header, and stays in what git writes down.
                    if line.trim_start().starts_with("git ") {
                        note.severity(Medium);
                    }
                }
            }
        }
    });
}

/// The secret in what follows `://`: before the host, or behind the question mark.
fn secret_in_url(rest: &str) -> Option<String> {
    // An expression `${{ … }}` has blanks in it and ends no URL.
    let mut end = rest.len();
    let mut depth = 0usize;
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 && (c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '|' | '>' | ')')) => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let url = &rest[..end];
    let before_host = url.split('/').next().unwrap_or_default().rsplit_once('@').map(|(user, _)| user);
    let query = url.split_once('?').map(|(_, query)| query);
    before_host.into_iter().chain(query).find_map(|part| {
        let named = secrets(part).into_iter().find(|name| !words::names_no_secret(name));
        named.or_else(|| variables(part).into_iter().next())
    })
}

fn environment(job: &Entry, notes: &mut Notes) {
    // A job that calls a workflow cannot have one.
    if job.value.entry("environment").is_some() || job.value.entry("uses").is_some() {
        return;
    }
    job.value.walk(&mut |_, node| {
        for name in node.text().map(secrets).unwrap_or_default() {
            let of_production =
                words::parts(&name).iter().any(|part| matches!(part.as_str(), "prod" | "production" | "prd"));
            if of_production && !words::names_no_secret(&name) {
                let message = format!("the job {} uses {name} and has no environment", job.key);
                notes.add("ci/secrets-outside-environment", node.span.clone(), format!("{} {name}", job.key), message);
            }
        }
    });
}

/// Files that a script fills with a secret: `echo "$TOKEN" > .env`.
fn filled(script: &str, has_secret: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut out = Vec::new();
    for line in script.lines().filter(|line| has_secret(line)) {
        let Some(at) = line.rfind('>').filter(|at| !line[..*at].ends_with(['-', '=', '2', '&'])) else { continue };
        let target = line[at + 1..].trim().trim_matches(['"', '\'']);
        let target =
            target.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|')).next().unwrap_or_default();
        let target = target.trim_matches(['"', '\'']).trim_start_matches("./");
        if !target.is_empty() && !target.starts_with('$') && !target.starts_with("/dev/") {
            out.push(target.to_owned());
        }
    }
    out
}

/// Whether a pattern of an upload takes a file in.
fn takes(pattern: &str, file: &str, hidden: bool) -> bool {
    let pattern = pattern.trim().trim_start_matches("./").trim_end_matches('/');
    if pattern == file {
        return true;
    }
    let is_hidden = file.split('/').any(|part| part.starts_with('.'));
    let all = matches!(pattern, "" | "." | "*" | "**" | "**/*");
    (all || file.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('/'))) && (hidden || !is_hidden)
}

fn artifacts_of_github(job: &Entry, notes: &mut Notes) {
    let mut files: Vec<String> = Vec::new();
    for step in job.value.all("steps") {
        let of_step = step.get("env").is_some_and(uses_secret);
        let of_job = job.value.get("env").is_some_and(uses_secret);
        let run = step.get("run").and_then(Node::text).unwrap_or_default();
        files.extend(filled(run, &|line| {
            !secrets(line).is_empty() || (of_step || of_job) && !variables(line).is_empty()
        }));
        for gone in run.lines().filter_map(|line| line.trim().strip_prefix("rm ")) {
            files.retain(|file| !gone.split_whitespace().any(|word| word.trim_start_matches("./") == file));
        }
        let uses = step.literal_at("uses").unwrap_or_default();
        let is_upload = uses.starts_with("actions/upload-artifact");
        if !is_upload && !uses.starts_with("actions/cache") {
            continue;
        }
        let Some(path) = step.get("with.path") else { continue };
        let hidden = !is_upload || step.get("with.include-hidden-files").and_then(Node::truth) == Some(true);
        let lines: Vec<&str> = path.text().unwrap_or_default().lines().filter(|line| !line.starts_with('!')).collect();
        if let Some(file) = files.iter().find(|file| lines.iter().any(|line| takes(line, file, hidden))) {
            let what = if is_upload { "uploads" } else { "caches" };
            let message = format!("the job {} {what} {file}, which holds a secret", job.key);
            notes.add("ci/secret-to-artifact-or-cache", path.span.clone(), format!("{} {file}", job.key), message);
        }
    }
}

fn artifacts_of_gitlab(root: &Node, notes: &mut Notes) {
    for job in root.entries() {
        let scripts = ["before_script", "script"].iter().flat_map(|key| job.value.all(key)).filter_map(Node::text);
        let files: Vec<String> = scripts.flat_map(|text| filled(text, &|line| !variables(line).is_empty())).collect();
        for paths in [job.value.get("artifacts.paths"), job.value.get("cache.paths")].into_iter().flatten() {
            for path in paths.items() {
                let Some(pattern) = path.literal() else { continue };
                if let Some(file) = files.iter().find(|file| takes(pattern, file, true)) {
                    let message = format!("the job {} keeps {file}, which holds a secret", job.key);
                    let subject = format!("{} {file}", job.key);
                    notes.add("ci/secret-to-artifact-or-cache", path.span.clone(), subject, message);
                }
            }
        }
    }
}

/// `##vso[task.setvariable variable=apiKey]$(key)`
fn azure(file: &File<'_>, notes: &mut Notes) {
    const COMMAND: &str = "##vso[task.setvariable";
    for (at, _) in file.text.match_indices(COMMAND) {
        let rest = &file.text[at + COMMAND.len()..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let Some(end) = line.find(']') else { continue };
        let settings = line[..end].to_ascii_lowercase();
        let name =
            line[..end].split([' ', ';']).find_map(|setting| setting.strip_prefix("variable=")).unwrap_or_default();
        let name = name.trim_matches(['"', '\'', '\\']);
        let value = line[end + 1..].trim().trim_matches(['"', '\'']);
        let is_secret = words::is_secret_name(name) && !words::names_no_secret(name);
        if is_secret && !settings.contains("issecret=true") && !value.is_empty() {
            let span = at..at + COMMAND.len() + end + 1;
            notes.add("ci/azure-setvariable-secret", span, name, format!("{name} is set without issecret=true"));
        }
    }
}

/// Said only to those who ask for what is unknown: a gate may stand outside the repository.
fn gates(project: &Project<'_>, notes: &mut Notes) {
    const SCANNERS: [&str; 15] = [
        "keyhound",
        "gitleaks",
        "betterleaks",
        "trufflehog",
        "kingfisher",
        "detect-secrets",
        "git-secrets",
        "ggshield",
        "gitguardian",
        "secretlint",
        "noseyparker",
        "talisman",
        "whispers",
        "secret-detection",
        "detect-private-key",
    ];
    let is_gate = |path: &str| {
        let base = path.rsplit('/').next().unwrap_or(path);
        is_pipeline(path) || base.starts_with(".pre-commit-config") || base.starts_with("lefthook")
    };
    let mut gates = project.files.iter().filter(|kept| is_gate(&kept.document.path)).peekable();
    let Some(first) = gates.peek().map(|kept| kept.document.path.clone()) else { return };
    let guarded = gates.any(|kept| {
        let lower = kept.text.to_ascii_lowercase();
        SCANNERS.iter().any(|scanner| lower.contains(scanner))
    });
    if !guarded {
        let message = "no pipeline of the repository looks for secrets";
        notes.add_at("ci/no-secret-scan-gate", &first, 0..0, "gate", message).unknown();
    }
}
