//! From what was typed to what it means: patterns are compiled, paths are joined, and whatever makes no sense becomes
//! an error with its line.

use super::select::{Kind, Mention};
use super::shape::{AllowToml, ConfigToml, RulesToml, ScanToml};
use super::{Config, OwnRules, RuleChoice, Scan, Selector, parse_size};
use crate::finding::FingerprintKey;
use crate::policy::{Allow, Expiry, PathSet, bytes_regex};
use crate::rule::format::{ClientSide, ProviderFile, ProviderToml};
use crate::rule::{FormatError, parse_toml};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::{Spanned, Value};

/// Fewest bytes of a key that nobody guesses.
const SHORTEST_KEY: usize = 16;

/// Shortest beginning of a commit's id that names one.
const SHORTEST_COMMIT: usize = 7;

/// Strings with where they stand.
type Texts = Vec<Spanned<String>>;

/// Understands the content of `file`.
pub(super) fn resolve(file: &Path, bytes: &[u8]) -> Result<Config, FormatError> {
    let name = file.to_string_lossy();
    let text = str::from_utf8(bytes).map_err(|error| FormatError {
        file: name.to_string(),
        line: line_at(bytes, error.valid_up_to()),
        message: "this line is not UTF-8".to_owned(),
    })?;
    // Taken off here, so that lines and spans count from the same place whatever the parser does with it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let typed: ConfigToml = parse_toml(&name, text)?;
    Resolving { file, name: &name, text, mentions: Vec::new() }.config(typed)
}

/// The folder that holds `file`.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn line_at(text: &[u8], offset: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &text[..offset.min(text.len())]).count()
}

/// Who issues the keys of rules that do not say.
fn this_project() -> ProviderToml {
    ProviderToml {
        id: "local".to_owned(),
        name: "this project".to_owned(),
        docs: None,
        console: None,
        remedy: None,
        revoke_steps: Vec::new(),
        hosts: Vec::new(),
        env: Vec::new(),
        auth: None,
        https_only: false,
        rotation_days: None,
        client_side: ClientSide::default(),
    }
}

/// The file at hand.
struct Resolving<'t> {
    file: &'t Path,
    name: &'t str,
    text: &'t str,
    mentions: Vec<Mention>,
}

impl Resolving<'_> {
    fn config(mut self, typed: ConfigToml) -> Result<Config, FormatError> {
        let scan = self.scan(typed.scan)?;
        let rules = self.rules(typed.rules)?;
        let fingerprint_key = typed.fingerprint.key.map(|key| self.key(&key)).transpose()?;
        let baseline = typed.baseline.file.map(|file| self.path(&file)).transpose()?;
        let own = (!typed.rule.is_empty()).then(|| OwnRules {
            text: self.text.to_owned(),
            file: ProviderFile {
                provider: typed.provider.unwrap_or_else(this_project),
                rules: typed.rule,
                verify: Vec::new(),
                revoke: Vec::new(),
            },
        });
        let allow = typed.allow.into_iter().map(|allow| self.allow(allow)).collect::<Result<_, _>>()?;
        Ok(Config {
            file: Some(self.file.to_owned()),
            severity: typed.severity,
            confidence: typed.confidence,
            scan,
            rules,
            fingerprint_key,
            baseline,
            rotation: typed.rotation,
            allow,
            own,
            mentions: self.mentions,
            ..Config::default()
        })
    }

    fn scan(&self, typed: ScanToml) -> Result<Scan, FormatError> {
        let max_file_size = typed.max_file_size.map(|size| {
            let span = size.span();
            let bytes = match size.into_inner() {
                Value::String(text) => parse_size(&text),
                Value::Integer(bytes) => parse_size(&bytes.to_string()),
                _ => Err("a size is a string such as \"1GB\", or a number of bytes".to_owned()),
            };
            bytes.map_err(|message| self.error(span, message))
        });
        Ok(Scan {
            exclude: self.paths(&typed.exclude)?,
            max_file_size: max_file_size.transpose()?,
            history: typed.history,
        })
    }

    fn rules(&mut self, typed: RulesToml) -> Result<RuleChoice, FormatError> {
        Ok(RuleChoice {
            only: self.selectors(&typed.only)?,
            disable: self.selectors(&typed.disable)?,
            enable: self.selectors(&typed.enable)?,
            dirs: typed.dirs.iter().map(|dir| self.path(dir)).collect::<Result<_, _>>()?,
        })
    }

    fn selectors(&mut self, texts: &Texts) -> Result<Vec<Selector>, FormatError> {
        let mut selectors = Vec::new();
        for text in texts {
            let selector = text.get_ref().parse().map_err(|message| self.error(text.span(), message))?;
            self.mentions.extend(Mention::of(&selector, self.line(text.span())));
            selectors.push(selector);
        }
        Ok(selectors)
    }

    fn key(&self, typed: &Spanned<String>) -> Result<FingerprintKey, FormatError> {
        match data_encoding::HEXLOWER_PERMISSIVE.decode(typed.get_ref().as_bytes()) {
            Ok(key) if key.len() >= SHORTEST_KEY => Ok(FingerprintKey::new(&key)),
            // The message does not repeat the key.
            _ => {
                let message = format!("a fingerprint key has at least {} hexadecimal digits", 2 * SHORTEST_KEY);
                Err(self.error(typed.span(), message))
            }
        }
    }

    fn path(&self, typed: &Spanned<String>) -> Result<PathBuf, FormatError> {
        if typed.get_ref().is_empty() {
            return Err(self.error(typed.span(), "an empty path"));
        }
        Ok(folder_of(self.file).join(typed.get_ref()))
    }

    fn allow(&mut self, entry: Spanned<AllowToml>) -> Result<Allow, FormatError> {
        let span = entry.span();
        let typed = entry.into_inner();
        let reason = typed.reason.filter(|reason| !reason.get_ref().trim().is_empty()).ok_or_else(|| {
            self.error(span.clone(), "this allow entry needs a reason: reason = \"why it is no leak\"")
        })?;
        let rules = self.list(typed.rules)?;
        let providers = self.list(typed.providers)?;
        let paths = self.list(typed.paths)?;
        let values = self.list(typed.values)?;
        let fingerprints = self.list(typed.fingerprints)?;
        let commits = self.list(typed.commits)?;
        if [&rules, &providers, &paths, &values, &fingerprints, &commits].iter().all(|list| list.is_empty()) {
            let message = "this allow entry would allow everything; it needs at least one of rules, providers, paths, \
                           values, fingerprints, commits";
            return Err(self.error(span, message));
        }
        Ok(Allow {
            rules: self.mentioned(rules, Kind::Rule),
            providers: self.mentioned(providers, Kind::Provider),
            paths: self.paths(&paths)?,
            values: self.each(values, |value| match value.as_str() {
                "" => Err("an empty pattern would allow every value".to_owned()),
                pattern => bytes_regex(pattern),
            })?,
            fingerprints: self.each(fingerprints, |text| {
                let is_print = (16..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
                let wrong = || "a fingerprint has 32 hexadecimal digits, of which the first 16 are enough".to_owned();
                is_print.then(|| text.to_ascii_lowercase()).ok_or_else(wrong)
            })?,
            commits: self.each(commits, |text| commit(&text))?,
            reason: Arc::from(reason.get_ref().trim()),
            owner: typed.owner,
            expires: typed.expires.map(|day| self.expiry(&day)).transpose()?,
            origin: format!("{}:{}", self.name, self.line(span)),
        })
    }

    /// The items of a list. One that is there and empty is refused: it could mean all or none.
    fn list(&self, typed: Option<Spanned<Texts>>) -> Result<Texts, FormatError> {
        match typed {
            Some(list) if list.get_ref().is_empty() => Err(self.error(list.span(), "an empty list; leave the key out")),
            Some(list) => Ok(list.into_inner()),
            None => Ok(Vec::new()),
        }
    }

    fn each<T>(&self, texts: Texts, read: impl Fn(String) -> Result<T, String>) -> Result<Vec<T>, FormatError> {
        texts
            .into_iter()
            .map(|text| {
                let span = text.span();
                read(text.into_inner()).map_err(|message| self.error(span, message))
            })
            .collect()
    }

    fn mentioned(&mut self, texts: Texts, kind: Kind) -> Vec<String> {
        let mut names = Vec::new();
        for text in texts {
            let line = self.line(text.span());
            names.push(text.get_ref().clone());
            self.mentions.push(Mention { kind, name: text.into_inner(), line });
        }
        names
    }

    fn paths(&self, texts: &Texts) -> Result<PathSet, FormatError> {
        let patterns: Vec<&str> = texts.iter().map(|text| text.get_ref().as_str()).collect();
        PathSet::new(&patterns).map_err(|(i, message)| self.error(texts.get(i).map_or(0..0, Spanned::span), message))
    }

    fn expiry(&self, typed: &Spanned<Value>) -> Result<Expiry, FormatError> {
        let text = match typed.get_ref() {
            Value::String(text) => text.clone(),
            Value::Datetime(day) => day.to_string(),
            _ => String::new(),
        };
        Expiry::parse(&text).map_err(|message| self.error(typed.span(), format!("expires: {message}")))
    }

    fn line(&self, span: Range<usize>) -> usize {
        line_at(self.text.as_bytes(), span.start)
    }

    fn error(&self, span: Range<usize>, message: impl Into<String>) -> FormatError {
        FormatError { file: self.name.to_owned(), line: self.line(span), message: message.into() }
    }
}

/// Checks the id of a commit, or how it begins.
fn commit(text: &str) -> Result<String, String> {
    let is_id = (SHORTEST_COMMIT..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_id {
        return Err(format!("'{text}' is not a commit: expected {SHORTEST_COMMIT} to 40 hexadecimal digits"));
    }
    Ok(text.to_ascii_lowercase())
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
