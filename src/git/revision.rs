//! What a person, a hook or a CI system names as commits: `A..B`, `A...B`, `B`, `^A`, `A^!`, and the zeros that a push
//! hands over for a branch that is new or gone.

use super::Repo;
use crate::blob::ObjectId;

/// From where to walk, and what not to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tips {
    /// Everything that these reach is shown,
    pub show: Vec<ObjectId>,
    /// but nothing that these reach.
    pub hide: Vec<ObjectId>,
    /// Annotated tags that were named themselves.
    pub tags: Vec<ObjectId>,
    /// What was left out, and why, where that may surprise.
    pub remark: Option<String>,
}

/// A name that leads to no commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    pub next_step: String,
}

impl Unknown {
    fn new(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { message: message.into(), next_step: next_step.into() }
    }
}

/// What a shallow clone needs.
pub const DEEPEN: &str = "fetch the rest with `git fetch --unshallow`; in CI check out with `fetch-depth: 0`";

/// Reads a range: revisions as `git log` takes them, with spaces between several.
///
/// # Errors
///
/// The first name that leads to no commit.
pub fn parse(repo: &Repo, text: &str) -> Result<Tips, Unknown> {
    let mut reading = Reading { repo, tips: Tips::default(), is_negated: false, names_tips: false };
    for term in terms(text) {
        reading.term(term)?;
    }
    if !reading.names_tips {
        return Err(Unknown::new("says only what to leave out", "name what to scan, like main..HEAD"));
    }
    Ok(reading.tips)
}

/// The commit of a branch or tag. A branch that only a remote has goes by its own name, too.
///
/// # Errors
///
/// There is no such branch or tag.
pub fn branch(repo: &Repo, name: &str) -> Result<ObjectId, Unknown> {
    let refs = names(repo);
    let full = ["", "refs/heads/", "refs/remotes/", "refs/tags/"].map(|folder| format!("{folder}{name}"));
    let exact = full.iter().find_map(|full| refs.iter().find(|(known, _)| known == full));
    let remote = || refs.iter().find(|(known, _)| known.starts_with("refs/remotes/") && short(known) == name);
    match exact.or_else(remote) {
        Some((_, commit)) => Ok(*commit),
        None if name == "HEAD" => resolve(repo, name).map(|(commit, _)| commit),
        None => Err(unknown(repo, name, "no branch and no tag has that name")),
    }
}

struct Reading<'r> {
    repo: &'r Repo,
    tips: Tips,
    is_negated: bool,
    names_tips: bool,
}

impl Reading<'_> {
    fn term(&mut self, term: &str) -> Result<(), Unknown> {
        if let Some(option) = term.strip_prefix("--") {
            return self.option(term, option);
        }
        if let Some((from, to)) = split(term, "...") {
            return self.symmetric(from, to);
        }
        if let Some((from, to)) = split(term, "..") {
            return self.range(from, to);
        }
        if let Some(base) = term.strip_suffix("^!") {
            let commit = self.add(base, false)?;
            let parents = self.parents(commit);
            self.put(parents, true);
        } else if let Some(base) = term.strip_suffix("^@") {
            let (commit, _) = resolve(self.repo, base)?;
            let parents = self.parents(commit);
            self.put(parents, false);
        } else if let Some((base, n)) = parent_left_out(term) {
            let commit = self.add(base, false)?;
            match self.parents(commit).get(n - 1) {
                Some(parent) => self.put(vec![*parent], true),
                None => {
                    return Err(Unknown::new(
                        format!("'{base}' has no parent number {n}"),
                        "leave out the ending to scan all that it reaches",
                    ));
                }
            }
        } else if let Some(hidden) = term.strip_prefix('^') {
            if !is_zero(hidden) {
                self.add(hidden, true)?;
            }
        } else if is_zero(term) {
            self.gone();
        } else {
            self.add(term, false)?;
        }
        Ok(())
    }

    /// The few options of `git rev-list` that hooks need.
    fn option(&mut self, term: &str, option: &str) -> Result<(), Unknown> {
        let (word, remote) = option.split_once('=').map_or((option, None), |(word, remote)| (word, Some(remote)));
        let folder = match (word, remote) {
            ("not", None) => {
                self.is_negated = !self.is_negated;
                return Ok(());
            }
            ("all", None) => "refs/".to_owned(),
            ("branches", None) => "refs/heads/".to_owned(),
            ("tags", None) => "refs/tags/".to_owned(),
            ("remotes", None) => "refs/remotes/".to_owned(),
            ("remotes", Some(remote)) => format!("refs/remotes/{remote}/"),
            _ => {
                return Err(Unknown::new(
                    format!("'{term}' is no revision"),
                    "of git's options, --not, --all, --branches, --tags and --remotes are understood",
                ));
            }
        };
        let mut commits: Vec<ObjectId> =
            names(self.repo).into_iter().filter(|(name, _)| name.starts_with(&folder)).map(|(_, c)| c).collect();
        commits.extend(self.repo.head().filter(|_| word == "all"));
        self.put(commits, false);
        Ok(())
    }

    /// `A..B`
    fn range(&mut self, from: &str, to: &str) -> Result<(), Unknown> {
        if from.is_empty() && to.is_empty() {
            return Err(Unknown::new("names no commit on either side", "is a variable empty? Write A..B"));
        }
        if is_zero(to) {
            self.gone();
            return Ok(());
        }
        let tip = self.add(or_head(to), false)?;
        if is_zero(from) {
            let (others, remark) = others(self.repo, or_head(to), tip);
            self.put(others, true);
            self.tips.remark = remark;
        } else {
            self.add(or_head(from), true)?;
        }
        Ok(())
    }

    /// `A...B`
    fn symmetric(&mut self, from: &str, to: &str) -> Result<(), Unknown> {
        if is_zero(from) || is_zero(to) || (from.is_empty() && to.is_empty()) {
            return self.range(from, to);
        }
        let (one, two) = (self.add(or_head(from), false)?, self.add(or_head(to), false)?);
        let bases = super::ancestry::merge_bases(self.repo, one, two);
        self.put(bases, true);
        Ok(())
    }

    /// A branch that was deleted brings nothing.
    fn gone(&mut self) {
        self.names_tips = true;
        self.tips.remark = Some("a branch that was deleted adds nothing".to_owned());
    }

    fn add(&mut self, name: &str, is_hidden: bool) -> Result<ObjectId, Unknown> {
        let (commit, tags) = resolve(self.repo, name)?;
        if is_hidden == self.is_negated {
            self.tips.tags.extend(tags);
        }
        self.put(vec![commit], is_hidden);
        Ok(commit)
    }

    fn put(&mut self, commits: Vec<ObjectId>, is_hidden: bool) {
        if is_hidden == self.is_negated {
            self.names_tips = true;
            self.tips.show.extend(commits);
        } else {
            self.tips.hide.extend(commits);
        }
    }

    fn parents(&self, commit: ObjectId) -> Vec<ObjectId> {
        let cut = self.repo.shallow_commits().contains(&commit);
        let read = self.repo.read(commit).ok().filter(|_| !cut);
        read.and_then(|(_, bytes)| super::commit::head(&bytes)).map(|head| head.parents).unwrap_or_default()
    }
}

/// The commit that a name leads to, and the annotated tags on the way.
fn resolve(repo: &Repo, name: &str) -> Result<(ObjectId, Vec<ObjectId>), Unknown> {
    let mut object = match repo.raw().revparse_single(name) {
        Ok(object) => object,
        Err(error) if error.code() == git2::ErrorCode::Ambiguous => {
            return Err(Unknown::new(format!("'{name}' could be several commits"), "write more of its digits"));
        }
        Err(_) if name == "HEAD" || name == "@" => {
            return Err(Unknown::new("HEAD has no commit yet", "commit something, or name a branch"));
        }
        Err(_) => return Err(unknown(repo, name, "names no commit")),
    };
    let mut tags = Vec::new();
    loop {
        let Some(id) = ObjectId::from_slice(object.id().as_bytes()) else {
            return Err(unknown(repo, name, "names no commit"));
        };
        let next = match object.kind() {
            Some(git2::ObjectType::Commit) => return Ok((id, tags)),
            Some(git2::ObjectType::Tag) => object.as_tag().and_then(|tag| tag.target().ok()),
            kind => {
                let what = if kind == Some(git2::ObjectType::Tree) { "a tree" } else { "a blob" };
                return Err(Unknown::new(format!("'{name}' names {what}, not a commit"), "name a commit"));
            }
        };
        tags.push(id);
        object = next.ok_or_else(|| unknown(repo, name, "is a tag of something that this clone does not hold"))?;
    }
}

fn unknown(repo: &Repo, name: &str, what: &str) -> Unknown {
    let is_id = name.len() >= 7 && name.bytes().all(|b| b.is_ascii_hexdigit());
    if is_id {
        let step = if repo.is_shallow() {
            DEEPEN.to_owned()
        } else {
            format!(
                "it was force-pushed away or never fetched: try `git fetch origin {name}`, or name a commit that is here"
            )
        };
        return Unknown::new(format!("the commit {name} is not in this clone"), step);
    }
    let all = names(repo);
    let likeness = |known: &&str| (strsim::jaro_winkler(name, known) * 1000.0) as u32;
    let mut near: Vec<&str> = all.iter().map(|(full, _)| shown(full)).filter(|known| likeness(known) > 800).collect();
    // `origin/main` for `main`: likenesses of strings do not see that.
    near.extend(all.iter().filter(|(full, _)| short(full) == name).map(|(full, _)| shown(full)));
    near.sort_by_key(|known| (short_of_shown(known) != name, std::cmp::Reverse(likeness(known)), *known));
    near.dedup();
    near.truncate(3);
    let step = match near.as_slice() {
        [] if repo.is_shallow() => DEEPEN.to_owned(),
        [] => "see `git branch --all` and `git tag`, and fetch it if it is on a remote".to_owned(),
        near => format!("did you mean {}?", near.iter().map(|n| format!("'{n}'")).collect::<Vec<_>>().join(" or ")),
    };
    Unknown::new(format!("'{name}': {what}"), step)
}

/// For a branch that is new at `tip`: the commits of the refs that were there before, so that their history is not new.
///
/// Where there are remotes, only their branches count: another local branch may hold commits that nobody else has seen.
/// The new branch's own refs, which a checkout in CI already has, do not count. Which these are tells the name, or the
/// checked-out branch, or that there is only one at that commit.
fn others(repo: &Repo, name: &str, tip: ObjectId) -> (Vec<ObjectId>, Option<String>) {
    let mut refs = names(repo);
    if refs.iter().any(|(name, _)| name.starts_with("refs/remotes/")) {
        refs.retain(|(name, _)| name.starts_with("refs/remotes/"));
    }
    let at_tip = |name: &str| refs.iter().any(|(full, commit)| *commit == tip && short(full) == name);
    let checked_out = || repo.branch().filter(|name| !repo.is_bare() && at_tip(name));
    let only = || {
        let mut there: Vec<&str> = refs.iter().filter(|(_, c)| *c == tip).map(|(full, _)| short(full)).collect();
        there.sort_unstable();
        there.dedup();
        (there.len() == 1).then(|| there[0].to_owned())
    };
    let named = Some(short(name).to_owned()).filter(|name| at_tip(name));
    let named = named.or_else(|| name.split_once('/').map(|(_, name)| name.to_owned()).filter(|name| at_tip(name)));
    let own = named.or_else(checked_out).or_else(only);
    refs.retain(|(full, commit)| *commit != tip || own.as_deref() != Some(short(full)));
    let there = refs.iter().find(|(_, commit)| *commit == tip);
    let remark = there.map(|(full, _)| format!("the new branch adds nothing to '{}'", shown(full)));
    (refs.into_iter().map(|(_, commit)| commit).collect(), remark)
}

/// Every ref that leads to a commit, or to what this clone lacks, with its full name; those that only point to another
/// ref are left out.
pub(super) fn names(repo: &Repo) -> Vec<(String, ObjectId)> {
    let (Ok(refs), Ok(odb)) = (repo.raw().references(), repo.raw().odb()) else { return Vec::new() };
    let direct = refs.flatten().filter(|r| r.kind() == Some(git2::ReferenceType::Direct));
    direct
        .filter_map(|r| {
            // Packed refs know the commits of their annotated tags.
            let id = match r.target_peel() {
                Some(id) => id,
                None if r.is_branch() || r.is_remote() => r.target()?,
                None => r.peel_to_commit().ok()?.id(),
            };
            let leads_elsewhere = odb.read_header(id).is_ok_and(|(_, kind)| kind != git2::ObjectType::Commit);
            let name = String::from_utf8_lossy(r.name_bytes()).into_owned();
            ObjectId::from_slice(id.as_bytes()).filter(|_| !leads_elsewhere).map(|id| (name, id))
        })
        .collect()
}

/// The name without its folder, and without the remote.
fn short(full: &str) -> &str {
    let shown = shown(full);
    if full.starts_with("refs/remotes/") { short_of_shown(shown) } else { shown }
}

fn shown(full: &str) -> &str {
    ["refs/heads/", "refs/remotes/", "refs/tags/", "refs/"]
        .iter()
        .find_map(|folder| full.strip_prefix(folder))
        .unwrap_or(full)
}

fn short_of_shown(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, name)| name)
}

fn or_head(name: &str) -> &str {
    if name.is_empty() { "HEAD" } else { name }
}

/// Git's way to say "no commit".
fn is_zero(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|b| b == b'0')
}

/// `A^-` and `A^-2`: the number of the parent whose history is left out.
fn parent_left_out(term: &str) -> Option<(&str, usize)> {
    let (base, n) = term.rsplit_once("^-")?;
    let n = if n.is_empty() { 1 } else { n.parse().ok().filter(|n| *n > 0)? };
    Some((base, n))
}

/// Splits at the first `dots` that are not part of a `{…}`.
fn split<'t>(term: &'t str, dots: &str) -> Option<(&'t str, &'t str)> {
    let at = outside_braces(term).find(|at| term[*at..].starts_with(dots))?;
    Some((&term[..at], &term[at + dots.len()..]))
}

/// The parts of a range, at spaces that are not part of a `{…}`.
fn terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut start = 0;
    let spaces = outside_braces(text).filter(|at| text[*at..].starts_with(char::is_whitespace));
    for at in spaces.chain([text.len()]) {
        terms.push(text[start..at].trim());
        start = at;
    }
    terms.retain(|term| !term.is_empty());
    terms
}

fn outside_braces(text: &str) -> impl Iterator<Item = usize> {
    let mut depth = 0usize;
    text.char_indices().filter_map(move |(at, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_and_dots_stand_outside_of_braces() {
        assert_eq!(terms(" a..b  ^c@{2 days ago} "), ["a..b", "^c@{2 days ago}"]);
        assert_eq!(split("a..b", ".."), Some(("a", "b")));
        assert_eq!(split("x^{/a..b}..y", ".."), Some(("x^{/a..b}", "y")));
        assert_eq!(split("a...b", "..."), Some(("a", "b")));
        assert_eq!(split("a^{/..}", ".."), None);
        assert_eq!(parent_left_out("m^-2"), Some(("m", 2)));
        assert_eq!(parent_left_out("m^-"), Some(("m", 1)));
        assert_eq!(parent_left_out("m^-x"), None);
    }

    #[test]
    fn zeros_are_told_from_short_ids() {
        assert!(is_zero(&"0".repeat(40)) && is_zero(&"0".repeat(64)));
        assert!(!is_zero("0000000"));
    }

    #[test]
    fn names_lose_their_folders_and_remotes() {
        assert_eq!(short("refs/remotes/origin/a/b"), "a/b");
        assert_eq!(short("refs/heads/a/b"), "a/b");
        assert_eq!(shown("refs/remotes/origin/a"), "origin/a");
    }
}
