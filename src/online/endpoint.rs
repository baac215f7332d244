//! Where a provider's requests go instead of its documented host: a server that a company runs itself.

use crate::rule::nearest;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// `PROVIDER=URL`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Id of the provider.
    pub provider: String,
    /// `https://host[:port][/path]`, without a slash at its end.
    pub url: String,
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        let (provider, url) =
            typed.split_once('=').ok_or("expected PROVIDER=URL, like gitlab=https://git.example.org")?;
        let Some(rest) = url.strip_prefix("https://") else {
            return Err(match url.split_once("://") {
                Some((scheme, _)) => {
                    format!("{scheme}:// would show the key to everybody on the way; only https:// is used")
                }
                None => "the URL begins with https://".to_owned(),
            });
        };
        let host = rest.split('/').next().unwrap_or_default();
        if host.is_empty() {
            return Err("the URL names no host".to_owned());
        }
        if host.contains('@') {
            return Err("the URL holds credentials; leave them out".to_owned());
        }
        if rest.contains(['?', '#', '\\']) || rest.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("the URL is https://host[:port][/path] and nothing behind".to_owned());
        }
        let is_host = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
        if !host.bytes().all(is_host) {
            return Err(format!("'{host}' is no name of a host"));
        }
        Ok(Self { provider: provider.to_owned(), url: url.trim_end_matches('/').to_owned() })
    }
}

/// Every provider that goes elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints(BTreeMap<String, String>);

/// Why a URL cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoEndpoint {
    provider: String,
}

impl fmt::Display for NoEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "only you know its server: name it with --endpoint {}=https://…", self.provider)
    }
}

impl Endpoints {
    /// Of what was typed.
    ///
    /// # Errors
    ///
    /// A provider that is not known, with the nearest one, or is named twice.
    pub fn new(typed: &[Endpoint], known: &[&str]) -> Result<Self, String> {
        let mut all = BTreeMap::new();
        for endpoint in typed {
            if !known.contains(&endpoint.provider.as_str()) {
                let near = nearest(&endpoint.provider, known).map(|near| format!("; did you mean '{near}'?"));
                return Err(format!("no provider is called '{}'{}", endpoint.provider, near.unwrap_or_default()));
            }
            if all.insert(endpoint.provider.clone(), endpoint.url.clone()).is_some() {
                return Err(format!("--endpoint names {} twice", endpoint.provider));
            }
        }
        Ok(Self(all))
    }

    /// The URL template of a provider's request, with the person's server in place of the documented one. A path of
    /// that server goes before the documented path, unless that begins with it already.
    ///
    /// # Errors
    ///
    /// The person has to name the server and did not.
    pub fn apply(&self, provider: &str, template: &str) -> Result<String, NoEndpoint> {
        let path = match template.strip_prefix("{endpoint}") {
            Some(path) => path,
            None => template
                .strip_prefix("https://")
                .and_then(|rest| rest.find('/').map(|slash| &rest[slash..]))
                .unwrap_or_default(),
        };
        let Some(base) = self.0.get(provider) else {
            let known = !template.starts_with("{endpoint}");
            return known.then(|| template.to_owned()).ok_or_else(|| NoEndpoint { provider: provider.to_owned() });
        };
        let rest = &base["https://".len()..];
        let own_path = rest.find('/').map_or("", |slash| &rest[slash..]);
        let begins_with_it = path.strip_prefix(own_path).is_some_and(|rest| rest.starts_with(['/', '?']));
        let path = if begins_with_it { &path[own_path.len()..] } else { path };
        // Braces in what a person typed are no placeholders.
        Ok(format!("{}{path}", base.replace('{', "{{").replace('}', "}}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_urls_are_taken() {
        let good: Endpoint = "gitlab=https://git.example.org:8443/gitlab/".parse().expect("good");
        assert_eq!((good.provider.as_str(), good.url.as_str()), ("gitlab", "https://git.example.org:8443/gitlab"));
        for (wrong, says) in [
            ("gitlab", "PROVIDER=URL"),
            ("gitlab=http://a", "http://"),
            ("gitlab=git.example.org", "https://"),
            ("gitlab=https://", "no host"),
            ("gitlab=https://u:p@host", "credentials"),
            ("gitlab=https://host?x", "nothing behind"),
            ("gitlab=https://ho st", "nothing behind"),
            ("gitlab=https://hö", "host"),
        ] {
            let error = wrong.parse::<Endpoint>().expect_err(wrong);
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }

    #[test]
    fn the_documented_host_is_replaced_and_no_path_doubled() {
        let typed = |url: &str| Endpoint { provider: "acme".to_owned(), url: url.to_owned() };
        let at = |url: &str, template: &str| {
            Endpoints::new(&[typed(url)], &["acme"]).expect("known").apply("acme", template).expect("a URL")
        };
        let documented = "https://api.acme.example/v1/me?x={key}";
        assert_eq!(at("https://h:1", documented), "https://h:1/v1/me?x={key}");
        assert_eq!(at("https://h:1/v1", documented), "https://h:1/v1/me?x={key}");
        assert_eq!(at("https://h:1/v", documented), "https://h:1/v/v1/me?x={key}");
        assert_eq!(at("https://h/proxy", "{endpoint}/me"), "https://h/proxy/me");
        assert_eq!(Endpoints::default().apply("acme", documented).as_deref(), Ok(documented));
        let error = Endpoints::default().apply("acme", "{endpoint}/me").expect_err("unknown server");
        assert!(error.to_string().contains("--endpoint acme=https://"), "{error}");
        let error = Endpoints::new(&[typed("https://h")], &["acne", "x"]).expect_err("unknown provider");
        assert!(error.contains("did you mean 'acne'"), "{error}");
    }
}
