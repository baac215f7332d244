//! What a rule file says about asking a provider whether a key is alive, and about revoking it: `[[verify]]` and
//! `[[revoke]]`. Also compiled into the build script, which checks the tables and stores them as text; they are parsed
//! again when somebody asks, so that a scan pays nothing for them.

use super::call::Call;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `[[verify]]`: the one request that proves whether a key is alive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// Ids of the rules that it is for; none means all of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The page that documents the request and its answers.
    pub docs: String,
    /// Method and URL: `GET https://api.acme.example/v1/me`. `{endpoint}` in place of scheme and host says that the
    /// person must name the server.
    pub request: String,
    /// Headers. `{key}` stands for the key, `{b64:…}` for the base64 of what is in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Fields of a form, which then is the body.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// A JSON body, in whose strings placeholders stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<toml::Value>,
    /// A regular expression over the key whose named groups are further placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<String>,
    /// Placeholders that are other keys found beside this one, each with the rules that find it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beside: BTreeMap<String, Vec<String>>,
    /// Those of `beside` that a key may lack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<String>,
    /// How the request is signed, where a header is not enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Signature>,
    /// Keys that match it are this provider's, though others share their prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    /// The most requests a minute; default 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// Answers that prove that the key is alive.
    pub live: Vec<Condition>,
    /// Answers that prove that it is dead; none where a refusal has other reasons, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dead: Vec<Condition>,
    /// Where the answer tells the key's id: a JSON pointer, `<Tag>` of XML, or a header's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Likewise its permissions: a list, or words between commas or blanks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// Likewise when it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Likewise whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// `[[revoke]]`: the one request that kills a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// Ids of the rules that it is for; none means all of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The page that documents the request and its answers.
    pub docs: String,
    /// What the request needs.
    pub class: Class,
    /// Method and URL, as in `[[verify]]`; `{key_id}` and `{credential}` may stand in it, too.
    pub request: String,
    /// Headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Fields of a form.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<toml::Value>,
    /// A regular expression over the key whose named groups are further placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<String>,
    /// Other keys found beside this one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beside: BTreeMap<String, Vec<String>>,
    /// Those of `beside` that a key may lack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<String>,
    /// How the request is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Signature>,
    /// Answers that say that it is done.
    pub done: Vec<Condition>,
    /// Whether `done` alone proves that this very key is dead.
    #[serde(default)]
    pub proves: bool,
    /// For `admin`: the environment variable that holds the credential, as the provider's documents name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// Whether it can be undone.
    #[serde(default)]
    pub reversible: bool,
    /// What else happens, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effects: Option<String>,
    /// The word to type in place of the provider's id where more than a key is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Whether it runs only when the person asks for deletion.
    #[serde(default)]
    pub on_request: bool,
}

/// The tables of one rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Online {
    /// At most one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Verify>,
    /// At most one that runs by itself, and one that runs on request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoke: Vec<Revoke>,
}

impl Online {
    /// Checks every table and that none is in another's way.
    ///
    /// # Errors
    ///
    /// A sentence that names what is wrong.
    pub fn check(&self) -> Result<(), String> {
        self.verify.iter().try_for_each(|table| table.check().map_err(|error| format!("[[verify]]: {error}")))?;
        self.revoke.iter().try_for_each(|table| table.check().map_err(|error| format!("[[revoke]]: {error}")))?;
        if self.verify.len() > 1 {
            return Err("two [[verify]] tables are for it; `rules` says which is for which".to_owned());
        }
        let on_request = self.revoke.iter().filter(|table| table.on_request).count();
        if on_request > 1 || self.revoke.len() - on_request > 1 {
            return Err("two [[revoke]] tables are for it; `rules` says which is for which".to_owned());
        }
        if self.verify.is_empty() && self.revoke.iter().any(|table| table.class == Class::ById) {
            return Err("[[revoke]] by id needs a [[verify]] whose answer tells the `key_id`".to_owned());
        }
        Ok(())
    }
}

/// What a revocation needs besides the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Nothing: anybody who found the key may report it.
    Report,
    /// Nothing: the key revokes itself.
    #[serde(rename = "self")]
    Itself,
    /// The key's id, which the provider's own answer about this key proves.
    ById,
    /// Another credential, and the key's id from the provider or the person.
    Admin,
}

impl Class {
    /// Every class, for documentation.
    pub const ALL: [Class; 4] = [Class::Report, Class::Itself, Class::ById, Class::Admin];

    /// The word of the rule file.
    pub fn word(self) -> &'static str {
        match self {
            Class::Report => "report",
            Class::Itself => "self",
            Class::ById => "by-id",
            Class::Admin => "admin",
        }
    }
}

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// AWS Signature Version 4 for the service `sts`; the placeholders `id`, `key` and perhaps `token` hold the credential.
    AwsSts,
    /// The same for `iam`.
    AwsIam,
}

/// An answer, as far as it has to agree. A page of HTML never agrees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The status.
    pub status: u16,
    /// JSON pointers that the body has; the empty pointer asks that it is JSON at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub has: Vec<String>,
    /// JSON pointers with the value that the body has there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub json: BTreeMap<String, Scalar>,
    /// Texts that the body holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
}

/// A value that an answer has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true`
    Bool(bool),
    /// `1`
    Number(i64),
    /// `"active"`
    Text(String),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Scalar::Bool(value) => write!(f, "{value}"),
            Scalar::Number(value) => write!(f, "{value}"),
            Scalar::Text(value) => write!(f, "\"{value}\""),
        }
    }
}

impl Verify {
    /// The request.
    pub fn call(&self) -> Call<'_> {
        Call {
            request: &self.request,
            headers: &self.headers,
            form: &self.form,
            json: self.json.as_ref(),
            parts: self.parts.as_deref(),
            beside: &self.beside,
            optional: &self.optional,
            sign: self.sign,
        }
    }

    /// Checks what the shape cannot say.
    ///
    /// # Errors
    ///
    /// A sentence that names what is wrong.
    pub fn check(&self) -> Result<(), String> {
        check_docs(&self.docs)?;
        let used = self.call().check(&[])?;
        if !used.contains("key") && self.parts.is_none() && self.sign.is_none() {
            return Err("the request does not send {key}".to_owned());
        }
        if !self.request.starts_with("GET ") && !self.request.starts_with("POST ") {
            return Err("a key is verified by GET or POST, which change nothing there".to_owned());
        }
        if self.live.is_empty() {
            return Err("no answer proves that the key is live".to_owned());
        }
        for condition in self.live.iter().chain(&self.dead) {
            condition.check()?;
        }
        for condition in &self.live {
            let is_bare = condition.has.is_empty() && condition.json.is_empty() && condition.contains.is_empty();
            if is_bare && condition.status < 300 && condition.status != 204 {
                return Err(format!(
                    "status {} alone does not prove that the key is live, because a login page has it, too; say what the body has",
                    condition.status
                ));
            }
            if self.dead.contains(condition) {
                return Err(format!("status {} proves both live and dead", condition.status));
            }
        }
        for selector in [&self.key_id, &self.permissions, &self.expires, &self.owner].into_iter().flatten() {
            let is_header = selector.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            if !(selector.starts_with('/') || (selector.starts_with('<') && selector.ends_with('>')) || is_header) {
                return Err(format!(
                    "'{selector}' is no JSON pointer, no <Tag> and no name of a header in small letters"
                ));
            }
        }
        if let Some(pattern) = &self.ours {
            super::shape::parse(pattern).map_err(|error| format!("ours: {error}"))?;
        }
        Ok(())
    }
}

impl Revoke {
    /// The request.
    pub fn call(&self) -> Call<'_> {
        Call {
            request: &self.request,
            headers: &self.headers,
            form: &self.form,
            json: self.json.as_ref(),
            parts: self.parts.as_deref(),
            beside: &self.beside,
            optional: &self.optional,
            sign: self.sign,
        }
    }

    /// Whether the request names the key by an id that is not in the key itself.
    pub fn needs_id(&self) -> bool {
        self.call().placeholders().is_ok_and(|used| used.contains("key_id"))
    }

    /// Checks what the shape cannot say.
    ///
    /// # Errors
    ///
    /// A sentence that names what is wrong.
    pub fn check(&self) -> Result<(), String> {
        check_docs(&self.docs)?;
        let used = self.call().check(&["key_id", "credential"])?;
        if self.done.is_empty() {
            return Err("no answer says that the key is revoked".to_owned());
        }
        self.done.iter().try_for_each(Condition::check)?;
        match self.class {
            Class::Admin if self.credential.is_none() || !used.contains("credential") => {
                Err("class 'admin' needs `credential`, the variable that holds it, and {credential} in the request"
                    .into())
            }
            Class::Report | Class::Itself if used.contains("key_id") => {
                Err(format!("class '{}' needs no {{key_id}}", self.class.word()))
            }
            Class::ById if !used.contains("key_id") => Err("class 'by-id' needs {key_id} in the request".into()),
            Class::Report | Class::Itself | Class::ById if used.contains("credential") => {
                Err(format!("{{credential}} is for class 'admin', not '{}'", self.class.word()))
            }
            _ => Ok(()),
        }
    }
}

impl Condition {
    fn check(&self) -> Result<(), String> {
        if !(200..600).contains(&self.status) {
            return Err(format!("{} is no status of an answer", self.status));
        }
        for pointer in self.has.iter().chain(self.json.keys()) {
            if !(pointer.is_empty() || pointer.starts_with('/')) {
                return Err(format!("'{pointer}' is no JSON pointer: it begins with '/'"));
            }
        }
        Ok(())
    }

    /// What it asks for, as evidence says it: `200 with /valid = true`.
    pub fn words(&self) -> String {
        let mut with: Vec<String> = self.json.iter().map(|(pointer, value)| format!("{pointer} = {value}")).collect();
        with.extend(
            self.has.iter().map(|pointer| if pointer.is_empty() { "JSON".to_owned() } else { pointer.clone() }),
        );
        with.extend(self.contains.iter().map(|text| format!("\"{text}\"")));
        match with.as_slice() {
            [] => self.status.to_string(),
            with => format!("{} with {}", self.status, with.join(" and ")),
        }
    }
}

fn check_docs(docs: &str) -> Result<(), String> {
    if docs.starts_with("https://") { Ok(()) } else { Err("`docs` is the page that documents the request".to_owned()) }
}

#[cfg(test)]
#[path = "online_tests.rs"]
mod tests;
