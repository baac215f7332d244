//! All files of a run together: what checks need that compare one file with another.

use super::document::{Document, Kind};
use super::inventory::{self, Item};
use super::settings::Settings;
use crate::finding::{Finding, Fingerprint};
use crate::rule::RuleSet;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

/// A file that was read and kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The file.
    pub document: Document,
    /// Its text.
    pub text: String,
}

/// What git knows of files and people, asked by paths as the file system has them.
pub trait Past {
    /// Whether git tracks the file.
    fn is_tracked(&self, path: &str) -> bool;
    /// Since when what HEAD says of the file has held without a break, in seconds since 1970: `holds` is asked about each
    /// version, by its path and text, from HEAD backwards.
    fn held_since(&self, path: &str, holds: &dyn Fn(&str, &str) -> bool) -> Option<i64>;
    /// When someone with that address last committed, in seconds since 1970.
    fn last_commit_of(&self, email: &str) -> Option<i64>;
}

/// Everything that was read.
pub struct Project<'p> {
    /// Configuration, in the order of paths; source code is not kept.
    pub files: &'p [Kept],
    /// Every key that was found, in files and in histories.
    pub findings: &'p [Finding],
    /// Every name of an environment variable that code reads, with the files that do and the first line where they do.
    pub reads: &'p BTreeMap<String, BTreeMap<String, u64>>,
    /// What git knows beside the keys, where a repository was read.
    pub past: Option<&'p dyn Past>,
    /// Every fingerprint under which a finding may have been written down.
    pub known_as: &'p dyn Fn(&Finding) -> Vec<Fingerprint>,
    /// All rules.
    pub rules: &'p RuleSet,
    /// Periods, and what time it is.
    pub settings: &'p Settings,
    /// The key inventory, made when it is first asked for.
    pub items: OnceCell<Vec<Item>>,
}

impl<'p> Project<'p> {
    /// Every key and reference to one.
    pub fn inventory(&self) -> &[Item] {
        self.items.get_or_init(|| inventory::of(self))
    }

    /// The files of one format.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'p Kept> {
        self.files.iter().filter(move |kept| kept.document.kind == kind)
    }

    /// Files of Terraform by folder: those of one folder are one module.
    pub fn modules(&self) -> BTreeMap<&'p str, Vec<&'p Kept>> {
        let mut modules: BTreeMap<&str, Vec<&Kept>> = BTreeMap::new();
        for kept in self.files.iter().filter(|kept| matches!(kept.document.kind, Kind::Hcl | Kind::HclJson)) {
            modules.entry(folder(&kept.document.path)).or_default().push(kept);
        }
        modules
    }

    /// The files that name each of these variables, two of them at most.
    pub fn named_in<'n>(&self, names: impl Iterator<Item = &'n str>) -> HashMap<&'n str, Vec<&'p str>> {
        let mut named: HashMap<&str, Vec<&str>> = names.map(|name| (name, Vec::new())).collect();
        if named.is_empty() {
            return named;
        }
        for kept in self.files {
            for word in kept.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
                let path = kept.document.path.as_str();
                if let Some(files) = named.get_mut(word)
                    && files.len() < 2
                    && files.last() != Some(&path)
                {
                    files.push(path);
                }
            }
        }
        named
    }

    /// Whether an ignore file covers a path: the usual patterns, the last that matches decides.
    pub fn covers(text: &str, ignore: &str, path: &str) -> bool {
        let Some(below) = path.strip_prefix(folder(ignore)) else { return false };
        let below = below.trim_start_matches('/');
        let base = below.rsplit('/').next().unwrap_or(below);
        let mut covered = false;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (negated, pattern) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
            let pattern = pattern.trim_start_matches("**/").trim_start_matches('/').trim_end_matches('/');
            let hit = match pattern.split_once('*') {
                Some((start, end)) => {
                    base.starts_with(start) && base.ends_with(end) && base.len() + 1 > start.len() + end.len()
                }
                None => pattern == base || pattern == below || below.starts_with(&format!("{pattern}/")),
            };
            if hit {
                covered = !negated;
            }
        }
        covered
    }
}

/// The folder of a path, empty for the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
