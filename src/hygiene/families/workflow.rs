//! Continuous integration: how workflows handle secrets. GitHub Actions, and what GitLab and CircleCI share with it.

use super::super::check::{Family, File, Notes, Run};
use super::super::document::{Entry, Kind, Node, Place, Value};
use super::super::words;
use super::{audit, certain};
use crate::finding::Severity::{Critical, High, Low, Medium};
use std::ops::Range;

/// Checks of one file.
pub const FAMILY: Family = Family {
    checks: &[
        certain(
            "ci/workflow-literal-secret",
            Critical,
            "a workflow holds a secret",
            "Whoever can read the repository has it, and it cannot be masked in logs.",
            "store it as a secret of the repository, and replace this one",
        ),
        certain(
            "ci/hardcoded-container-credentials",
            High,
            "the credentials of a job's container are literals",
            "Whoever can read the workflow can pull from, and perhaps push to, the registry.",
            "use ${{ secrets.… }}",
        ),
        certain(
            "ci/echo-secret",
            High,
            "a step prints a secret",
            "Masking hides exact copies only; encoded or cut, the secret is in the log.",
            "do not print it; pass it by a variable to what needs it",
        ),
        audit(
            "ci/secret-interpolated-in-run",
            Medium,
            "a secret is pasted into the text of a script",
            "It becomes a part of the script, is written to disk, and a quote in it breaks out.",
            "set it as env: of the step, and use the variable",
        ),
        certain(
            "ci/xtrace-with-secrets",
            Medium,
            "a step with secrets prints every command",
            "set -x shows commands with the values of their variables.",
            "leave out set -x where secrets are used",
        ),
        certain(
            "ci/env-dump",
            High,
            "a step prints the environment of a job that has secrets",
            "Masking hides exact copies only, and secrets of other formats not at all.",
            "print the variables that are wanted",
        ),
        certain(
            "ci/static-cloud-keys-instead-of-oidc",
            Medium,
            "a workflow uses static keys of a cloud where it could use OIDC",
            "Static keys must be rotated by hand and work from everywhere; tokens of OIDC end by themselves.",
            "let the cloud trust the workflow by OIDC, and delete the keys",
        ),
        audit(
            "ci/oidc-requested-but-static",
            Low,
            "a job may ask for OIDC tokens and still uses static keys",
            "The static key is a leftover that still works.",
            "use the token, and delete the keys",
        ),
        certain(
            "ci/secrets-inherit",
            Medium,
            "a called workflow inherits all secrets",
            "It gets every secret of the repository and organisation, whatever it needs.",
            "pass the secrets that it needs by name",
        ),
        audit(
            "ci/workflow-level-secret-env",
            Medium,
            "a secret is in the environment of every job and step",
            "Every action of the workflow can read it.",
            "set it at the step that needs it",
        ),
        certain(
            "ci/unredacted-structured-secret",
            Medium,
            "a part of a structured secret is used, which is not masked",
            "The platform masks the whole value and not its parts.",
            "store the part as a secret of its own",
        ),
        certain(
            "ci/secret-in-build-arg",
            High,
            "a secret is passed as a build argument",
            "Build arguments stay in the history of the image.",
            "use secrets: of the build action, or --secret",
        ),
        audit(
            "ci/publish-token-instead-of-trusted",
            Low,
            "a package is published with a token where the registry trusts workflows",
            "The token must be rotated by hand and works from everywhere.",
            "set up trusted publishing, and revoke the token",
        ),
        audit(
            "scope/admin-key-in-ci",
            Medium,
            "a workflow uses a key of an administrator",
            "Whoever can change the workflow has the rights of the key.",
            "use a key that can do what the workflow does",
        ),
        audit(
            "ci/secret-on-untrusted-trigger",
            High,
            "a workflow that runs code of pull requests has secrets",
            "With pull_request_target the code of a stranger runs beside the secrets of the repository.",
            "use pull_request, or do not check out the pull request's head",
        ),
    ],
    run: Run::File(run),
};

/// Whether a path is that of a pipeline.
pub(super) fn is_pipeline(path: &str) -> bool {
    let base = path.rsplit('/').next().unwrap_or_default();
    is_github(path)
        || base.starts_with(".gitlab-ci")
        || path.contains(".circleci/")
        || base.starts_with("azure-pipelines")
        || base.starts_with("bitbucket-pipelines")
        || base == ".travis.yml"
}

pub(super) fn is_github(path: &str) -> bool {
    path.contains(".github/workflows/") || path.contains(".github/actions/")
}

fn run(file: &File<'_>, notes: &mut Notes) {
    if file.document.kind != Kind::Yaml || !is_pipeline(file.path()) {
        return;
    }
    for pair in file.document.pairs.iter().filter(|pair| pair.known && !matches!(pair.place, Place::Shell)) {
        if file.key_in(&pair.span).is_some() && !words::is_placeholder(&pair.value) {
            notes.add(
                "ci/workflow-literal-secret",
                pair.span.clone(),
                pair.name.clone(),
                format!("{} is a literal", pair.name),
            );
        }
    }
    for root in &file.document.roots {
        shared(file, root, notes);
        if is_github(file.path()) {
            github(root, notes);
        }
    }
}

/// Names of secrets that a text uses: `${{ secrets.NAME }}`.
pub(super) fn secrets(text: &str) -> Vec<String> {
    let uses = text
        .match_indices("secrets.")
        .filter(|(at, _)| text[..*at].rfind("${{").is_some_and(|open| !text[open..*at].contains("}}")))
        .filter(|(at, _)| !is_compared(text, *at));
    let name =
        |at: usize| text[at + 8..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    uses.map(|(at, _)| name(at)).filter(|name| !name.is_empty()).collect()
}

/// Whether the secret at `at` is only compared: `${{ secrets.X != '' }}` is a truth value.
fn is_compared(text: &str, at: usize) -> bool {
    let rest = text[at..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.').trim_start();
    let before = text[..at].trim_end();
    rest.starts_with("==") || rest.starts_with("!=") || before.ends_with("==") || before.ends_with("!=")
}

pub(super) fn uses_secret(node: &Node) -> bool {
    node.any_text(&mut |text| !secrets(text).is_empty())
}

/// Steps of any platform.
fn shared(file: &File<'_>, root: &Node, notes: &mut Notes) {
    let has_secrets = uses_secret(root);
    let spans = with_secrets(root);
    // Whether the step or job that holds a script has secrets in its environment, or the script itself.
    let uses_secret_here = |script: &Node| {
        script.text().is_some_and(|text| !secrets(text).is_empty())
            || spans.iter().any(|span| span.start <= script.span.start && script.span.end <= span.end)
    };
    root.each_entry(&mut |entry: &Entry| {
        let is_script = matches!(entry.key.as_str(), "run" | "script" | "before_script" | "after_script" | "command");
        for item in entry.value.items().iter().filter(|_| is_script) {
            let Some(text) = item.text() else { continue };
            for line in text.lines() {
                let line = line.trim();
                let at = || file.line_of(&item.span, line);
                let first = line.split_whitespace().next().unwrap_or_default();
                let prints = matches!(first, "echo" | "printf")
                    && !line.contains('>')
                    && !line.contains("| docker login")
                    && !line.contains("--password-stdin")
                    && !line.contains("::add-mask::")
                    && !line.contains(" | ");
                let decodes = matches!(first, "echo" | "printf")
                    && (line.contains("| base64") && !line.contains("base64 -d") && !line.contains("base64 --decode")
                        || line.contains("| rev")
                        || line.contains("| sed 's/./"))
                    && !line.contains("> ")
                    && !line.contains("$(");
                let names: Vec<String> = secrets(line).into_iter().chain(variables(line)).collect();
                if let Some(name) = names.first().filter(|_| prints || decodes) {
                    notes.add("ci/echo-secret", at(), name.clone(), format!("a step prints {name}"));
                }
                if has_secrets
                    && (line.starts_with("set -x") || line.starts_with("set -ex") || line.starts_with("set -eux"))
                    && uses_secret_here(item)
                {
                    notes.add("ci/xtrace-with-secrets", at(), "set -x", "commands are printed beside secrets");
                }
                let dumps = matches!(line, "env" | "printenv" | "export -p" | "set" | "env | sort" | "printenv | sort");
                if dumps && has_secrets && uses_secret_here(item)
                    || line.contains("toJson(secrets)")
                    || line.contains("toJSON(secrets)")
                {
                    notes.add("ci/env-dump", at(), "env", "the environment is printed beside secrets");
                }
                if line.contains("--build-arg")
                    && names.iter().any(|name| words::is_secret_name(name))
                    && line.contains("docker")
                {
                    notes.add(
                        "ci/secret-in-build-arg",
                        at(),
                        "--build-arg",
                        "docker build gets a secret as an argument",
                    );
                }
            }
            let pasted = secrets(text);
            if let Some(name) = pasted.iter().find(|name| is_github(file.path()) && !words::names_no_secret(name)) {
                let line = text.lines().find(|line| line.contains(name.as_str())).unwrap_or_default();
                notes.add(
                    "ci/secret-interpolated-in-run",
                    file.line_of(&item.span, line),
                    name.clone(),
                    format!("{name} is pasted into a script"),
                );
            }
        }
        let is_debug = matches!(entry.key.as_str(), "CI_DEBUG_TRACE" | "ACTIONS_STEP_DEBUG");
        if is_debug && entry.value.truth() == Some(true) {
            notes.add(
                "ci/xtrace-with-secrets",
                entry.value.span.clone(),
                entry.key.clone(),
                format!("{} prints every command and variable", entry.key),
            );
        }
        if let Some(text) = entry.value.text()
            && (text.contains("fromJSON(secrets.") || text.contains("fromJson(secrets."))
        {
            notes.add(
                "ci/unredacted-structured-secret",
                entry.value.span.clone(),
                entry.key.clone(),
                "a part of a JSON secret is used",
            );
        }
        for name in entry.value.text().map(secrets).unwrap_or_default() {
            let admin =
                words::parts(&name).iter().any(|part| matches!(part.as_str(), "admin" | "root" | "master" | "owner"));
            if admin && words::is_secret_name(&name) {
                notes.add(
                    "scope/admin-key-in-ci",
                    entry.value.span.clone(),
                    name.clone(),
                    format!("{name} is named as a key of an administrator"),
                );
            }
        }
    });
}

/// The steps, jobs and workflows that have secrets in their environment.
fn with_secrets(root: &Node) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    root.walk(&mut |_, node| {
        if matches!(node.value, Value::Map(_)) && node.get("env").is_some_and(uses_secret) {
            spans.push(node.span.clone());
        }
    });
    spans
}

/// `$API_KEY` and `${API_KEY}` of a line, where the name is that of a secret.
pub(super) fn variables(line: &str) -> Vec<String> {
    let name = |at: usize| {
        line[at + 1..]
            .trim_start_matches('{')
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    line.match_indices('$')
        .filter(|(at, _)| !line[*at..].starts_with("${{"))
        .map(|(at, _)| name(at))
        .filter(|name| words::is_secret_name(name))
        .collect()
}

fn github(root: &Node, notes: &mut Notes) {
    if let Some(env) = root.get("env").filter(|env| uses_secret(env)) {
        let is_one = |entry: &&Entry| {
            entry.value.text().map(secrets).unwrap_or_default().iter().any(|name| !words::names_no_secret(name))
        };
        let entry = env.entries().iter().find(is_one);
        if let Some(entry) = entry.filter(|_| root.get("jobs").map_or(0, |jobs| jobs.entries().len()) > 0) {
            notes.add(
                "ci/workflow-level-secret-env",
                entry.value.span.clone(),
                entry.key.clone(),
                format!("{} is set for the whole workflow", entry.key),
            );
        }
    }
    let untrusted = root.get("on").is_some_and(|on| {
        on.any_text(&mut |text| text == "pull_request_target")
            || on.entries().iter().any(|entry| entry.key == "pull_request_target")
    });
    for job in root.get("jobs").map(Node::entries).unwrap_or_default() {
        let body = &job.value;
        if let Some(node) = body.get("secrets").filter(|node| node.literal() == Some("inherit")) {
            notes.add(
                "ci/secrets-inherit",
                node.span.clone(),
                job.key.clone(),
                format!("the job {} passes all secrets on", job.key),
            );
        }
        let containers = body
            .get("container")
            .into_iter()
            .chain(body.get("services").map(Node::entries).unwrap_or_default().iter().map(|service| &service.value));
        for container in containers {
            if let Some(password) =
                container.get("credentials.password").filter(|node| node.literal().is_some_and(|text| !text.is_empty()))
            {
                notes.add(
                    "ci/hardcoded-container-credentials",
                    password.span.clone(),
                    job.key.clone(),
                    format!("the password of a container of {} is a literal", job.key),
                );
            }
        }
        let names_head = |text: &str| {
            ["github.event.pull_request.head", "github.head_ref", "refs/pull/"].iter().any(|head| text.contains(head))
        };
        let checks_out_head = body.all("steps").any(|step| {
            let by_action = step.literal_at("uses").is_some_and(|uses| uses.starts_with("actions/checkout"))
                && step.get("with").is_some_and(|with| with.any_text(&mut |text| names_head(text)));
            let run = step.get("run").and_then(Node::text).unwrap_or_default();
            let by_git = ["git checkout", "git fetch", "git clone", "git pull"].iter().any(|git| run.contains(git));
            by_action || by_git && names_head(run) || run.contains("gh pr checkout")
        });
        if untrusted && checks_out_head && uses_secret(body) {
            notes.add(
                "ci/secret-on-untrusted-trigger",
                job.key_span.clone(),
                job.key.clone(),
                format!("the job {} checks out the pull request and has secrets", job.key),
            );
        }
        steps(root, job, notes);
    }
    // A composite action has its steps elsewhere.
    for step in root.get("runs").into_iter().flat_map(|runs| runs.all("steps")) {
        static_keys(step, "action", notes);
    }
}

fn steps(root: &Node, job: &Entry, notes: &mut Notes) {
    let mut statics = false;
    for step in job.value.all("steps") {
        statics |= static_keys(step, &job.key, notes);
        let uses = step.literal_at("uses").unwrap_or_default();
        if uses.starts_with("docker/build-push-action")
            && let Some(arguments) = step.get("with.build-args").filter(|node| uses_secret(node))
        {
            notes.add("ci/secret-in-build-arg", arguments.span.clone(), job.key.clone(), "build-args hold a secret");
        }
        let run = step.get("run").and_then(Node::text).unwrap_or_default();
        let publishes = uses.starts_with("pypa/gh-action-pypi-publish") && step.get("with.password").is_some()
            || ["npm publish", "cargo publish", "gem push", "twine upload"].iter().any(|command| run.contains(command))
                && (step.get("env").is_some_and(uses_secret) || !secrets(run).is_empty());
        if publishes {
            notes.add(
                "ci/publish-token-instead-of-trusted",
                step.span.clone(),
                job.key.clone(),
                format!("the job {} publishes with a token", job.key),
            );
        }
    }
    let permission = |node: &Node| node.literal_at("permissions.id-token") == Some("write");
    if statics && (permission(&job.value) || permission(root)) {
        notes.add(
            "ci/oidc-requested-but-static",
            job.key_span.clone(),
            job.key.clone(),
            format!("the job {} has id-token: write and static keys", job.key),
        );
    }
}

/// Static keys of a cloud in one step; says whether there are any.
fn static_keys(step: &Node, job: &str, notes: &mut Notes) -> bool {
    let uses = step.literal_at("uses").unwrap_or_default();
    let input = match uses.split('@').next().unwrap_or_default() {
        "aws-actions/configure-aws-credentials" => {
            step.get("with.aws-access-key-id").or_else(|| step.get("with.aws-secret-access-key"))
        }
        "google-github-actions/auth" => step.get("with.credentials_json"),
        "azure/login" | "Azure/login" => step.get("with.creds"),
        _ => step.get("env.AWS_SECRET_ACCESS_KEY").filter(|node| uses_secret(node)),
    };
    let Some(input) = input else { return false };
    // Keys that an earlier step got are not static, those of an input are the caller's, and a session ends by itself.
    let given = |text: &str| ["steps.", "needs.", "inputs."].iter().any(|from| text.contains(from));
    let session = step.get("with.aws-session-token").or_else(|| step.get("env.AWS_SESSION_TOKEN"));
    if input.text().is_some_and(given) || session.is_some() {
        return false;
    }
    notes.add(
        "ci/static-cloud-keys-instead-of-oidc",
        input.span.clone(),
        job,
        format!("the job {job} signs in with static keys"),
    );
    true
}
