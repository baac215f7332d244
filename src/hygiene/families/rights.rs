//! What a key may do: users of cloud accounts with every right, tokens for every repository, keys for everything where one
//! for a part exists, keys in the wrong environment's hands.

use super::super::check::{Family, File, Key, Notes, Run};
use super::super::document::request::host;
use super::super::document::{Kind, Node, Resource, mentions};
use super::super::project::{Kept, Project};
use super::super::words;
use super::workflow::{is_github, is_pipeline};
use super::{audit, certain};
use crate::finding::Environment;
use crate::finding::Severity::{Critical, High, Low, Medium};
use crate::rule::Rule;

/// Checks of one file.
pub const FAMILY: Family = Family {
    checks: &[
        certain(
            "scope/root-access-key",
            Critical,
            "an access key is made for the root user of an account",
            "The root user can do everything, closing the account included, and no policy limits it.",
            "make a role with the rights that are needed, and delete the key",
        ),
        audit(
            "scope/github-app-token-broad",
            Medium,
            "a workflow asks for a token of a GitHub App for every repository, or leaves it valid",
            "With an owner and no list of repositories the token is good for all that the app is installed in.",
            "name repositories and permission-… inputs, and let the token be revoked at the end of the job",
        ),
        audit(
            "scope/master-key-for-service",
            Low,
            "a service has a key for everything where its provider has keys for a part",
            "Whoever takes over the service has all rights of the account.",
            "make a restricted key or a token with scopes for this service",
        ),
        audit(
            "scope/write-key-in-dashboard",
            Low,
            "a dashboard has a key that may write",
            "A dashboard reads; many people use it, and its settings are shown to them.",
            "give it a key that can only read",
        ),
        audit(
            "env/sandbox-host-live-key",
            Medium,
            "a live key goes to a sandbox, or a test key to production",
            "The call is refused, and a live key is now in the logs of an environment that is guarded less.",
            "use the key of the environment that is called",
        ),
    ],
    run: Run::File(run),
};

/// Checks of all files of a module, or of a template.
pub const USERS: Family = Family {
    checks: &[audit(
        "scope/wildcard-iam-on-key-user",
        High,
        "an IAM user with an access key may do everything",
        "The key has no end, works from everywhere, and whoever finds it has the whole account.",
        "give the user the actions and resources that it needs, or use a role",
    )],
    run: Run::Project(users),
};

fn run(file: &File<'_>, notes: &mut Notes) {
    root_keys(file, notes);
    if file.document.kind == Kind::Yaml && is_github(file.path()) {
        file.document.roots.iter().for_each(|root| app_tokens(root, notes));
    }
    master_keys(file, notes);
    if matches!(file.document.kind, Kind::Yaml | Kind::Json) {
        dashboards(file, notes);
    }
    sandboxes(file, notes);
}

fn root_keys(file: &File<'_>, notes: &mut Notes) {
    let is_root = |node: &&Node| matches!(node.literal(), Some("root" | "<root_account>"));
    let user =
        |resource: &Resource<'_>, key: &str| resource.body.get(key).filter(is_root).map(|node| node.span.clone());
    let terraform = file.document.resources().filter(|resource| resource.kind == "aws_iam_access_key");
    let stack = file.document.stack().filter(|resource| resource.kind == "AWS::IAM::AccessKey");
    let all = terraform.map(|resource| (resource, "user")).chain(stack.map(|resource| (resource, "UserName")));
    for (resource, key) in all {
        if let Some(span) = user(&resource, key) {
            let subject = format!("{}.{}", resource.kind, resource.name);
            let message = format!("{subject} is for the root user");
            notes.add("scope/root-access-key", span, subject, message);
        }
    }
}

fn app_tokens(root: &Node, notes: &mut Notes) {
    let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
    let steps = jobs
        .iter()
        .flat_map(|job| job.value.all("steps"))
        .chain(root.get("runs").into_iter().flat_map(|runs| runs.all("steps")));
    for step in steps {
        let action = step.literal_at("uses").unwrap_or_default().split('@').next().unwrap_or_default();
        let makes = matches!(action, "actions/create-github-app-token" | "tibdex/github-app-token");
        let Some(with) = step.get("with").filter(|_| makes) else { continue };
        let subject = step.literal_at("id").or(step.literal_at("name")).unwrap_or("token").to_owned();
        let is_limited = with.entry("repositories").is_some()
            || with.entries().iter().any(|entry| entry.key.starts_with("permission"));
        let owner = with.get("owner").filter(|owner| !owner.is_null() && !is_limited);
        if let Some(owner) = owner {
            let message = "its token is for every repository of the owner, with every permission of the app";
            notes.add("scope/github-app-token-broad", owner.span.clone(), subject.clone(), message);
        } else if let Some(kept) = with.get("skip-token-revoke").filter(|node| node.truth() == Some(true)) {
            let message = "its token stays valid after the job";
            notes.add("scope/github-app-token-broad", kept.span.clone(), subject, message);
        }
    }
}

/// Keys that can do everything, by their rules, and what to use instead.
const MASTERS: [(&str, &str); 2] = [
    ("cloudapi-project-key", "CloudAPI has tokens with scopes"),
    ("stripe-live-secret-key", "Stripe has restricted keys"),
];

fn master_keys(file: &File<'_>, notes: &mut Notes) {
    let base = file.path().rsplit('/').next().unwrap_or_default();
    let runs_a_service = is_pipeline(file.path())
        || file.document.objects().next().is_some()
        || base.contains("compose")
        || base.starts_with("values")
        || file.document.kind == Kind::Docker
        || file.document.stack().next().is_some();
    for (key, rule) in file.issued_keys().filter(|_| runs_a_service) {
        if let Some((id, instead)) = MASTERS.iter().find(|(id, _)| *id == rule.spec.id) {
            notes.add("scope/master-key-for-service", key.span.clone(), *id, (*instead).to_owned());
        }
    }
}

/// Environments of services that show and do not change: of compose, of Kubernetes.
fn dashboards(file: &File<'_>, notes: &mut Notes) {
    let is_dashboard = |name: &str| {
        words::parts(name)
            .iter()
            .any(|part| matches!(part.as_str(), "dashboard" | "dashboards" | "grafana" | "metabase"))
    };
    let mut check = |service: &str, environment: &Node| {
        let names = environment.entries().iter().map(|entry| (entry.key.as_str(), entry.key_span.clone()));
        let items = match &environment.value {
            super::super::document::Value::List(items) => items.as_slice(),
            _ => &[],
        };
        let listed = items.iter().filter_map(|item| {
            let name = item.literal_at("name").or_else(|| item.text().and_then(|text| text.split('=').next()))?;
            Some((name, item.span.clone()))
        });
        for (name, span) in names.filter(|_| items.is_empty()).chain(listed) {
            if may_write(name) {
                let message = format!("{name} of {service} may write");
                notes.add("scope/write-key-in-dashboard", span, format!("{service} {name}"), message);
            }
        }
    };
    for root in &file.document.roots {
        for service in root.get("services").map(Node::entries).unwrap_or_default() {
            if let Some(environment) = service.value.get("environment").filter(|_| is_dashboard(&service.key)) {
                check(&service.key, environment);
            }
        }
    }
    for object in file.document.objects().filter(|object| is_dashboard(object.name())) {
        object.root.each_entry(&mut |entry| {
            if entry.key == "env" {
                check(object.name(), &entry.value);
            }
        });
    }
}

/// Whether a variable holds a key that may change things, by its name. The password by which people sign in to the
/// dashboard itself is none.
fn may_write(name: &str) -> bool {
    let parts = words::parts(name);
    let last = parts.last().map(String::as_str).unwrap_or_default();
    parts.iter().any(|part| matches!(part.as_str(), "write" | "admin" | "readwrite" | "rw"))
        && matches!(last, "key" | "token")
        && words::is_secret_name(name)
        // Metrics are written by those who measure.
        && !parts.iter().any(|part| matches!(part.as_str(), "remote" | "gf" | "session" | "signing"))
}

/// Requests with a key of one environment to the host of another, where the provider has a host for each.
fn sandboxes(file: &File<'_>, notes: &mut Notes) {
    let is_sandbox = |host: &str| {
        host.split(['.', '-']).any(|label| matches!(label, "sandbox" | "squareupsandbox" | "test" | "staging"))
    };
    for request in &file.document.requests {
        let Some(host) = request.urls.iter().find_map(|url| host(&url.text)) else { continue };
        let Some(of_host) = file.provider_of_host(&host) else { continue };
        let both =
            of_host.hosts.iter().any(|host| is_sandbox(host)) && of_host.hosts.iter().any(|host| !is_sandbox(host));
        let sent = |(key, _): &(&Key, &Rule)| {
            request
                .headers
                .iter()
                .map(|header| &header.value.span)
                .chain(request.basic.as_ref().map(|basic| &basic.span))
                .any(|span| span.start <= key.span.start && key.span.end <= span.end)
        };
        for (key, rule) in file.issued_keys().filter(|_| both).filter(sent) {
            let wrong = match rule.environment {
                Environment::Live => is_sandbox(&host),
                Environment::Test => !is_sandbox(&host),
                _ => false,
            };
            if wrong && rule.provider.id == of_host.id {
                let message = format!("a {} key of {} goes to {host}", rule.environment, of_host.name);
                notes.add("env/sandbox-host-live-key", key.span.clone(), format!("{} {host}", rule.spec.id), message);
            }
        }
    }
}

fn users(project: &Project<'_>, notes: &mut Notes) {
    for files in project.modules().into_values() {
        of_module(&files, notes);
    }
    for kept in project.files.iter().filter(|kept| matches!(kept.document.kind, Kind::Yaml | Kind::Json)) {
        of_stack(kept, notes);
    }
}

/// Policies of AWS that allow everything, or to give oneself everything.
fn is_everything(arn: &str) -> bool {
    ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"].iter().any(|name| arn.ends_with(&format!("/{name}")))
}

fn of_module(files: &[&Kept], notes: &mut Notes) {
    let all: Vec<Resource<'_>> = files.iter().flat_map(|kept| kept.document.resources()).collect();
    if !all.iter().any(|resource| resource.kind == "aws_iam_access_key") {
        return;
    }
    let data: Vec<Resource<'_>> = files.iter().flat_map(|kept| kept.document.blocks("data")).collect();
    // What allows everything: documents first, then the policies that they make.
    let documents = data.iter().filter(|block| {
        block.kind == "aws_iam_policy_document"
            && allows_all(block.body, ["statement", "actions", "resources", "effect"])
    });
    let documents: Vec<String> = documents.map(|block| format!("data.{}.{}", block.kind, block.name)).collect();
    let is_broad = |policy: &Node| {
        documents.iter().any(|name| policy.mentions(name)) || policy.any_text(&mut |text| text_allows_all(text))
    };
    let policies: Vec<String> = all
        .iter()
        .filter(|resource| resource.kind == "aws_iam_policy" && resource.body.get("policy").is_some_and(is_broad))
        .map(|resource| format!("{}.{}", resource.kind, resource.name))
        .collect();
    let keyed: Vec<String> = all
        .iter()
        .filter(|resource| resource.kind == "aws_iam_access_key")
        .filter_map(|key| Some(user_of(key.body.get("user")?.text()?)))
        .collect();
    for kept in files {
        for resource in kept.document.resources() {
            let broad = match resource.kind {
                "aws_iam_user_policy" => resource.body.get("policy").filter(|policy| is_broad(policy)),
                "aws_iam_user_policy_attachment" => resource.body.get("policy_arn").filter(|arn| {
                    arn.literal().is_some_and(is_everything) || policies.iter().any(|name| arn.mentions(name))
                }),
                _ => None,
            };
            let user = resource.body.get("user").and_then(Node::text).map(user_of);
            if let (Some(node), Some(user)) = (broad, user.filter(|user| keyed.contains(user))) {
                let subject = format!("{}.{}", resource.kind, resource.name);
                let message = format!("{user} has an access key and, by {subject}, may do everything");
                notes.add_at(
                    "scope/wildcard-iam-on-key-user",
                    &kept.document.path,
                    node.span.clone(),
                    subject,
                    message,
                );
            }
        }
    }
}

/// `aws_iam_user.ci.name`, `${aws_iam_user.ci.name}` and `one(aws_iam_user.ci[*].name)` name one user; a literal itself.
fn user_of(text: &str) -> String {
    let Some(at) = text.find("aws_iam_user.") else { return text.to_owned() };
    let rest = &text[at + "aws_iam_user.".len()..];
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
    rest[..end].to_owned()
}

/// Whether a statement allows every action on every resource.
fn allows_all(body: &Node, [statement, action, resource, effect]: [&str; 4]) -> bool {
    body.all(statement).any(|statement| {
        let is_all = |key: &str| {
            statement
                .get(key)
                .is_some_and(|node| node.items().iter().any(|item| matches!(item.literal(), Some("*" | "*:*"))))
        };
        is_all(action)
            && is_all(resource)
            && statement.literal_at(effect).is_none_or(|effect| effect == "Allow")
            && statement.entries().iter().all(|entry| !entry.key.eq_ignore_ascii_case("condition"))
    })
}

/// The same of a policy in JSON or `jsonencode(…)`: without blanks, quotes and the marks that differ.
fn text_allows_all(text: &str) -> bool {
    // A line of HCL ends where JSON has a comma.
    let marks = |c: char| if c == '\n' { ',' } else { c };
    let compact: String = text
        .chars()
        .map(marks)
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '[' | ']' | '\\'))
        .collect::<String>()
        .replace('=', ":");
    compact.split('{').any(|statement| {
        let has = |key: &str| statement.split([',', '}', ')']).any(|part| part == format!("{key}:*"));
        has("Action") && has("Resource") && !statement.contains("Deny") && !statement.contains("Condition")
    })
}

fn of_stack(kept: &Kept, notes: &mut Notes) {
    let keys: Vec<&Node> = kept
        .document
        .stack()
        .filter(|resource| resource.kind == "AWS::IAM::AccessKey")
        .filter_map(|key| key.body.get("UserName"))
        .collect();
    if keys.is_empty() {
        return;
    }
    for user in kept.document.stack().filter(|resource| resource.kind == "AWS::IAM::User") {
        let has_key = keys.iter().any(|name| {
            name.any_text(&mut |text| mentions(text, user.name))
                || name.literal().is_some_and(|name| user.body.literal_at("UserName") == Some(name))
        });
        let managed = user.body.get("ManagedPolicyArns").filter(|arns| arns.any_text(&mut |arn| is_everything(arn)));
        let mut inline = user.body.all("Policies").filter_map(|policy| policy.get("PolicyDocument"));
        let inline = inline.find(|document| allows_all(document, ["Statement", "Action", "Resource", "Effect"]));
        if let Some(node) = managed.or(inline).filter(|_| has_key) {
            let subject = format!("AWS::IAM::User {}", user.name);
            let message = format!("{} has an access key and may do everything", user.name);
            notes.add_at("scope/wildcard-iam-on-key-user", &kept.document.path, node.span.clone(), subject, message);
        }
    }
}
