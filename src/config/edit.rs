//! Adds allow entries to the text of a configuration, and leaves everything else in it as it is.
//!
//! Entries that name one key each stand in the order of their fingerprints, so that two branches which add some touch
//! different lines nearly always, and git merges them.

use super::Config;
use crate::policy::Expiry;
use std::path::Path;
use toml_edit::{Array, Document, DocumentMut, InlineTable, Item, Table, Value};

/// A key that is no leak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowKey {
    /// Its fingerprint, as reports show it.
    pub fingerprint: String,
    /// What it is, for who reads the file; on one line and without the key.
    pub about: String,
    /// Why it is no leak.
    pub reason: String,
    /// Who answers for that.
    pub owner: Option<String>,
    /// The last day on which it holds.
    pub expires: Option<Expiry>,
}

impl AllowKey {
    fn values(&self) -> Vec<(&'static str, Value)> {
        let mut values = vec![
            ("fingerprints", Value::Array(std::iter::once(self.fingerprint.as_str()).collect::<Array>())),
            ("reason", Value::from(self.reason.as_str())),
        ];
        values.extend(self.owner.as_ref().map(|owner| ("owner", Value::from(owner.as_str()))));
        // What an expiry prints is a day.
        let day = self.expires.and_then(|day| day.to_string().parse::<toml_edit::Datetime>().ok());
        values.extend(day.map(|day| ("expires", Value::from(day))));
        values
    }

    fn block(&self) -> String {
        let lines = self.values().into_iter().map(|(name, value)| format!("{name} = {}\n", value.to_string().trim()));
        format!("# {}\n[[allow]]\n{}", self.about, lines.collect::<String>())
    }
}

/// The text of the configuration `file` with entries added.
///
/// # Errors
///
/// A sentence: the text is no configuration, or holds its entries in a way that cannot be added to.
pub fn allow(file: &Path, text: &str, keys: &[AllowKey]) -> Result<String, String> {
    let before = Config::parse(file, text.as_bytes()).map_err(|error| error.to_string())?.allow.len();
    let (mark, body) = text.strip_prefix('\u{feff}').map_or(("", text), |body| ("\u{feff}", body));
    let is_windows = body.contains("\r\n");
    let mut body = body.replace("\r\n", "\n");
    for key in keys {
        body = add(&body, key)?;
    }
    let body = if is_windows { body.replace('\n', "\r\n") } else { body };
    let text = format!("{mark}{body}");
    // Whoever reads it next must find what was meant.
    let after =
        Config::parse(file, text.as_bytes()).map_err(|error| format!("what would be written is wrong: {error}"))?;
    if after.allow.len() != before + keys.len() {
        return Err("the entries would not be read back".to_owned());
    }
    Ok(text)
}

fn add(text: &str, key: &AllowKey) -> Result<String, String> {
    let document = Document::parse(text).map_err(|error| error.message().to_owned())?;
    let entries: Vec<&Table> = match document.as_table().get("allow") {
        None => Vec::new(),
        Some(Item::ArrayOfTables(tables)) => tables.iter().collect(),
        Some(_) => return add_inline(text, key),
    };
    let ours: Vec<(&Table, &str)> = entries.iter().filter_map(|table| Some((*table, only_key(table)?))).collect();
    let mut out = text.to_owned();
    if let Some((next, _)) = ours.iter().find(|(_, print)| *print > key.fingerprint.as_str()) {
        let at = start_of(text, next).ok_or("an entry has no place")?;
        out.insert_str(at, &format!("{}\n", key.block()));
    } else if let Some((last, _)) = ours.last() {
        let at = end_of(text, last).ok_or("an entry has no place")?;
        out.insert_str(at, &format!("{}\n{}", if text[..at].ends_with('\n') { "" } else { "\n" }, key.block()));
    } else {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        let gap = if out.is_empty() || out.ends_with("\n\n") { "" } else { "\n" };
        out.push_str(&format!("{gap}{}", key.block()));
    }
    Ok(out)
}

/// The fingerprint of an entry that names one key.
fn only_key(table: &Table) -> Option<&str> {
    let prints = table.get("fingerprints")?.as_array()?;
    (prints.len() == 1).then(|| prints.get(0)?.as_str()).flatten()
}

/// Where an entry begins, with the comments right above it.
fn start_of(text: &str, table: &Table) -> Option<usize> {
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let mut start = line_start(table.span()?.start);
    while start > 0 {
        let above = line_start(start - 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    Some(start)
}

/// Where the line after an entry begins.
fn end_of(text: &str, table: &Table) -> Option<usize> {
    let values = table.iter().filter_map(|(_, item)| item.span());
    let end = values.chain(table.span()).map(|span| span.end).max()?;
    Some(text[end..].find('\n').map_or(text.len(), |newline| end + newline + 1))
}

/// Entries that are written as `allow = [{ … }]`.
fn add_inline(text: &str, key: &AllowKey) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let list = document.get_mut("allow").and_then(Item::as_array_mut).ok_or("its allow entries are no list")?;
    let mut entry = InlineTable::new();
    for (name, value) in key.values() {
        entry.insert(name, value);
    }
    list.push(entry);
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: char) -> AllowKey {
        AllowKey {
            fingerprint: digit.to_string().repeat(32),
            about: format!("the key of {digit}"),
            reason: "made \"up\" for the tests".to_owned(),
            owner: Some("ann@example.org".to_owned()),
            expires: Expiry::parse("2027-01-31").ok(),
        }
    }

    fn with(text: &str, keys: &[AllowKey]) -> String {
        allow(Path::new("keyhound.toml"), text, keys).expect("can be added to")
    }

    #[test]
    fn an_entry_says_what_it_is_about() {
        let want = format!(
            "# the key of 5\n[[allow]]\nfingerprints = [\"{}\"]\nreason = 'made \"up\" for the tests'\n\
             owner = \"ann@example.org\"\nexpires = 2027-01-31\n",
            "5".repeat(32)
        );
        assert_eq!(with("", &[key('5')]), want);
        assert_eq!(with("severity = \"low\" # all", &[key('5')]), format!("severity = \"low\" # all\n\n{want}"));
    }

    #[test]
    fn entries_stand_in_the_order_of_their_fingerprints_whatever_the_order_of_adding() {
        let all = [key('1'), key('5'), key('9')];
        let sorted = with("", &all);
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut text = String::new();
            for ix in order {
                text = with(&text, &[all[ix].clone()]);
            }
            assert_eq!(text, sorted, "{order:?}");
        }
    }

    #[test]
    fn nothing_else_is_touched() {
        let text = "# ours\n[scan]\nexclude = [ 'a' , \"b\" ]   # two\n\n# by hand\n[[allow]]\npaths = [\n  \"tests/**\", # all\n]\n\
                    reason = '''\nlong\n'''  # end\n\n[[rule]]\nid = \"x-token\"\ndescription = \"X\"\n\
                    pattern = '''\\b(xt_[a-z0-9]{32})\\b'''\nprefixes = [\"xt_\"]\n\n# the end\n";
        for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
            let new = with(&text, &[key('5'), key('1'), key('9')]);
            let mut left = new.as_str();
            // What was there is there still, in its order.
            for line in text.trim_start_matches('\u{feff}').split_inclusive('\n') {
                left = left.split_once(line).unwrap_or_else(|| panic!("{line:?} is lost in {new}")).1;
            }
            assert_eq!(new.contains("\r\n"), text.contains("\r\n"));
            assert!(!text.contains("\r\n") || new.matches('\n').count() == new.matches("\r\n").count());
        }
    }

    #[test]
    fn a_list_on_one_line_is_added_to() {
        let text = "allow = [{ paths = [\"a\"], reason = \"b\" }]\n";
        let new = with(text, &[key('5')]);
        assert!(new.starts_with("allow = [{ paths = [\"a\"], reason = \"b\" }, { fingerprints ="), "{new}");
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        assert!(allow(Path::new("k"), "allow = 3", &[key('5')]).is_err());
        assert!(allow(Path::new("k"), "[[[", &[key('5')]).is_err());
    }
}
