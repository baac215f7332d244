//! Names are no place for keys, and yet a file, a branch or a link may be called like one: what reports repeat of such
//! names is cleaned first.

use crate::engine::Engine;
use crate::finding::{Finding, Secret};
use crate::hygiene::inventory::Item;
use crate::problem::Problem;
use crate::report::Repository;
use rayon::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;

/// Cuts keys out of the paths and refs of all findings. Last, because policy judges by the real paths.
pub fn findings(findings: &mut [Finding], engine: &Engine) {
    findings.par_iter_mut().for_each_init(Clean::default, |clean, finding| {
        let secret = &finding.secret;
        for location in &mut finding.locations {
            for path in [&mut location.path, &mut location.wrap.member].into_iter().flatten() {
                // Paths that are no UTF-8 stay as they are unless there is something to hide.
                if let Some(hidden) = clean.hidden(&String::from_utf8_lossy(path), engine) {
                    *path = hidden.into_bytes();
                }
            }
            if let Some(matched) = &mut location.matched {
                Arc::make_mut(matched).shown = Some(around(matched.text.expose(), secret, engine));
            }
            for name in &mut location.refs {
                if let Some(hidden) = clean.hidden(name, engine) {
                    *name = hidden;
                }
            }
        }
    });
}

/// Names that hold no key: a branch may hold the places of thousands.
#[derive(Default)]
struct Clean(HashSet<String>);

impl Clean {
    /// The name with its keys cut out; nothing if it holds none.
    fn hidden(&mut self, name: &str, engine: &Engine) -> Option<String> {
        if self.0.contains(name) {
            return None;
        }
        let hidden = Some(engine.redact(name)).filter(|hidden| hidden != name);
        if hidden.is_none() {
            self.0.insert(name.to_owned());
        }
        hidden
    }
}

/// The text of a match with its secret redacted and every other key cut out.
fn around(text: &[u8], secret: &Secret, engine: &Engine) -> String {
    let part = |bytes: &[u8]| engine.redact(&String::from_utf8_lossy(bytes));
    match memchr::memmem::find(text, secret.expose()).filter(|_| !secret.is_empty()) {
        Some(at) => {
            let (before, behind) = (&text[..at], &text[at + secret.len()..]);
            // A part of the secret may stand there once more.
            let clean = |bytes: &[u8]| part(bytes).replace(&*String::from_utf8_lossy(secret.expose()), "…");
            format!("{}{}{}", clean(before), secret.redacted(), clean(behind))
        }
        None => secret.redacted(),
    }
}

/// The same for what problems say.
pub fn problems(problems: &mut [Problem], engine: &Engine) {
    for problem in problems {
        problem.subject = engine.redact(&problem.subject);
        problem.message = engine.redact(&problem.message);
    }
}

/// The same for what the key inventory repeats of files.
pub fn inventory(items: &mut [Item], engine: &Engine) {
    for item in items {
        item.name = engine.redact(&item.name);
        item.places.iter_mut().for_each(|(path, _)| *path = engine.redact(path));
        for text in [&mut item.owner, &mut item.provider, &mut item.environment].into_iter().flatten() {
            *text = engine.redact(text);
        }
    }
}

/// The same for the names of repositories.
pub fn repositories(repositories: &mut [Repository], engine: &Engine) {
    for repository in repositories {
        repository.path = engine.redact(&repository.path);
        for name in [&mut repository.branch, &mut repository.remote].into_iter().flatten() {
            *name = engine.redact(name);
        }
    }
}
