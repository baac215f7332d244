//! Keys on their way to an audience: in the outputs of notebooks, in what a bundler writes into the client, in reports to
//! error trackers, in the description of an API, in what a browser may send, in documentation.

use super::super::check::{Family, File, Notes, Run};
use super::super::document::lex::Kind as Lexed;
use super::super::document::request::{host, is_local};
use super::super::document::{Kind, Node, Source};
use super::super::project::Project;
use super::super::words;
use super::exposure::is_for_servers;
use super::lifecycle::{is_now, path};
use super::{audit, certain};
use crate::finding::Environment;
use crate::finding::Severity::{High, Medium};
use std::ops::Range;

/// Checks of one file.
pub const FAMILY: Family = Family {
    checks: &[
        certain(
            "exposure/notebook-output",
            High,
            "the output of a notebook holds a key",
            "Outputs are saved with the notebook and shown wherever it is rendered, though no cell has the key in its code.",
            "clear the outputs before a commit, and revoke the key",
        ),
        certain(
            "exposure/bundler-define",
            High,
            "a bundler writes a secret into the client",
            "What define, DefinePlugin or env of a bundler names is put as text into files that every visitor loads.",
            "take it out, and call the API from a server",
        ),
    ],
    run: Run::File(run),
};

/// Checks of one file that a scan does not make.
pub const AUDITED: Family = Family {
    checks: &[
        audit(
            "exposure/error-tracking",
            Medium,
            "a secret is sent to an error tracker",
            "Reports are kept for long, by another company, and read by many.",
            "leave it out, or send whether it is set",
        ),
        audit(
            "transport/openapi-key-in-query",
            Medium,
            "an API description asks for its key in the URL, or over plain HTTP",
            "URLs are kept in logs, histories and referrers, and plain HTTP is read by everyone on the way.",
            "describe the key as a header, and servers with https",
        ),
        audit(
            "header/custom-header-cors-exposed",
            Medium,
            "browsers are allowed to send the header that carries a provider's key",
            "A page that sends it has the key, and so has every visitor.",
            "call the provider from a server, and take the header out of the list",
        ),
    ],
    run: Run::File(audited),
};

/// Checks of all keys.
pub const PUBLISHED: Family = Family {
    checks: &[audit(
        "exposure/docs-sample-live",
        High,
        "a key that is for no test stands in documentation or a recording",
        "Documentation is copied and published, and so are recorded requests; nobody looks for keys there.",
        "put a placeholder there, and revoke the key",
    )],
    run: Run::Project(published),
};

fn run(file: &File<'_>, notes: &mut Notes) {
    match file.document.kind {
        Kind::Json | Kind::Yaml if file.path().ends_with(".ipynb") => notebook(file, notes),
        Kind::Source(_) => bundler(file, notes),
        _ => {}
    }
}

fn audited(file: &File<'_>, notes: &mut Notes) {
    match file.document.kind {
        Kind::Json | Kind::Yaml => file.document.roots.iter().for_each(|root| description(root, notes)),
        Kind::Source(_) => trackers(file, notes),
        _ => {}
    }
    browsers(file, notes);
}

fn notebook(file: &File<'_>, notes: &mut Notes) {
    let outputs = file.document.roots.iter().flat_map(|root| root.all("cells")).filter_map(|cell| cell.get("outputs"));
    for output in outputs {
        if let Some((key, rule)) = file.key_in(&output.span) {
            let message = format!("an output holds a key of {}", rule.provider.name);
            notes.add("exposure/notebook-output", key.span.clone(), rule.spec.id, message);
            continue;
        }
        let mut shown = String::new();
        output.walk(&mut |_, node| shown.extend(node.text().into_iter().flat_map(|text| [text, "\n"])));
        // All of an environment, as `env` and `os.environ` print it.
        let is_environment = shown.contains("PATH") && shown.contains("HOME");
        let secret = shown.split(['\n', ',', '{']).filter(|_| is_environment).find_map(|part| {
            let (name, value) = part.split_once(['=', ':'])?;
            let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
            let (name, value) = (bare(name), bare(value));
            let is_variable = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            let holds = value.len() >= 8 && !words::is_placeholder(&value);
            (is_variable && holds && words::is_secret_name(&name)).then_some(name)
        });
        if let Some(name) = secret {
            let message = format!("an output shows the environment, {name} among it");
            notes.add("exposure/notebook-output", output.span.clone(), name, message);
        }
    }
}

/// `define: {…}`, `new DefinePlugin({…})`, `new EnvironmentPlugin([…])`, `env: {…}` of Next.
fn bundler(file: &File<'_>, notes: &mut Notes) {
    let base = file.path().rsplit('/').next().unwrap_or_default();
    const CONFIGURATIONS: [&str; 11] = [
        "vite.config",
        "webpack",
        "next.config",
        "rollup.config",
        "rspack",
        "rsbuild",
        "esbuild",
        "vue.config",
        "craco.config",
        "config-overrides",
        "tsup.config",
    ];
    let Some(source) = &file.document.source else { return };
    if !CONFIGURATIONS.iter().any(|name| base.starts_with(name)) {
        return;
    }
    for (at, token) in source.tokens.iter().enumerate() {
        let is_env = token.text == "env" && base.starts_with("next.config");
        let opens = match token.text.as_str() {
            "define" | "env" if token.text == "define" || is_env => {
                source.tokens.get(at + 1).filter(|next| next.is(":")).and_then(|_| source.tokens.get(at + 2))
            }
            "DefinePlugin" | "EnvironmentPlugin" => source.tokens.get(at + 1),
            _ => None,
        };
        let Some(close) = opens.filter(|open| token.kind != Lexed::Mark && (open.is("{") || open.is("("))) else {
            continue;
        };
        let Some(close) = close.pair.and_then(|pair| source.tokens.get(pair)) else { continue };
        written(file, source, token.span.end..close.span.start, &token.text, notes);
    }
}

/// What a bundler writes, in a part of its configuration.
fn written(file: &File<'_>, source: &Source, within: Range<usize>, by: &str, notes: &mut Notes) {
    let inside = |span: &Range<usize>| within.start <= span.start && span.end <= within.end;
    let named = source.tokens.iter().filter(|token| token.kind == Lexed::Text && by == "EnvironmentPlugin");
    let reads = source.reads.iter().map(|read| (read.name.as_str(), &read.span));
    for (name, span) in
        reads.chain(named.map(|token| (token.text.as_str(), &token.span))).filter(|(_, span)| inside(span))
    {
        if is_for_servers(file, name) {
            let message = format!("{by} writes {name} into the client");
            notes.add("exposure/bundler-define", span.clone(), name, message);
        }
    }
    let text = &file.text[within.clone()];
    for (at, whole) in text.match_indices("process.env") {
        let rest = text[at + whole.len()..].trim_start();
        let is_key = text[..at].ends_with(['"', '\'']) && rest.starts_with(['"', '\'']);
        if !is_key && rest.starts_with([',', ')', '}']) {
            let span = within.start + at..within.start + at + whole.len();
            notes.add("exposure/bundler-define", span, "process.env", format!("{by} writes the whole environment"));
        }
    }
}

/// Calls that add something to a report of an error.
fn trackers(file: &File<'_>, notes: &mut Notes) {
    const CALLS: [&str; 27] = [
        "setContext",
        "setExtra",
        "setExtras",
        "setTag",
        "setTags",
        "setUser",
        "addBreadcrumb",
        "captureException",
        "captureMessage",
        "addMetadata",
        "addError",
        "addAction",
        "setGlobalContext",
        "setGlobalContextProperty",
        "addCustomAttribute",
        "addCustomAttributes",
        "recordCustomEvent",
        "noticeError",
        "set_context",
        "set_extra",
        "set_tag",
        "set_user",
        "add_breadcrumb",
        "capture_exception",
        "add_custom_attribute",
        "add_custom_attributes",
        "notice_error",
    ];
    const TRACKERS: [&str; 9] =
        ["sentry", "bugsnag", "rollbar", "datadog", "newrelic", "new_relic", "honeybadger", "airbrake", "appsignal"];
    let Some(source) = &file.document.source else { return };
    let called = |name: &str| CALLS.contains(&name.rsplit('.').next().unwrap_or(name));
    if !source.calls.iter().any(|call| called(&call.name)) {
        return;
    }
    let lower = file.text.to_ascii_lowercase();
    if !TRACKERS.iter().any(|tracker| lower.contains(tracker)) {
        return;
    }
    for call in source.calls.iter().filter(|call| called(&call.name)) {
        if let Some(name) = given(source, call.arguments.clone()) {
            let message = format!("{} sends {name}", call.name);
            notes.add("exposure/error-tracking", call.span.clone(), name, message);
        }
    }
}

/// The secret variable that is among arguments as it is, and not as what a function makes of it.
fn given(source: &Source, arguments: Range<usize>) -> Option<String> {
    let tokens = &source.tokens;
    let mut at = arguments.start;
    while at < arguments.end {
        let token = &tokens[at];
        if let Some(pair) = token.pair.filter(|pair| token.is("(") && *pair > at && *pair < arguments.end) {
            at = pair + 1;
            continue;
        }
        let next = tokens.get(at + 1).filter(|_| at + 1 < arguments.end);
        let ends = next.is_none_or(|next| [",", "}", ")", "]"].iter().any(|mark| next.is(mark)));
        let follows = at == arguments.start
            || [":", ",", "(", "{", "[", ".", "=", "=>"].iter().any(|mark| tokens[at - 1].is(mark));
        let name = token.text.trim_start_matches('$');
        if token.kind == Lexed::Name && ends && follows && name != "token" && words::is_secret_name(name) {
            return Some(name.to_owned());
        }
        if let Some(read) = source.read_at(token.span.start).filter(|read| words::is_secret_name(&read.name)) {
            return Some(read.name.clone());
        }
        at += 1;
    }
    None
}

/// An OpenAPI description.
fn description(root: &Node, notes: &mut Notes) {
    if root.entry("openapi").or_else(|| root.entry("swagger")).is_none() {
        return;
    }
    let schemes = root.get("components.securitySchemes").or_else(|| root.get("securityDefinitions"));
    let schemes = schemes.map(Node::entries).unwrap_or_default();
    for scheme in schemes.iter().filter(|scheme| scheme.value.literal_at("type") == Some("apiKey")) {
        if let Some(place) = scheme.value.get("in").filter(|place| place.literal() == Some("query")) {
            let name = scheme.value.literal_at("name").unwrap_or("a parameter");
            let message = format!("the key is the parameter {name} of the URL");
            notes.add("transport/openapi-key-in-query", place.span.clone(), scheme.key.clone(), message);
        }
    }
    if schemes.is_empty() {
        return;
    }
    for url in root.all("servers").filter_map(|server| server.get("url")) {
        let plain = url.literal().filter(|text| text.starts_with("http://")).and_then(host);
        if let Some(host) = plain.filter(|host| !is_local(host)) {
            let message = format!("the server {host} is called without TLS");
            notes.add("transport/openapi-key-in-query", url.span.clone(), host, message);
        }
    }
    let only_plain = root.get("schemes").filter(|all| !all.items().is_empty());
    let only_plain = only_plain.filter(|all| all.items().iter().all(|one| one.literal() == Some("http")));
    if let (Some(schemes), Some(host)) = (only_plain, root.literal_at("host"))
        && !is_local(host.split(':').next().unwrap_or(host))
    {
        let message = format!("{host} is called without TLS");
        notes.add("transport/openapi-key-in-query", schemes.span.clone(), host, message);
    }
}

/// Lists of headers that browsers may send.
fn browsers(file: &File<'_>, notes: &mut Notes) {
    const LISTS: [&str; 5] = ["allow-headers", "allowedheaders", "allow_headers", "allowed_headers", "allowheaders"];
    const LONGEST: usize = 600;
    let lower = file.text.to_ascii_lowercase();
    let places: Vec<usize> =
        LISTS.iter().flat_map(|list| lower.match_indices(list)).map(|(at, list)| at + list.len()).collect();
    if places.is_empty() {
        return;
    }
    let mut headers: Vec<(String, &str)> = file
        .rules
        .iter()
        .filter_map(|(_, rule)| Some((rule.provider.auth?.header.to_ascii_lowercase(), rule.provider.name)))
        // A name of its own, and none that many APIs use.
        .filter(|(header, _)| header.starts_with("x-") && header.matches('-').count() >= 3)
        .collect();
    headers.sort();
    headers.dedup();
    for at in places {
        let rest = &lower[at..lower.floor_char_boundary((at + LONGEST).min(lower.len()))];
        let end = rest.find([']', ')', '}']).or_else(|| rest.find("\n\n")).unwrap_or(rest.len());
        let list = &rest[..if rest[..end].contains('[') || !rest[..end].contains('\n') {
            end
        } else {
            rest.find('\n').unwrap_or(end)
        }];
        for (header, provider) in &headers {
            if let Some(found) = list.find(header.as_str()) {
                let span = at + found..at + found + header.len();
                let message = format!("browsers may send {header}, which carries a key of {provider}");
                notes.add("header/custom-header-cors-exposed", span, header.clone(), message);
            }
        }
    }
}

fn published(project: &Project<'_>, notes: &mut Notes) {
    for finding in project.findings.iter().filter(|finding| finding.subject.is_none()) {
        let rule = project.rules.get(finding.rule);
        let live = finding.environment != Environment::Test && finding.confidence >= crate::finding::Confidence::Medium;
        // The id of a key opens nothing.
        let is_id = rule.spec.id.ends_with("-access-key-id");
        if !live || is_id || rule.provider.hosts.is_empty() || rule.provider.publishable {
            continue;
        }
        let places = finding.locations.iter().filter(|place| is_now(place));
        if let Some((place, at)) = places.map(|place| (place, path(place))).find(|(_, at)| is_published(at)) {
            let start = place.position.offset as usize;
            let message = format!("a key of {} stands in {at}, line {}", rule.provider.name, place.position.line);
            let span = start..start + place.position.length as usize;
            notes.add_at("exposure/docs-sample-live", &at, span, finding.fingerprint.to_string(), message);
        }
    }
}

/// Whether a path is that of documentation, of an API's description or of recorded requests.
fn is_published(path: &str) -> bool {
    let base = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let (stem, extension) = base.rsplit_once('.').unwrap_or((&base, ""));
    let of_docs = path.split('/').rev().skip(1).any(|folder| matches!(folder, "docs" | "doc" | "documentation"));
    match extension {
        "md" | "mdx" | "rst" | "adoc" | "har" | "http" | "rest" => true,
        "html" | "htm" | "txt" => of_docs,
        "yaml" | "yml" | "json" => {
            stem.starts_with("openapi")
                || stem.starts_with("swagger")
                || stem.ends_with("postman_collection")
                || path.split('/').any(|folder| matches!(folder, "cassettes" | "__snapshots__"))
        }
        _ => false,
    }
}
