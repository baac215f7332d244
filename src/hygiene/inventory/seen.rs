//! What the repository itself shows: keys in clear, variables, secrets of pipelines, credentials in infrastructure code.

use super::super::class::{self, Class};
use super::super::document::{Document, Kind as Format, Node, Place as PairPlace};
use super::super::families::{is_now, tail};
use super::super::project::{Kept, Project};
use super::super::{moment, words};
use super::{Item, Kind, State, is_inventory};
use crate::finding::{Confidence, Environment, Finding, Location, Place};
use crate::rule::RuleSet;
use data_encoding::BASE64URL_NOPAD;
use std::collections::{BTreeMap, BTreeSet};

/// Names that a platform fills with a token of its own for every job: nobody rotates them.
const AUTOMATIC: [&str; 6] = [
    "GITHUB_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "CI_JOB_TOKEN",
    "CI_REGISTRY_PASSWORD",
    "SYSTEM_ACCESSTOKEN",
];

/// Kinds of resources that are credentials of their own.
const CREDENTIALS: [&str; 21] = [
    "aws_secretsmanager_secret",
    "aws_iam_access_key",
    "aws_appsync_api_key",
    "aws_api_gateway_api_key",
    "AWS::SecretsManager::Secret",
    "AWS::IAM::AccessKey",
    "AWS::AppSync::ApiKey",
    "AWS::ApiGateway::ApiKey",
    "google_secret_manager_secret",
    "google_service_account_key",
    "google_apikeys_key",
    "azurerm_key_vault_secret",
    "azuread_application_password",
    "azuread_service_principal_password",
    "gitlab_project_access_token",
    "gitlab_group_access_token",
    "gitlab_personal_access_token",
    "gitlab_deploy_token",
    "cloudflare_api_token",
    "grafana_service_account_token",
    "grafana_service_account_rotating_token",
];

/// Everything, each name once for its kind.
pub fn items(project: &Project<'_>) -> Vec<Item> {
    let mut items = literals(project);
    let mut held: BTreeMap<String, BTreeSet<(String, u64)>> = BTreeMap::new();
    for item in &items {
        held.entry(item.name.clone()).or_default().extend(item.places.iter().cloned());
    }
    for ((kind, name), mut places) in names(project) {
        // Where the key itself stands, its name is no reference.
        if let Some(held) = held.get(&name) {
            places.retain(|place| !held.contains(place));
        }
        if places.is_empty() {
            continue;
        }
        let mut item = Item::named(kind, &name);
        item.provider = provider_of(project.rules, &name);
        item.places = places.into_iter().collect();
        item.environment = environment(project, &name, &item.places);
        items.push(item);
    }
    for kept in project.files {
        resources(project, kept, &mut items);
    }
    items
}

/// Keys in clear.
fn literals(project: &Project<'_>) -> Vec<Item> {
    let is_key = |finding: &&Finding| finding.subject.is_none() && finding.confidence >= Confidence::Medium;
    project.findings.iter().filter(is_key).map(|finding| literal(project, finding)).collect()
}

fn literal(project: &Project<'_>, finding: &Finding) -> Item {
    let rule = project.rules.get(finding.rule);
    let has_files = finding.locations.iter().any(|at| at.place == Place::File);
    let places = |now: bool| -> Vec<(String, u64)> {
        // The history names the same file from the repository's root.
        let counts = |at: &&Location| at.path.is_some() && is_now(at) == now && (!has_files || at.place == Place::File);
        let wanted = finding.locations.iter().filter(counts);
        let files = wanted.map(|at| (super::super::families::path(at), at.position.line));
        let all: BTreeSet<_> = files.collect();
        all.into_iter().collect()
    };
    let present = places(true);
    let name = present.iter().find_map(|(path, _)| {
        let kept = project.files.iter().find(|kept| kept.document.path == *path)?;
        let pair = kept.document.pairs.iter().find(|pair| pair.value.as_bytes() == finding.secret.expose())?;
        Some(pair.name.clone()).filter(|name| !name.is_empty())
    });
    let mut item = Item::named(Kind::Literal, name.unwrap_or_else(|| rule.spec.id.to_owned()));
    item.shown = Some(finding.secret.redacted());
    item.fingerprint = Some(finding.fingerprint);
    item.known_as = (project.known_as)(finding);
    item.provider = (!rule.provider.is_generic()).then(|| rule.provider.id.to_owned());
    item.created = finding.locations.iter().filter_map(Location::commit).map(|commit| commit.committed).min();
    item.rotated = item.created.filter(|created| replaced(project, finding, *created));
    item.expires = expiry(finding);
    (item.places, item.state) =
        if present.is_empty() { (places(false), State::Past) } else { (present, State::Unknown) };
    item.environment = match finding.environment {
        Environment::Unknown => environment(project, &item.name, &item.places),
        known => Some(known.word().to_owned()),
    };
    item
}

/// Whether another key of its kind stood in one of its files before it and is gone.
fn replaced(project: &Project<'_>, finding: &Finding, created: i64) -> bool {
    let here: BTreeSet<String> = finding
        .locations
        .iter()
        .filter(|at| is_now(at))
        .map(|at| tail(&super::super::families::path(at)).to_owned())
        .collect();
    let others =
        project.findings.iter().filter(|other| other.rule == finding.rule && other.fingerprint != finding.fingerprint);
    others.flat_map(|other| &other.locations).any(|at| {
        !is_now(at)
            && at.removed().is_some_and(|removal| removal.committed >= created)
            && at.commit().is_some_and(|commit| commit.committed < created)
            && here.contains(tail(&super::super::families::path(at)))
    })
}

/// When a key ends, where it says so itself or its provider did.
fn expiry(finding: &Finding) -> Option<i64> {
    let asked = finding.asked.as_ref().and_then(|asked| asked.expires.as_deref()).and_then(moment::parse);
    asked.or_else(|| {
        let text = str::from_utf8(finding.secret.expose()).ok().filter(|text| text.starts_with("eyJ"))?;
        let claims = BASE64URL_NOPAD.decode(text.split('.').nth(1)?.as_bytes()).ok()?;
        let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
        claims.get("exp")?.as_f64().map(|seconds| seconds as i64)
    })
}

type Names = BTreeMap<(Kind, String), BTreeSet<(String, u64)>>;

/// Every name of a variable or secret with where it stands.
fn names(project: &Project<'_>) -> Names {
    let mut names = Names::new();
    for (name, places) in project.reads.iter().filter(|(name, _)| is_wanted(project.rules, name)) {
        let places = places.iter().map(|(path, line)| (path.clone(), *line));
        names.entry((Kind::Variable, name.clone())).or_default().extend(places);
    }
    for kept in project.files.iter().filter(|kept| !is_inventory(&kept.document.path)) {
        let lines = Lines::of(&kept.text);
        let mut add = |kind: Kind, name: &str, at: usize| {
            names.entry((kind, name.to_owned())).or_default().insert((kept.document.path.clone(), lines.line(at)));
        };
        for pair in &kept.document.pairs {
            // `TOKEN: ${{ secrets.X }}` is another name of X.
            let is_alias = pair.value.contains("secrets.") && pair.value.contains("${{");
            let is_variable = !matches!(pair.place, PairPlace::Config | PairPlace::Source) && !is_alias;
            if is_variable && is_shouted(&pair.name) && is_wanted(project.rules, &pair.name) {
                add(Kind::Variable, &pair.name, pair.span.start);
            }
        }
        for word in kept.document.commands.iter().flat_map(|command| &command.words) {
            for name in variables(&word.text).filter(|name| is_shouted(name) && is_wanted(project.rules, name)) {
                add(Kind::Variable, name, word.span.start);
            }
        }
        if kept.document.kind == Format::Yaml {
            for (at, name) in pipeline_secrets(&kept.text) {
                if !AUTOMATIC.contains(&name) && !words::names_no_secret(name) {
                    add(Kind::CiSecret, name, at);
                }
            }
        }
        from_elsewhere(&kept.document, &mut |name, at| {
            if is_wanted(project.rules, name) {
                add(Kind::Variable, name, at);
            }
        });
    }
    names
}

/// Variables of containers that a Secret fills, and input variables of Terraform.
fn from_elsewhere(document: &Document, add: &mut dyn FnMut(&str, usize)) {
    for root in &document.roots {
        root.walk(&mut |_, node| {
            let filled = node.get("valueFrom.secretKeyRef").or_else(|| node.get("valueSource.secretKeyRef"));
            if let (Some(_), Some(name)) = (filled, node.get("name")) {
                add(name.literal().unwrap_or_default(), name.span.start);
            }
        });
        if matches!(document.kind, Format::Hcl | Format::HclJson) {
            let inputs = root.entries().iter().filter(|entry| entry.key == "variable");
            inputs.for_each(|entry| entry.labels.iter().take(1).for_each(|name| add(name, entry.key_span.start)));
        }
    }
}

/// Credentials of infrastructure code.
fn resources(project: &Project<'_>, kept: &Kept, items: &mut Vec<Item>) {
    let lines = Lines::of(&kept.text);
    let document = &kept.document;
    let own =
        document.resources().map(|resource| (resource, '.')).chain(document.stack().map(|resource| (resource, ' ')));
    for (resource, joint) in own.filter(|(resource, _)| CREDENTIALS.contains(&resource.kind)) {
        let name = match joint {
            '.' => format!("{}.{}", resource.kind, resource.name),
            _ => format!("{} {}", resource.kind, resource.name),
        };
        let mut item = Item::named(Kind::Resource, name);
        item.provider = resource.kind.split(['_', ':']).next().map(str::to_lowercase);
        item.places = vec![(document.path.clone(), lines.line(resource.span.start))];
        item.environment = environment(project, resource.name, &item.places);
        let end = super::super::families::ENDS.iter().find_map(|key| resource.body.get(key));
        item.expires = end.and_then(Node::literal).and_then(moment::parse);
        item.owner = owner(resource.body);
        items.push(item);
    }
}

/// `tags = { owner = "payments" }`, `labels`, and CloudFormation's list of keys and values.
fn owner(body: &Node) -> Option<String> {
    let is_owner = |key: &str| matches!(key.to_ascii_lowercase().as_str(), "owner" | "team");
    let tags = ["tags", "labels", "Tags"].iter().find_map(|key| body.get(key))?;
    let mapped = tags.entries().iter().find(|entry| is_owner(&entry.key)).and_then(|entry| entry.value.literal());
    let listed = || {
        let tag = tags.items().iter().find(|tag| tag.literal_at("Key").is_some_and(is_owner))?;
        tag.literal_at("Value")
    };
    mapped.or_else(listed).map(str::to_owned)
}

/// Whether a name is that of a key.
fn is_wanted(rules: &RuleSet, name: &str) -> bool {
    !AUTOMATIC.contains(&name)
        && (rules.provider_of_variable(name).is_some() || words::is_secret_name(name) && !words::names_no_secret(name))
}

/// `AIRCLOU_API_KEY` and not `token`: how variables of the environment are written.
fn is_shouted(name: &str) -> bool {
    name.len() > 2 && !name.contains(|c: char| c.is_ascii_lowercase())
}

/// The provider whose variable it is, or whose name it begins with.
fn provider_of(rules: &RuleSet, name: &str) -> Option<String> {
    let parts = words::parts(name);
    let begins = || {
        // The longest: a key of Google Maps is not one of Google.
        let starts = (1..parts.len()).rev().map(|len| parts[..len].join("-")).filter(|id| id.len() >= 4);
        starts.filter_map(|id| rules.provider(&id)).find(|provider| !provider.is_generic())
    };
    rules.provider_of_variable(name).or_else(begins).map(|provider| provider.id.to_owned())
}

/// The environment that a name says, or else all of its places.
fn environment(project: &Project<'_>, name: &str, places: &[(String, u64)]) -> Option<String> {
    let said = words::parts(name).iter().find_map(|part| class::class_of_word(part));
    let of_place = |(path, _): &(String, u64)| project.settings.class(path).filter(|class| *class != Class::Example);
    let classes: BTreeSet<_> = places.iter().map(of_place).collect();
    let common = || classes.first().copied().flatten().filter(|_| classes.len() == 1);
    said.or_else(common).map(|class| class.word().to_owned())
}

/// `$NAME` and `${NAME}` in a word of shell.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('$').map(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('{');
        &rest[..rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())]
    })
}

/// `${{ secrets.NAME }}` of GitHub Actions, wherever it stands.
fn pipeline_secrets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let starts = if text.contains("${{") || text.contains("if:") { "secrets." } else { "\u{0}" };
    text.match_indices(starts).filter_map(move |(at, lead)| {
        let joined =
            text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.' || c == '-');
        let rest = &text[at + lead.len()..];
        let name = &rest[..rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())];
        // Only within an expression: a file may be called secrets.yaml.
        let line = text[..at].rfind('\n').map_or(0, |n| n + 1);
        let within = text[line..at].rfind("${{").is_some_and(|open| !text[line + open..at].contains("}}"));
        let is_condition = text[line..at].trim_start().trim_start_matches("- ").starts_with("if:");
        (!joined && !name.is_empty() && (within || is_condition)).then_some((at, name))
    })
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn line(&self, at: usize) -> u64 {
        self.0.partition_point(|end| *end < at) as u64 + 1
    }
}
