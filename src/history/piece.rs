//! A share of a history, scanned by itself: several runs divide the work on one repository, and whoever has the repository
//! puts together what they found and says who brought it.
//!
//! As in a cache, a key is told by its rule and by the bytes of the object that hold it, never by its text.

use super::cache::{State, Wanted};
use super::findings::{self, HistoryScan};
use super::keys::{Key, Keys};
use super::look::{Known, Look, Share};
use super::stored::Body;
use super::walk::{Options, walk};
use super::walked::ObjectHits;
use crate::coverage::Coverage;
use crate::engine::Engine;
use crate::git::Repo;
use crate::problem::Problem;
use crate::tally::Tally;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What one run found in its share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Piece {
    state: State,
    body: Body,
    problems: Vec<Problem>,
}

impl Piece {
    /// What was looked at.
    pub fn coverage(&self) -> &Coverage {
        self.body.coverage()
    }

    /// What could not be read.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// Scans a share of the history of `repo`.
///
/// # Errors
///
/// The run ended early, or what was found cannot be written down.
pub fn scan_share(
    repo: &Repo,
    engine: &Engine,
    options: &Options,
    wanted: &Wanted<'_>,
    share: Share,
    tally: &Tally,
) -> Result<Piece, Problem> {
    let state = State::now(repo, engine, options, wanted).without_folders();
    let walked = walk(repo, engine, options, Look::Share(share), tally);
    let wrong = |message: &str| Problem::fatal(repo.git_dir().display().to_string(), message);
    if tally.halt.why().is_some() {
        return Err(wrong("the part was not scanned to its end").with_next_step("run it again"));
    }
    let (keys, objects) = held(&walked.keys, walked.objects);
    let body = Body::of_objects(&keys, &objects, walked.coverage, engine)
        .ok_or_else(|| wrong("cannot be divided: a member of an archive in it is called like a key"))?;
    // Members of archives are named in them, and may be called like a key.
    let clean = |problem: Problem| Problem {
        subject: engine.redact(&problem.subject),
        message: engine.redact(&problem.message),
        ..problem
    };
    Ok(Piece { state, body, problems: walked.problems.into_iter().map(clean).collect() })
}

/// The keys that objects hold. A walk knows others, too: those of versions that count elsewhere.
fn held(keys: &[Key], mut objects: Vec<ObjectHits>) -> (Vec<Key>, Vec<ObjectHits>) {
    let table = Keys::default();
    for hit in objects.iter_mut().flat_map(|object| &mut object.hits) {
        hit.key = table.index(keys[hit.key as usize].clone());
    }
    (table.into_vec(), objects)
}

/// The whole history of `repo`, of which all shares were scanned.
///
/// # Errors
///
/// A piece is of another repository, of another state of it, or of other rules.
pub fn scan_pieces(
    repo: &Repo,
    engine: &Engine,
    options: &Options,
    wanted: &Wanted<'_>,
    pieces: &[Piece],
    tally: &Tally,
) -> Result<HistoryScan, Problem> {
    let wrong = |message: &str| Problem::fatal(repo.git_dir().display().to_string(), message);
    let now = State::now(repo, engine, options, wanted);
    if !pieces.iter().all(|piece| piece.state.is_alike(&now)) {
        let step = "scan all parts again, of one state of the repository";
        return Err(wrong(
            "is not what the parts were scanned in: commits came, it was packed anew, or rules or version differ",
        )
        .with_next_step(step));
    }
    let table = Keys::default();
    let mut all = Known {
        packs: now.packs().iter().map(|(path, _)| path.clone()).collect(),
        loose: HashSet::new(),
        keys: Vec::new(),
        objects: Vec::new(),
        coverage: Coverage::default(),
        problems: Vec::new(),
    };
    for piece in pieces {
        let known = piece.body.clone().into_known(repo, engine, options, now.packs(), now.loose());
        let Known { loose, keys, mut objects, coverage, .. } =
            known.ok_or_else(|| wrong("does not hold what a part says; is the part damaged?"))?;
        for hit in objects.iter_mut().flat_map(|object| &mut object.hits) {
            hit.key = table.index(keys[hit.key as usize].clone());
        }
        all.objects.extend(objects);
        all.loose = loose;
        all.coverage.add(&coverage);
        all.problems.extend_from_slice(&piece.problems);
    }
    all.keys = table.into_vec();
    Ok(findings::find(repo, engine, options, Look::Besides(&all), wanted, tally).scan)
}
