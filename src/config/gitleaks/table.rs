//! A table of gitleaks' configuration as that program reads it: keys in any case, values weakly typed, unknown keys no
//! error. They are a note here, with the nearest known key, because a typo in an allowlist is an allowlist lost.

use crate::rule::{FormatError, line_at, nearest};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One file.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'t> {
    pub name: &'t str,
    pub text: &'t str,
}

impl File<'_> {
    pub fn line(&self, span: &Range<usize>) -> usize {
        line_at(self.text, span.start)
    }

    pub fn error(&self, span: &Range<usize>, message: impl Into<String>) -> FormatError {
        FormatError { file: self.name.to_owned(), line: self.line(span), message: message.into() }
    }

    pub fn place(&self, span: &Range<usize>) -> String {
        format!("{}:{}", self.name, self.line(span))
    }
}

/// One table with where it stands.
#[derive(Clone)]
pub(super) struct Table<'t, 'i> {
    pub file: File<'t>,
    pub span: Range<usize>,
    table: &'t DeTable<'i>,
}

/// A text with where it stands.
pub(super) type Text = Spanned<String>;

impl<'t, 'i> Table<'t, 'i> {
    pub fn new(file: File<'t>, span: Range<usize>, table: &'t DeTable<'i>) -> Self {
        Self { file, span, table }
    }

    fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.table.iter().find(|(name, _)| name.get_ref().eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Where the key's value stands, else the table.
    pub fn span_of(&self, key: &str) -> Range<usize> {
        self.get(key).map_or_else(|| self.span.clone(), Spanned::span)
    }

    /// Notes on keys that mean nothing.
    pub fn unknown(&self, known: &[&str], notes: &mut Vec<String>) {
        for (name, _) in self.table.iter() {
            let typed = name.get_ref();
            if known.iter().any(|key| key.eq_ignore_ascii_case(typed)) {
                continue;
            }
            let advice = match nearest(
                &typed.to_lowercase(),
                &known
                    .iter()
                    .map(|k| k.to_lowercase())
                    .collect::<Vec<_>>()
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
            ) {
                Some(near) => {
                    let near = known.iter().find(|key| key.eq_ignore_ascii_case(near)).copied().unwrap_or_default();
                    format!("; did you mean '{near}'?")
                }
                None => String::new(),
            };
            notes.push(format!("{}: the unknown key '{typed}' is ignored{advice}", self.file.place(&name.span())));
        }
    }

    /// A text; numbers and booleans are read as one.
    pub fn text(&self, key: &str) -> Result<Option<Text>, FormatError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match plain(value.get_ref()) {
            Some(text) => Ok(Some(Spanned::new(value.span(), text))),
            None => Err(self.file.error(&value.span(), format!("'{key}' is a text"))),
        }
    }

    /// A list of texts; one text is split at its commas.
    pub fn texts(&self, key: &str) -> Result<Vec<Text>, FormatError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        match value.get_ref() {
            DeValue::Array(array) => array
                .iter()
                .map(|item| match plain(item.get_ref()) {
                    Some(text) => Ok(Spanned::new(item.span(), text)),
                    None => Err(self.file.error(&item.span(), format!("'{key}' is a list of texts"))),
                })
                .collect(),
            other => match plain(other) {
                Some(text) if text.is_empty() => Ok(Vec::new()),
                Some(text) => Ok(text.split(',').map(|part| Spanned::new(value.span(), part.to_owned())).collect()),
                None => Err(self.file.error(&value.span(), format!("'{key}' is a list of texts"))),
            },
        }
    }

    /// A number; a text that holds one is read as it.
    pub fn number(&self, key: &str) -> Result<Option<f64>, FormatError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = match value.get_ref() {
            DeValue::Boolean(b) => Some(f64::from(u8::from(*b))),
            other => plain(other).map(|text| text.trim().replace('_', "")).and_then(|text| match text.as_str() {
                "" => Some(0.0),
                text => text.parse::<f64>().ok(),
            }),
        };
        match number.filter(|number| number.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => Err(self.file.error(&value.span(), format!("'{key}' is a number"))),
        }
    }

    /// A whole number that is not negative.
    pub fn count(&self, key: &str) -> Result<Option<u64>, FormatError> {
        let number = self.number(key)?;
        match number {
            Some(n) if n < 0.0 || n.fract() != 0.0 => {
                Err(self.file.error(&self.span_of(key), format!("'{key}' is a whole number, 0 or more")))
            }
            other => Ok(other.map(|n| n as u64)),
        }
    }

    /// Yes or no; texts and numbers that say so are read as it.
    pub fn flag(&self, key: &str) -> Result<bool, FormatError> {
        let Some(value) = self.get(key) else { return Ok(false) };
        let text = match value.get_ref() {
            DeValue::Boolean(b) => return Ok(*b),
            other => plain(other).unwrap_or_else(|| "?".to_owned()),
        };
        match text.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
            "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
            _ => Err(self.file.error(&value.span(), format!("'{key}' is true or false"))),
        }
    }

    /// A table.
    pub fn table(&self, key: &str) -> Result<Option<Table<'t, 'i>>, FormatError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match value.get_ref() {
            DeValue::Table(table) => Ok(Some(Table::new(self.file, value.span(), table))),
            _ => Err(self.file.error(&value.span(), format!("'{key}' is a table, [{key}]"))),
        }
    }

    /// A list of tables; a single one is a list of one.
    pub fn tables(&self, key: &str) -> Result<Vec<Table<'t, 'i>>, FormatError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let wrong = |span: Range<usize>| self.file.error(&span, format!("'{key}' is a list of tables, [[{key}]]"));
        match value.get_ref() {
            DeValue::Table(table) => Ok(vec![Table::new(self.file, value.span(), table)]),
            DeValue::Array(array) => array
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::Table(table) => Ok(Table::new(self.file, item.span(), table)),
                    _ => Err(wrong(item.span())),
                })
                .collect(),
            _ => Err(wrong(value.span())),
        }
    }
}

/// What a value says as a text.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(b) => Some(u8::from(*b).to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
