//! Requests: which header carries the key, in which form, over which transport, to whom.

use super::super::check::{Family, File, Notes, Run};
use super::super::class;
use super::super::document::Request;
use super::super::document::request::{Header, host, is_auth_header, is_local, scheme};
use super::super::words;
use super::{audit, certain};
use crate::finding::Severity::{Critical, High, Low, Medium};
use crate::rule::Provider;

/// Checks of requests in one file.
pub const FAMILY: Family = Family {
    checks: &[
        certain(
            "header/wrong-header-for-provider",
            High,
            "a key is sent in a header that its provider does not read",
            "The request fails, and the key lands in logs that know the usual headers and mask them, but not this one, or the other way round.",
            "send it in the header that the provider documents",
        ),
        certain(
            "header/malformed-authorization",
            Medium,
            "an Authorization header does not have the form that the provider asks for",
            "The request is refused. While people look for the reason, keys get printed and pasted.",
            "write it as Authorization: Bearer <key>",
        ),
        certain(
            "header/both-headers",
            Medium,
            "a key is sent in the documented header and in another one too",
            "Every header is one more place where proxies and logs can keep the key.",
            "send only the documented header",
        ),
        certain(
            "header/key-for-other-provider",
            High,
            "a key of one provider is sent to another",
            "Whoever runs the other host now has the key.",
            "use the key of the host that is called, and revoke this one",
        ),
        certain(
            "header/basic-auth-with-key",
            Medium,
            "a key is sent as the user of basic authentication, which its provider does not read",
            "The request fails, and user names are written to logs.",
            "send it in the documented header",
        ),
        certain(
            "header/session-endpoint-with-api-key",
            Low,
            "a call that needs a dashboard session is made with an API key",
            "The call is refused, and a key is in a place that does not need one.",
            "make this call with a session of the dashboard",
        ),
        certain(
            "transport/plain-http-api-call",
            High,
            "a key is sent over plain HTTP",
            "Everyone on the way can read the key. A redirect to HTTPS comes too late: the key has been sent.",
            "use https://",
        ),
        certain(
            "transport/plain-http-base-url",
            High,
            "the base address of a provider's API is plain HTTP",
            "Every request that is built on it sends its key in clear.",
            "use https://",
        ),
        certain(
            "transport/key-in-url",
            High,
            "a key is part of a URL",
            "URLs are kept in logs, histories, proxies and referrers.",
            "send the key in a header",
        ),
        certain(
            "transport/userinfo-in-url",
            High,
            "a password or token stands in a URL before the host",
            "URLs are kept in logs, histories and process lists, and this one is in a file.",
            "take it out of the URL and give it through a credential helper or a variable",
        ),
        certain(
            "transport/tls-verify-disabled-with-key",
            High,
            "a key is sent while certificates are not checked",
            "Whoever stands in the way can read the key by presenting any certificate.",
            "leave verification on, and add the certificate authority that is missing",
        ),
        certain(
            "transport/redirect-leak",
            Medium,
            "a key follows redirects to other hosts",
            "With --location-trusted curl sends credentials to whatever host a redirect names.",
            "use -L without --location-trusted",
        ),
        audit(
            "transport/secret-to-third-party",
            Critical,
            "a key is sent to a service that shows requests to others",
            "Request bins and tunnels keep what they get, often in public.",
            "take the call out and revoke the key",
        ),
        certain(
            "scope/token-request-without-scopes",
            Medium,
            "a token is made without scopes, or with all of them",
            "A token without scopes can do everything that its maker can.",
            "ask for the scopes that the user of the token needs",
        ),
        audit(
            "exposure/session-token-in-automation",
            High,
            "automation uses a person's dashboard session",
            "A session has all rights of the person, and its use cannot be told from theirs.",
            "give the automation a token of its own",
        ),
    ],
    run: Run::File(run),
};

/// Providers whose documents name one header and no other.
pub const ONE_HEADER: [&str; 8] =
    ["airclou", "cloudaipilot", "cloudapi", "cloudgeni", "openai", "piora", "sendgrid", "xai"];

/// Hosts that show what they are sent.
const SHOWN: [&str; 9] = [
    "webhook.site",
    "requestbin.com",
    "pipedream.net",
    "ngrok.io",
    "ngrok-free.app",
    "requestcatcher.com",
    "beeceptor.com",
    "pastebin.com",
    "hookbin.com",
];

/// Parameters of URLs that carry keys.
pub const KEY_PARAMETERS: [&str; 12] = [
    "api_key",
    "apikey",
    "api-key",
    "key",
    "access_token",
    "token",
    "auth_token",
    "auth",
    "secret",
    "client_secret",
    "private_token",
    "password",
];

fn run(file: &File<'_>, notes: &mut Notes) {
    for request in &file.document.requests {
        headers(file, request, notes);
        transport(file, request, notes);
        tokens(file, request, notes);
    }
    base_urls(file, notes);
}

/// Whether the value of a header is a key: a literal that was found as one, or a variable with the name of a secret.
fn carries_key(file: &File<'_>, header: &Header) -> bool {
    file.key_in(&header.value.span).is_some() || names_secret(&header.value.text)
}

/// Whether a text holds a variable with the name of a secret.
fn names_secret(text: &str) -> bool {
    variables(text).any(|name| words::is_secret_name(&name) || name.to_ascii_lowercase().ends_with("key"))
}

/// Names of variables in a text: `$X`, `${a.b}`, `${{ secrets.X }}`.
fn variables(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices('$').flat_map(|(at, _)| {
        let rest = &text[at + 1..];
        let inner = match rest.strip_prefix('{') {
            Some(rest) => rest.split('}').next().unwrap_or_default(),
            None => rest,
        };
        let ends = !rest.starts_with('{');
        let names = inner.split(move |c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let take = if ends { 1 } else { usize::MAX };
        names.filter(|name| !name.is_empty()).take(take).map(str::to_owned).collect::<Vec<_>>()
    })
}

fn headers(file: &File<'_>, request: &Request, notes: &mut Notes) {
    let hosts: Vec<String> = request.urls.iter().filter_map(|url| host(&url.text)).collect();
    let by_host = hosts.iter().find_map(|host| file.provider_of_host(host));
    let auth: Vec<&Header> = request.headers.iter().filter(|header| is_auth_header(&header.name)).collect();
    for header in &auth {
        let by_value = file.provider_of_value(&header.value);
        if let (Some(value), Some(of_host)) = (by_value, by_host)
            && value.id != of_host.id
            && file.key_in(&header.value.span).is_some()
            && !shares_key(value, of_host)
        {
            let message = format!("a key of {} goes to {}", value.name, hosts.join(", "));
            notes.add(
                "header/key-for-other-provider",
                header.span.clone(),
                format!("{} {}", value.id, of_host.id),
                message,
            );
            continue;
        }
        let Some(provider) = by_host.or(by_value).filter(|provider| ONE_HEADER.contains(&provider.id)) else {
            doubled(header, notes);
            continue;
        };
        let Some(wanted) = provider.auth else { continue };
        let right = header.name.replace('_', "-").eq_ignore_ascii_case(wanted.header);
        let has_right = auth.iter().any(|other| other.name.replace('_', "-").eq_ignore_ascii_case(wanted.header));
        let subject = format!("{} {}", provider.id, header.name.to_ascii_lowercase());
        if !right && has_right {
            let message = format!("{} reads {}, and {} carries the key too", provider.name, wanted.header, header.name);
            notes.add("header/both-headers", header.span.clone(), subject, message);
        } else if !right && (by_value.is_some() || carries_key(file, header) || by_host.is_some()) {
            let message = format!("{} reads {}, not {}", provider.name, wanted.header, header.name);
            notes.add("header/wrong-header-for-provider", header.span.clone(), subject, message);
        } else if right && let Some(scheme) = wanted.scheme {
            form(file, header, scheme, provider, notes);
        }
    }
    let provider = by_host.filter(|provider| ONE_HEADER.contains(&provider.id));
    if let (Some(basic), Some(provider)) = (&request.basic, provider)
        && auth.is_empty()
        && let Some(wanted) = provider.auth.filter(|auth| auth.scheme != Some("Basic"))
    {
        let message = format!("{} reads {}", provider.name, wanted.header);
        notes.add("header/basic-auth-with-key", basic.span.clone(), provider.id, message);
    }
}

/// Providers of which one takes the other's keys, or that share a key's form.
fn shares_key(one: &Provider, other: &Provider) -> bool {
    let family = |id: &str| id.split('-').next().unwrap_or(id).to_owned();
    family(one.id) == family(other.id)
        || one.hosts.iter().any(|host| other.hosts.contains(host))
        || [one.id, other.id].contains(&"stripe") && [one.id, other.id].contains(&"cloudapi")
}

/// `Bearer Bearer …` is wrong for everyone.
fn doubled(header: &Header, notes: &mut Notes) {
    let value = header.value.text.to_ascii_lowercase();
    if value.starts_with("bearer bearer ") {
        notes.add(
            "header/malformed-authorization",
            header.span.clone(),
            "bearer bearer",
            "the scheme stands there twice",
        );
    }
}

fn form(file: &File<'_>, header: &Header, scheme: &str, provider: &Provider, notes: &mut Notes) {
    let value = header.value.text.trim();
    let (first, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    let known_start = !first.starts_with('$');
    let wrong = if first.eq_ignore_ascii_case(scheme) {
        rest.trim_start().to_ascii_lowercase().starts_with("bearer ").then_some("the scheme stands there twice")
    } else if !known_start {
        // A variable alone: its value may begin with the scheme, unless its name says that it is the key itself.
        let is_key = rest.is_empty() && file.provider_of_value(&header.value).is_some();
        is_key.then_some("the scheme is missing")
    } else if rest.is_empty() {
        Some("the scheme is missing")
    } else {
        Some("the scheme is another one")
    };
    if let Some(wrong) = wrong {
        let message = format!("{} asks for \"{}: {scheme} …\", and {wrong}", provider.name, header.name);
        notes.add("header/malformed-authorization", header.span.clone(), provider.id, message);
    }
}

fn transport(file: &File<'_>, request: &Request, notes: &mut Notes) {
    let key =
        request.headers.iter().any(|header| {
            is_auth_header(&header.name) && (carries_key(file, header) || header.value.text.contains('$'))
        }) || request.basic.is_some();
    for url in &request.urls {
        let Some(host) = host(&url.text) else { continue };
        let provider = file.provider_of_host(&host);
        // A test asks its own servers, under any name.
        let unknown_to_test = provider.is_none() && class::is_aside(file.settings.inner(file.path()));
        let meant = key && !unknown_to_test || provider.is_some() && is_api(&url.text, &host);
        if scheme(&url.text).as_deref() == Some("http") && !is_local(&host) && meant {
            let message = match provider {
                Some(provider) if provider.https_only => {
                    format!("{host} is {}'s, which refuses plain HTTP", provider.name)
                }
                Some(provider) => format!("{host} is {}'s", provider.name),
                None => format!("the request to {host} carries a key"),
            };
            notes.add("transport/plain-http-api-call", url.span.clone(), host.clone(), message);
        }
        if let Some(name) = key_in_query(&url.text).filter(|_| !is_local(&host)) {
            let message = format!("the parameter {name} of a URL of {host} holds a key");
            notes.add("transport/key-in-url", url.span.clone(), format!("{host} {name}"), message);
        }
        if key && SHOWN.iter().any(|shown| host == *shown || host.ends_with(&format!(".{shown}"))) {
            let message = format!("{host} gets the key");
            notes.add("transport/secret-to-third-party", url.span.clone(), host.clone(), message);
        }
    }
    let hosts: Vec<String> =
        request.urls.iter().filter_map(|url| host(&url.text)).filter(|host| !is_local(host)).collect();
    let target = hosts.first().cloned().unwrap_or_else(|| "a host".to_owned());
    if key
        && request.options.contains(&"insecure")
        && !(hosts.is_empty() && request.urls.iter().any(|url| host(&url.text).is_some()))
    {
        let message = format!("the call of {target} does not check certificates");
        notes.add(
            "transport/tls-verify-disabled-with-key",
            request.span.clone(),
            format!("{} {target}", request.tool),
            message,
        );
    }
    if key && request.options.contains(&"location-trusted") {
        let message = format!("a redirect by {target} takes the key along");
        notes.add("transport/redirect-leak", request.span.clone(), target, message);
    }
}

/// Whether a URL is that of an API, and not of a page: many providers have both under one host.
fn is_api(url: &str, host: &str) -> bool {
    let path = url.split(host).nth(1).unwrap_or_default();
    host.split(['.', '-']).any(|label| label == "api" || label == "app")
        || path.split(['/', '?']).any(|part| {
            matches!(part, "api" | "graphql" | "rest")
                || part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
}

/// The name of the query parameter that holds a key.
fn key_in_query(url: &str) -> Option<&'static str> {
    let (_, query) = url.split_once('?')?;
    query.split(['&', ';']).find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let known = KEY_PARAMETERS.iter().find(|known| known.eq_ignore_ascii_case(name))?;
        let variable = value.starts_with('$');
        let secret_variable =
            variable && (names_secret(value) || *known != "key" && *known != "token" && *known != "auth");
        let literal = !variable
            && value.len() >= 16
            && !words::is_placeholder(value)
            && !value.contains(['<', '{', '['])
            && value.chars().any(|c| c.is_ascii_digit());
        (secret_variable || literal).then_some(*known)
    })
}

/// `AIRCLOU_BASE_URL=http://app.airclou.com`, and passwords in addresses.
fn base_urls(file: &File<'_>, notes: &mut Notes) {
    for pair in &file.document.pairs {
        let value = pair.value.trim();
        let Some(host) = host(value) else { continue };
        let called =
            || file.document.requests.iter().flat_map(|request| &request.urls).any(|url| url.span == pair.span);
        if scheme(value).as_deref() == Some("http")
            && let Some(provider) = file.provider_of_host(&host)
            && !called()
            && words::parts(&pair.name).iter().any(|part| {
                matches!(part.as_str(), "url" | "uri" | "base" | "endpoint" | "host" | "api" | "server" | "baseurl")
            })
            && (is_api(value, &host)
                || words::parts(&pair.name)
                    .iter()
                    .any(|part| matches!(part.as_str(), "api" | "base" | "baseurl" | "endpoint")))
        {
            let message = format!("{} is an address of {} without TLS", pair.name, provider.name);
            notes.add("transport/plain-http-base-url", pair.span.clone(), pair.name.clone(), message);
        }
        let authority =
            value.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let Some((user, _)) = authority.rsplit_once('@') else { continue };
        let Some((_, password)) = user.split_once(':') else { continue };
        let known = file.key_in(&pair.span).is_some();
        if known && !password.is_empty() && !words::is_placeholder(password) && !is_local(&host) && password.len() >= 6
        {
            let message = format!("the address in {} holds the credentials for {host}", pair.name);
            notes.add("transport/userinfo-in-url", pair.span.clone(), format!("{} {host}", pair.name), message);
        }
    }
}

/// Calls that make tokens.
fn tokens(file: &File<'_>, request: &Request, notes: &mut Notes) {
    let Some(url) = request.urls.iter().find(|url| host(&url.text).as_deref() == Some("api.cloudapi.dev")) else {
        return;
    };
    let path = url.text.split("api.cloudapi.dev").nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    let creates = request.method.as_deref() == Some("POST") || request.body.is_some();
    let carries = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("authorization"));
    let is_ci = file.class().is_some()
        || file.path().contains(".github/")
        || file.path().contains(".gitlab-ci")
        || file.path().contains(".circleci");
    match path.trim_end_matches('/') {
        "/v1/keys" if creates => {
            let Some(header) = carries else { return };
            let session = header.value.text.to_ascii_lowercase().contains("session");
            if session && is_ci {
                let message = "a session of the CloudAPI dashboard makes keys here";
                notes.add("exposure/session-token-in-automation", header.span.clone(), "cloudapi session", message);
            } else if !session && file.provider_of_value(&header.value).is_some() {
                let message = "POST /v1/keys of CloudAPI takes a session of the dashboard, not a key";
                notes.add("header/session-endpoint-with-api-key", header.span.clone(), "cloudapi /v1/keys", message);
            }
        }
        "/v1/tokens" if creates => {
            let Some(body) = &request.body else { return };
            let compact: String = body.text.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
            let literal = compact.starts_with('{');
            let missing =
                !compact.contains("\"scopes\"") || compact.contains("\"scopes\":[]") || compact.contains("\"*\"");
            if literal && missing {
                let message = "the token that this call makes has no scopes or all of them";
                notes.add("scope/token-request-without-scopes", body.span.clone(), "cloudapi /v1/tokens", message);
            }
        }
        _ => {}
    }
}
