//! Reads single commits, messages and blobs, in parallel where they are many.

use super::version::{Eye, Scratch};
use super::walked::ObjectHits;
use crate::blob::ObjectId;
use crate::content::Content;
use crate::coverage::{Coverage, Skip};
use crate::git::changes::{Change, Trees};
use crate::git::commit::{self, CommitHead};
use crate::git::pack::Kind;
use crate::git::{ReadError, Repo};
use crate::problem::Problem;
use crate::tally::Tally;
use rayon::prelude::*;
use std::collections::HashMap;

/// Fewer items than this are done before a second thread would have opened the repository.
const WORTH_A_THREAD: usize = 32;

/// A change with the commit that made it.
pub(super) struct Touch {
    pub(super) commit: ObjectId,
    pub(super) change: Change,
}

/// What is gathered.
#[derive(Default)]
pub(super) struct Found {
    pub(super) touches: Vec<Touch>,
    pub(super) objects: Vec<ObjectHits>,
    pub(super) coverage: Coverage,
    pub(super) problems: Vec<Problem>,
}

impl Found {
    /// Joins what another thread found.
    pub(super) fn add(&mut self, more: Found) {
        self.touches.extend(more.touches);
        self.objects.extend(more.objects);
        self.coverage.add(&more.coverage);
        self.problems.extend(more.problems);
    }
}

/// What it takes to read, the repository aside: each thread opens its own.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) eye: Eye<'a>,
    pub(super) tally: &'a Tally,
}

impl<'a> Reading<'a> {
    /// Hands out pieces of `items` to threads, or does them here if they are few.
    pub(super) fn in_parallel<T: Sync>(self, repo: &Repo, items: &[T], read: fn(Self, &Repo, &[T]) -> Found) -> Found {
        if items.len() < WORTH_A_THREAD * 2 {
            return read(self, repo, items);
        }
        let git_dir = repo.git_dir();
        let piece = items.len().div_ceil(rayon::current_num_threads() * 8).max(WORTH_A_THREAD);
        let pieces = items.par_chunks(piece).map(|items| match Repo::open(git_dir, false) {
            Ok(repo) => read(self, &repo, items),
            Err(error) => {
                let problem = Problem::incomplete(git_dir.display().to_string(), error.to_string());
                Found { problems: vec![problem], ..Found::default() }
            }
        });
        let mut all = Found::default();
        pieces.collect::<Vec<_>>().into_iter().for_each(|found| all.add(found));
        all
    }

    /// Reads what commits change, and their messages.
    pub(super) fn read_commits(self, repo: &Repo, commits: &[(ObjectId, CommitHead)]) -> Found {
        let mut found = Found::default();
        let mut trees = Trees::new(repo);
        let mut scratch = Scratch::default();
        let mut heads: HashMap<ObjectId, ObjectId> = commits.iter().map(|(id, head)| (*id, head.tree)).collect();
        for (id, head) in commits.iter().take_while(|_| !self.tally.halt.is_due()) {
            self.message(repo, *id, &mut found, &mut scratch);
            let tree_of = |parent: &ObjectId| {
                let known = heads.get(parent).copied();
                known.or_else(|| repo.read(*parent).ok().and_then(|(_, bytes)| Some(commit::head(&bytes)?.tree)))
            };
            // A parent that is missing has been named by the walk; what it held is new as far as anyone can tell.
            let parents: Vec<(ObjectId, ObjectId)> =
                head.parents.iter().filter_map(|parent| Some((*parent, tree_of(parent)?))).collect();
            let before: Vec<ObjectId> = parents.iter().map(|(_, tree)| *tree).collect();
            heads.extend(parents);
            let touches = &mut found.touches;
            let lost = trees.compare(head.tree, &before, &mut |change| touches.push(Touch { commit: *id, change }));
            for lost in lost {
                self.lost(&mut found, "tree", lost.tree, &lost.error);
            }
        }
        found
    }

    /// Reads the messages of tags.
    pub(super) fn read_tags(self, repo: &Repo, tags: &[ObjectId]) -> Found {
        let mut found = Found::default();
        let mut scratch = Scratch::default();
        tags.iter().for_each(|tag| self.message(repo, *tag, &mut found, &mut scratch));
        found
    }

    /// Scans blobs.
    pub(super) fn read_blobs(self, repo: &Repo, blobs: &[ObjectId]) -> Found {
        let mut found = Found::default();
        let mut scratch = Scratch::default();
        for id in blobs.iter().take_while(|_| !self.tally.halt.is_due()) {
            match repo.read(*id) {
                Ok((_, bytes)) => self.blob(*id, bytes, &mut found, &mut scratch),
                Err(error) => self.lost(&mut found, "blob", *id, &error),
            }
        }
        self.tally.blobs(found.coverage.blobs, found.coverage.blob_bytes);
        found
    }

    fn blob(self, id: ObjectId, bytes: Vec<u8>, found: &mut Found, scratch: &mut Scratch) {
        let size = bytes.len() as u64;
        let (version, fresh) = self.eye.whole(bytes, scratch);
        let coverage = &mut found.coverage;
        coverage.blobs += 1;
        coverage.blob_bytes += size;
        coverage.fresh_bytes += fresh;
        match version.content() {
            Some(Content::Text | Content::Wide(_) | Content::Archive(_)) => {}
            Some(Content::Binary) => coverage.skip(Skip::BinaryStructuredOnly),
            Some(Content::Media) => coverage.skip(Skip::Media),
            None => {
                coverage.skip(Skip::TooLarge);
                let message = format!("not scanned: {size} bytes are more than the limit of {}", self.eye.max_size);
                let problem = Problem::incomplete(format!("blob {id}"), message);
                found.problems.push(problem.with_next_step("raise --max-file-size"));
            }
        }
        if !version.gaps().is_empty() {
            coverage.skip(Skip::Archive);
            let name = format!("blob {id}");
            found.problems.extend(version.gaps().iter().map(|gap| gap.problem(&name)));
        }
        if !version.hits.is_empty() {
            found.objects.push(ObjectHits { id, kind: Kind::Blob, hits: version.hits });
        }
    }

    /// Scans the message of a commit or tag.
    fn message(self, repo: &Repo, id: ObjectId, found: &mut Found, scratch: &mut Scratch) {
        let (kind, bytes) = match repo.read(id) {
            Ok(read) => read,
            Err(error) => return self.lost(found, "object", id, &error),
        };
        match kind {
            Kind::Commit => found.coverage.commits += 1,
            _ => found.coverage.tags += 1,
        }
        let start = commit::message_start(&bytes);
        let (version, _) = self.eye.whole(bytes[start..].to_vec(), scratch);
        if !version.hits.is_empty() {
            let hits = version.hits.iter().map(|hit| hit.shifted(start as u32)).collect();
            found.objects.push(ObjectHits { id, kind, hits });
        }
    }

    fn lost(self, found: &mut Found, what: &str, id: ObjectId, error: &ReadError) {
        let (why, step) = match error {
            ReadError::Missing => (Skip::Missing, "fetch it: a partial or shallow clone does not hold everything"),
            ReadError::Damaged(_) => (Skip::Damaged, "run `git fsck`, and fetch the repository anew"),
        };
        found.coverage.skip(why);
        found.problems.push(Problem::incomplete(format!("{what} {id}"), error.to_string()).with_next_step(step));
    }
}
