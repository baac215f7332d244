//! What a request is made of, whichever table it stands in. Also compiled into the build script.

use super::online::Signature;
use super::template::{Piece, pieces};
use std::collections::{BTreeMap, BTreeSet};

/// What a request is made of, whichever table it stands in.
#[derive(Debug, Clone, Copy)]
pub struct Call<'t> {
    /// Method and URL.
    pub request: &'t str,
    /// Headers.
    pub headers: &'t BTreeMap<String, String>,
    /// Fields of a form.
    pub form: &'t BTreeMap<String, String>,
    /// A JSON body.
    pub json: Option<&'t toml::Value>,
    /// A regular expression over the key.
    pub parts: Option<&'t str>,
    /// Other keys beside this one.
    pub beside: &'t BTreeMap<String, Vec<String>>,
    /// Those that may lack.
    pub optional: &'t [String],
    /// How it is signed.
    pub sign: Option<Signature>,
}

impl<'t> Call<'t> {
    /// Method and URL.
    ///
    /// # Errors
    ///
    /// A sentence that says which is wrong.
    pub fn target(&self) -> Result<(&'t str, &'t str), String> {
        let (method, url) =
            self.request.split_once(' ').ok_or("`request` is a method and a URL: GET https://api.example/me")?;
        if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method) {
            return Err(format!("'{method}' is no method: GET, POST, PUT, PATCH or DELETE"));
        }
        Ok((method, url))
    }

    /// Every template of the request.
    fn templates(&self) -> Result<Vec<String>, String> {
        let mut all = vec![self.target()?.1.to_owned()];
        all.extend(self.headers.values().chain(self.form.values()).cloned());
        if let Some(json) = self.json {
            strings(json, &mut all);
        }
        Ok(all)
    }

    /// The placeholders that it uses.
    ///
    /// # Errors
    ///
    /// A brace that does not close.
    pub fn placeholders(&self) -> Result<BTreeSet<String>, String> {
        let mut used = BTreeSet::new();
        for template in self.templates()? {
            placeholders(&template, &mut used)?;
        }
        Ok(used)
    }

    /// Checks what the shape cannot say; `more` are placeholders that the table may use besides its own.
    ///
    /// # Errors
    ///
    /// A sentence that names what is wrong.
    pub fn check(&self, more: &[&str]) -> Result<BTreeSet<String>, String> {
        let (_, url) = self.target()?;
        let path = match (url.strip_prefix("https://"), url.strip_prefix("{endpoint}")) {
            (Some(rest), _) => {
                let (host, path) = rest.split_at(rest.find('/').ok_or("the URL has no path")?);
                let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
                if !host.bytes().all(is_name) || !host.contains('.') {
                    return Err(format!("'{host}' is no name of a host; only the path may hold placeholders"));
                }
                path
            }
            (None, Some(path)) => path,
            (None, None) => return Err(format!("'{url}' does not begin with https:// or {{endpoint}}")),
        };
        if !path.starts_with('/') || path.contains(char::is_whitespace) || path.contains('#') {
            return Err(format!("'{path}' is no path of a URL"));
        }
        let is_token = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if let Some(name) = self.headers.keys().find(|name| !is_token(name)) {
            return Err(format!("'{name}' is no name of a header"));
        }
        if !self.form.is_empty() && self.json.is_some() {
            return Err("a request has a form or a JSON body, not both".to_owned());
        }
        let mut known: BTreeSet<String> =
            ["key", "endpoint"].into_iter().chain(more.iter().copied()).map(Into::into).collect();
        known.extend(self.beside.keys().cloned());
        if let Some(pattern) = self.parts {
            super::shape::parse(pattern).map_err(|error| format!("parts: {error}"))?;
            known.extend(groups(pattern));
        }
        let used = self.placeholders()?;
        match used.iter().find(|name| !known.contains(*name)) {
            Some(name) => Err(format!("nothing says what {{{name}}} is")),
            None => Ok(used),
        }
    }
}

/// The names of a pattern's groups.
fn groups(pattern: &str) -> impl Iterator<Item = String> + '_ {
    pattern.split("(?P<").skip(1).filter_map(|rest| rest.split_once('>')).map(|(name, _)| name.to_owned())
}

/// Every string of a TOML value.
fn strings(value: &toml::Value, into: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => into.push(text.clone()),
        toml::Value::Array(all) => all.iter().for_each(|one| strings(one, into)),
        toml::Value::Table(all) => all.values().for_each(|one| strings(one, into)),
        _ => {}
    }
}

/// The placeholders of a template.
fn placeholders(template: &str, into: &mut BTreeSet<String>) -> Result<(), String> {
    for piece in pieces(template)? {
        match piece {
            Piece::Text(_) => {}
            Piece::Value(name) => {
                into.insert(name.to_owned());
            }
            Piece::Base64(inner) => placeholders(inner, into)?,
        }
    }
    Ok(())
}
