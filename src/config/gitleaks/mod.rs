//! Reads gitleaks' configuration into rules and allowlists of ours.
//!
//! A mistake that gitleaks stops at stops the run here as well, with file, line and, in a pattern, the place; what it
//! silently ignores is a note.

mod extend;
mod import;
mod table;

pub use extend::{Reading, read};
pub use import::{Imported, import};

use crate::rule::FormatError;
use crate::rule::foreign::{Allowlist, Foreign, Pattern, Required, Target, re2};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use table::{File, Table, Text};
use toml::de::DeTable;

/// The name under which gitleaks looks for its configuration.
pub const FILE_NAME: &str = ".gitleaks.toml";

/// A configuration with everything that it extends.
#[derive(Debug, Clone, Default)]
pub struct Gitleaks {
    /// The file; for a content given by the environment, its name.
    pub file: PathBuf,
    /// Rules, sorted by id.
    pub rules: Vec<RuleDraft>,
    /// What excuses findings of every rule.
    pub allow: Vec<Arc<Allowlist>>,
    /// What excuses findings of rules that are not in the files: keyhound's own, if they have these ids.
    pub targeted: Vec<(Vec<String>, Arc<Allowlist>)>,
    /// Changes of rules that are not in the files, with what excuses their findings.
    pub changes: Vec<(String, Vec<Arc<Allowlist>>)>,
    /// Whether keyhound's own rules run as well.
    pub use_default: bool,
    /// Ids of rules that do not run.
    pub disabled: Vec<String>,
    /// What gitleaks would not have said.
    pub notes: Vec<String>,
}

/// A rule as it was written; patterns are shared, because rules are put together from several files.
#[derive(Debug, Clone, Default)]
pub struct RuleDraft {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) regex: Option<String>,
    pub(super) path: Option<String>,
    pub(super) secret_group: usize,
    pub(super) entropy: f64,
    pub(super) keywords: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) skip_report: bool,
    pub(super) required: Vec<Required>,
    pub(super) allow: Vec<Arc<Allowlist>>,
    /// Whether it was read with the mistakes of gitleaks.
    pub(super) strict: bool,
    /// Where it is written.
    pub(super) origin: (String, usize),
}

impl RuleDraft {
    /// The rule's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The rule, ready to run beside allowlists for all rules.
    ///
    /// # Errors
    ///
    /// What its parts together cannot be.
    pub fn finish(&self, globals: &[Arc<Allowlist>]) -> Result<crate::rule::Rule, FormatError> {
        let fail = |message: String| FormatError { file: self.origin.0.clone(), line: self.origin.1, message };
        let read = |key: &str, text: &Option<String>| {
            text.as_deref().map(Pattern::new).transpose().map_err(|m| fail(broken(&self.id, key, &m)))
        };
        let foreign = Foreign {
            regex: read("regex", &self.regex)?,
            path: read("path", &self.path)?,
            secret_group: self.secret_group,
            entropy: self.entropy,
            keywords: self.keywords.clone(),
            skip_report: self.skip_report,
            required: self.required.clone(),
            allow: globals.iter().chain(&self.allow).cloned().collect(),
            breaks_before_lines: self.strict,
        };
        let groups = foreign.regex.as_ref().map_or(0, Pattern::groups);
        if self.secret_group > groups {
            return Err(fail(format!(
                "rule '{}': secretGroup is {}, and the pattern has {groups} groups",
                self.id, self.secret_group
            )));
        }
        crate::rule::foreign::foreign_rule(&self.id, &self.description, &self.tags, foreign).map_err(fail)
    }
}

fn broken(rule: &str, key: &str, mistake: &re2::Mistake) -> String {
    format!("rule '{rule}': {key}: {} at character {}", mistake.message, mistake.column)
}

/// Whether a text is a configuration of gitleaks and none of ours: it has a list of `rules`, or allowlists, or extends.
pub fn is_gitleaks(text: &str) -> bool {
    let Ok(table) = DeTable::parse(text) else {
        // What is no TOML is told by its headers, so that the error is about the right format.
        return text.lines().map(|line| line.trim().to_ascii_lowercase().replace(' ', "")).any(|line| {
            ["[[rules]]", "[extend]", "[allowlist]", "[[allowlists]]", "[[rules.allowlists]]"].contains(&line.as_str())
        });
    };
    let table = table.get_ref();
    table.iter().any(|(key, value)| {
        let is = |word: &str| key.get_ref().eq_ignore_ascii_case(word);
        let is_list = matches!(value.get_ref(), toml::de::DeValue::Array(_));
        (is("rules") && is_list) || is("extend") || is("allowlist") || is("allowlists") || is("minVersion")
    })
}

/// One file, as it stands.
#[derive(Debug, Default)]
struct OneFile {
    rules: Vec<RuleDraft>,
    allow: Vec<Arc<Allowlist>>,
    targeted: Vec<Targeted>,
    extend: Extend,
}

/// The ids of rules, what excuses their findings, and where that is written.
type Targeted = (Vec<String>, Arc<Allowlist>, (String, usize));

/// `[extend]`
#[derive(Debug, Default)]
struct Extend {
    use_default: bool,
    path: Option<Text>,
    disabled: Vec<String>,
    /// Where it is written.
    place: (String, usize),
}

const TOP: [&str; 7] = ["title", "description", "minVersion", "extend", "rules", "allowlists", "allowlist"];
const RULE: [&str; 12] = [
    "id",
    "description",
    "regex",
    "path",
    "secretGroup",
    "entropy",
    "keywords",
    "tags",
    "skipReport",
    "required",
    "allowlists",
    "allowlist",
];
const ALLOW: [&str; 8] =
    ["description", "condition", "commits", "paths", "regexTarget", "regexes", "stopwords", "targetRules"];

/// Reads one file. `strict`: with the mistakes of gitleaks, such as that the patterns of a list are one, so that a flag in
/// one of them leaks into the next.
fn one_file(name: &str, text: &str, strict: bool, notes: &mut Vec<String>) -> Result<OneFile, FormatError> {
    let file = File { name, text };
    let parsed = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        file.error(&span, error.message().to_owned())
    })?;
    let top = Table::new(file, 0..0, parsed.get_ref());
    let mut desk = Desk { notes, strict };
    desk.file(&top)
}

struct Desk<'n> {
    notes: &'n mut Vec<String>,
    /// Whether mistakes of gitleaks are made, too.
    strict: bool,
}

impl Desk<'_> {
    fn file(&mut self, top: &Table<'_, '_>) -> Result<OneFile, FormatError> {
        top.unknown(&TOP, self.notes);
        if let Some(version) = top.text("minVersion")? {
            let text = version.get_ref().trim_start_matches('v');
            if !text.is_empty() && text.split('.').any(|part| part.parse::<u64>().is_err()) {
                return Err(top.file.error(&version.span(), "'minVersion' is a version such as v8.25.0"));
            }
        }
        let mut done = OneFile { extend: self.extend(top)?, ..OneFile::default() };
        for table in top.tables("rules")? {
            let rule = self.rule(&table)?;
            match done.rules.iter().position(|known| known.id == rule.id) {
                Some(first) => {
                    let place = format!("{}:{}", rule.origin.0, rule.origin.1);
                    self.notes.push(format!("{place}: rule '{}' stands here a second time; this one holds", rule.id));
                    done.rules[first] = rule;
                }
                None => done.rules.push(rule),
            }
        }
        for rule in &done.rules {
            for required in &rule.required {
                if !done.rules.iter().any(|other| other.id == required.id) {
                    let message = format!("rule '{}' requires '{}', which is not in this file", rule.id, required.id);
                    return Err(FormatError { file: rule.origin.0.clone(), line: rule.origin.1, message });
                }
            }
        }
        for (table, mut allow) in self.allowlists(top)? {
            if let Some(allow) = Arc::get_mut(&mut allow) {
                allow.skips_files = self.strict;
            }
            let targets: Vec<String> = table.texts("targetRules")?.into_iter().map(Text::into_inner).collect();
            let place = (top.file.name.to_owned(), top.file.line(&table.span));
            if targets.is_empty() {
                done.allow.push(allow);
            } else {
                done.targeted.push((targets, allow, place));
            }
        }
        Ok(done)
    }

    fn extend(&mut self, top: &Table<'_, '_>) -> Result<Extend, FormatError> {
        let Some(table) = top.table("extend")? else { return Ok(Extend::default()) };
        table.unknown(&["useDefault", "path", "url", "disabledRules"], self.notes);
        if table.has("url") {
            let place = table.file.place(&table.span_of("url"));
            self.notes.push(format!("{place}: 'url' is ignored, as it is by gitleaks; nothing is downloaded"));
        }
        let extend = Extend {
            use_default: table.flag("useDefault")?,
            path: table.text("path")?.filter(|path| !path.get_ref().is_empty()),
            disabled: table.texts("disabledRules")?.into_iter().map(Text::into_inner).collect(),
            place: (table.file.name.to_owned(), table.file.line(&table.span)),
        };
        if extend.use_default && extend.path.is_some() {
            return Err(table.file.error(&table.span, "[extend] takes 'path' or 'useDefault', not both"));
        }
        Ok(extend)
    }

    fn rule(&mut self, table: &Table<'_, '_>) -> Result<RuleDraft, FormatError> {
        table.unknown(&RULE, self.notes);
        let text = |key: &str| table.text(key).map(|text| text.map(Text::into_inner).unwrap_or_default());
        let id = text("id")?;
        if id.trim().is_empty() {
            return Err(table.file.error(&table.span, "this rule needs an id"));
        }
        for key in ["regex", "path"] {
            if let Some(pattern) = table.text(key)?.filter(|pattern| !pattern.get_ref().is_empty()) {
                re2::translate(pattern.get_ref())
                    .map_err(|mistake| table.file.error(&pattern.span(), broken(&id, key, &mistake)))?;
            }
        }
        let given = |key: &str| text(key).map(|text| (!text.is_empty()).then_some(text));
        let allow = self.allowlists(table)?;
        Ok(RuleDraft {
            description: text("description")?,
            regex: given("regex")?,
            path: given("path")?,
            secret_group: table.count("secretGroup")?.unwrap_or(0) as usize,
            entropy: table.number("entropy")?.unwrap_or(0.0),
            keywords: table.texts("keywords")?.into_iter().map(|word| word.into_inner().to_lowercase()).collect(),
            tags: table.texts("tags")?.into_iter().map(Text::into_inner).collect(),
            skip_report: table.flag("skipReport")?,
            required: table.tables("required")?.iter().map(|table| self.required(table)).collect::<Result<_, _>>()?,
            allow: allow.into_iter().map(|(_, allow)| allow).collect(),
            strict: self.strict,
            origin: (table.file.name.to_owned(), table.file.line(&table.span)),
            id,
        })
    }

    fn required(&mut self, table: &Table<'_, '_>) -> Result<Required, FormatError> {
        table.unknown(&["id", "withinLines", "withinColumns"], self.notes);
        let id = table.text("id")?.map(Text::into_inner).unwrap_or_default();
        if id.trim().is_empty() {
            return Err(table.file.error(&table.span, "a requirement names a rule by its id"));
        }
        Ok(Required { id, within_lines: table.count("withinLines")?, within_columns: table.count("withinColumns")? })
    }

    fn allowlists<'t, 'i>(
        &mut self,
        table: &Table<'t, 'i>,
    ) -> Result<Vec<(Table<'t, 'i>, Arc<Allowlist>)>, FormatError> {
        if table.has("allowlist") && table.has("allowlists") {
            let message = "[allowlist] is the old form of [[allowlists]]; use one of the two";
            return Err(table.file.error(&table.span_of("allowlist"), message));
        }
        let mut all = table.tables("allowlists")?;
        all.extend(table.tables("allowlist")?);
        all.into_iter().map(|list| self.allowlist(&list).map(|allow| (list, Arc::new(allow)))).collect()
    }

    fn allowlist(&mut self, table: &Table<'_, '_>) -> Result<Allowlist, FormatError> {
        table.unknown(&ALLOW, self.notes);
        let fail = |key: &str, message: &str| Err(table.file.error(&table.span_of(key), message.to_owned()));
        let text = |key: &str| table.text(key).map(|text| text.map(Text::into_inner).unwrap_or_default());
        let all = match text("condition")?.to_ascii_uppercase().as_str() {
            "AND" | "&&" => true,
            "" | "OR" | "||" => false,
            _ => return fail("condition", "'condition' is AND or OR"),
        };
        let target = match text("regexTarget")?.as_str() {
            "" | "secret" => Target::Secret,
            "match" => Target::Match,
            "line" => Target::Line,
            _ => return fail("regexTarget", "'regexTarget' is secret, match or line"),
        };
        let plain = |key: &str| table.texts(key).map(|texts| texts.into_iter().map(Text::into_inner));
        let allow = Allowlist {
            description: text("description")?,
            all,
            commits: plain("commits")?.map(|id| id.trim().to_lowercase()).filter(|id| !id.is_empty()).collect(),
            paths: self.patterns(table, "paths")?,
            target,
            regexes: self.patterns(table, "regexes")?,
            stopwords: plain("stopwords")?.map(|word| word.to_lowercase()).filter(|word| !word.is_empty()).collect(),
            origin: table.file.place(&table.span),
            skips_files: false,
        };
        if !allow.asks_for_texts() && !allow.asks_for_places() {
            let message = "an allowlist needs at least one of commits, paths, regexes, stopwords";
            return Err(table.file.error(&table.span, message));
        }
        Ok(allow)
    }

    fn patterns(&self, table: &Table<'_, '_>, key: &str) -> Result<Vec<Pattern>, FormatError> {
        let texts = table.texts(key)?;
        let read = |text: &Text| {
            Pattern::new(text.get_ref()).map_err(|mistake| {
                let message = format!("{key}: {} at character {} of the pattern", mistake.message, mistake.column);
                table.file.error(&text.span(), message)
            })
        };
        let each = texts.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if !self.strict || each.is_empty() {
            return Ok(each);
        }
        let written: Vec<String> = texts.iter().map(|text| text.get_ref().clone()).collect();
        let span: Range<usize> = table.span_of(key);
        let joined = Pattern::joined(&written)
            .map_err(|mistake| table.file.error(&span, format!("{key}: {} when joined", mistake.message)))?;
        Ok(vec![joined])
    }
}

#[cfg(test)]
mod tests;
