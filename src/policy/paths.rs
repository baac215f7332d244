//! Which paths an exception covers: gitignore-style globs and regular expressions, and the folder that they count from.
//!
//! A report shows paths as seen from where the scan was started, git shows them as seen from the repository's root, and
//! a pattern in `keyhound.toml` means what it says as seen from that file's folder. [`Folders`] translates.

use crate::finding::{Location, Place};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use regex::bytes::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// What begins a pattern that is a regular expression over the path, not a glob.
const REGEX: &str = "regex:";

/// A list of path patterns.
#[derive(Debug, Clone)]
pub struct PathSet {
    globs: Gitignore,
    regexes: Vec<Regex>,
}

impl Default for PathSet {
    fn default() -> Self {
        Self { globs: Gitignore::empty(), regexes: Vec::new() }
    }
}

impl PathSet {
    /// Reads patterns: `tests/**` as in `.gitignore`, `regex:^docs/` as a regular expression.
    ///
    /// # Errors
    ///
    /// The index of the pattern that is none, and what is wrong with it.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, (usize, String)> {
        let mut globs = GitignoreBuilder::new("");
        // Otherwise a typo like `[a-z` would quietly stand for itself.
        globs.allow_unclosed_class(false);
        let mut regexes = Vec::new();
        for (i, pattern) in patterns.iter().map(AsRef::as_ref).enumerate() {
            let fail = |message: String| (i, message);
            // `/` and `!` alone are empty too: as a glob the first would match every path.
            if pattern.trim_matches(['/', '!', ' ', '\t']).is_empty() || pattern == REGEX {
                return Err(fail("an empty pattern matches nothing or everything; leave it out".to_owned()));
            }
            if let Some(rest) = pattern.strip_prefix("./") {
                return Err(fail(format!("'{pattern}' would match nothing; write '/{rest}'")));
            }
            if let Some(regex) = pattern.strip_prefix(REGEX) {
                regexes.push(bytes_regex(regex).map_err(fail)?);
            } else if pattern.starts_with('#') {
                return Err(fail(format!("'{pattern}' would be read as a comment; write '\\{pattern}'")));
            } else {
                globs.add_line(None, pattern).map_err(|e| fail(format!("'{pattern}' is not a glob: {e}")))?;
            }
        }
        let globs = globs.build().map_err(|e| (0, format!("these globs are too much together: {e}")))?;
        Ok(Self { globs, regexes })
    }

    /// Whether it holds no pattern.
    pub fn is_empty(&self) -> bool {
        self.globs.is_empty() && self.regexes.is_empty()
    }

    /// Whether a pattern matches `path`, which counts from the folder of the patterns, or a folder above it.
    pub fn matches(&self, path: &[u8], is_dir: bool) -> bool {
        let path = trimmed(path);
        if path.is_empty() {
            return false;
        }
        let whole = to_path(path);
        // `ignore` refuses rooted paths by a panic; a drive letter is still one here.
        let by_glob =
            !whole.has_root() && matches!(self.globs.matched_path_or_any_parents(&*whole, is_dir), Match::Ignore(_));
        by_glob || self.regexes.iter().any(|regex| regex.is_match(path))
    }
}

/// Without the `./` and `/` that begin it.
fn trimmed(mut path: &[u8]) -> &[u8] {
    while let Some(rest) = path.strip_prefix(b"/").or_else(|| path.strip_prefix(b"./")) {
        path = rest;
    }
    path
}

/// Compiles a regular expression over bytes, with the meaning that patterns of rules have.
///
/// # Errors
///
/// What is wrong with it, in one line.
pub fn bytes_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).unicode(false).size_limit(8 << 20).build().map_err(|error| {
        // The parser draws the pattern with a caret below, over several lines; the last one says what is wrong.
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        format!("'{pattern}' is not a regular expression: {last}")
    })
}

/// The folders from which paths count. All are real paths, as `std::fs::canonicalize` gives them.
#[derive(Debug, Clone, Default)]
pub struct Folders {
    /// Where patterns count from; `None` takes every path as it is.
    pub base: Option<PathBuf>,
    /// Where the paths of files count from: the folder in which the scan was started.
    pub here: PathBuf,
    /// Where the paths of the index and of history count from: the root of the worktree. `None` for a bare repository,
    /// whose paths are taken as they are.
    pub repository: Option<PathBuf>,
}

impl Folders {
    /// The paths by which a pattern may name a place, counted from `base`: its own; for a member of an archive that of
    /// the archive, and that which the member would have if the archive were a folder.
    pub fn ways_to(&self, location: &Location) -> Vec<Vec<u8>> {
        let relative = |path: &[u8]| self.relative(&location.place, path).map(Cow::into_owned);
        let mut ways: Vec<Vec<u8>> = location.path.iter().filter_map(|path| relative(path)).collect();
        if let (Some(member), Some(archive)) = (&location.wrap.member, location.file()) {
            ways.extend(relative(archive));
            ways.extend(relative(&[archive, b"/", member].concat()));
        }
        ways
    }

    /// The folders of a scan of `scanned`, started in `here`; all real paths.
    ///
    /// Patterns count from the configuration's folder where it holds what is scanned. A configuration from elsewhere
    /// (`--config`) speaks of what it is used for, so its patterns count from the repository, or else from what is
    /// scanned; so do the paths of a baseline where there is no configuration.
    pub fn of(config: Option<&Path>, scanned: &Path, here: &Path, repository: Option<&Path>) -> Self {
        let holding = |folder: Option<&Path>| folder.filter(|folder| scanned.starts_with(folder)).map(Path::to_owned);
        let base = holding(config).or_else(|| holding(repository)).unwrap_or_else(|| scanned.to_owned());
        Self { base: Some(base), here: here.to_owned(), repository: repository.map(Path::to_owned) }
    }

    /// `path` as seen from the base; `None` where it lies outside.
    pub fn relative<'a>(&self, place: &Place, path: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let from = match place {
            Place::File | Place::Stdin => Some(&self.here),
            Place::Staged | Place::History { .. } | Place::Message { .. } => self.repository.as_ref(),
        };
        let (Some(base), Some(from)) = (&self.base, from) else {
            return Some(Cow::Borrowed(path.strip_prefix(b"./").unwrap_or(path)));
        };
        let whole = normal(&from.join(&*to_path(path)));
        whole.strip_prefix(base).ok().map(|path| Cow::Owned(to_bytes(path)))
    }
}

/// Without `.` and `..`, by the letters alone: the file may no longer exist.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(unix)]
fn to_path(bytes: &[u8]) -> Cow<'_, Path> {
    use std::os::unix::ffi::OsStrExt;
    Cow::Borrowed(Path::new(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn to_path(bytes: &[u8]) -> Cow<'_, Path> {
    Cow::Owned(PathBuf::from(String::from_utf8_lossy(bytes).into_owned()))
}

#[cfg(unix)]
fn to_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(not(unix))]
fn to_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(patterns: &[&str]) -> PathSet {
        PathSet::new(patterns).expect("patterns")
    }

    #[test]
    fn globs_are_those_of_gitignore() {
        let paths = set(&["/tests/**", "*.snap", "vendor/", "!vendor/ours/**"]);
        for yes in ["tests/a/b.rs", "./tests/a", "/tests/a", "deep/x.snap", "a/vendor/b/c.go"] {
            assert!(paths.matches(yes.as_bytes(), false), "{yes}");
        }
        for no in ["src/tests/a", "x.snapshot", "vendor", "vendor/ours/a", "", "/", "./"] {
            assert!(!paths.matches(no.as_bytes(), false), "{no}");
        }
        assert!(paths.matches(b"vendor", true));
    }

    #[test]
    fn regexes_see_the_whole_path_and_any_bytes() {
        let paths = set(&["regex:^docs/.*\\.md$", "*.\u{e9}"]);
        assert!(paths.matches(b"docs/\xff\xfe.md", false));
        assert!(!paths.matches(b"src/docs/a.md", false));
        assert!(!paths.matches(b"\xff\xfe/../\x00", false));
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        for (bad, word) in [
            ("", "empty"),
            ("/", "empty"),
            ("regex:", "empty"),
            ("./x", "'/x'"),
            ("a[b", "glob"),
            ("regex:(", "regular"),
            ("#x", "comment"),
        ] {
            let (index, message) = PathSet::new(&["ok/**", bad]).expect_err(bad);
            assert_eq!(index, 1);
            assert!(message.contains(word) && !message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn paths_are_translated_to_the_folder_of_the_patterns() {
        let folders =
            Folders { base: Some("/r/repo".into()), here: "/r/repo/sub".into(), repository: Some("/r/repo".into()) };
        let of = |place: &Place, path: &str| {
            folders.relative(place, path.as_bytes()).map(|p| String::from_utf8(p.into_owned()).expect("text"))
        };
        assert_eq!(of(&Place::File, "tests/a").as_deref(), Some("sub/tests/a"));
        assert_eq!(of(&Place::File, "../a").as_deref(), Some("a"));
        assert_eq!(of(&Place::File, "/r/repo/x").as_deref(), Some("x"));
        assert_eq!(of(&Place::File, "../../other/a"), None);
        assert_eq!(of(&Place::Staged, "tests/a").as_deref(), Some("tests/a"));
        let outside = Folders { here: "/r".into(), ..folders.clone() };
        assert_eq!(outside.relative(&Place::File, b"repo/t/a").as_deref(), Some(&b"t/a"[..]));
        assert_eq!(Folders::default().relative(&Place::File, b"./a").as_deref(), Some(&b"a"[..]));
    }

    #[test]
    fn a_configuration_from_elsewhere_counts_from_what_is_scanned() {
        let [r, repo] = [Path::new("/r"), Path::new("/r/repo")];
        let base = |config: Option<&str>, repository| {
            Folders::of(config.map(Path::new), Path::new("/r/repo/sub"), r, repository).base.expect("a base")
        };
        assert_eq!(base(Some("/r"), Some(repo)), r);
        assert_eq!(base(Some("/etc"), Some(repo)), repo);
        assert_eq!(base(None, None), Path::new("/r/repo/sub"));
    }
}
