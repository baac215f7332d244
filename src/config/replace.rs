//! Replaces a file as a whole: whoever reads it, or finds it after a crash, sees the old content or the new.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Makes `content` the content of `path`, creating it where it does not exist.
///
/// The new content is written to a file beside it, flushed to the disk, and moved over it. The target is never a link:
/// in a checkout, a link could point anywhere, and a scan must not write there.
///
/// # Errors
///
/// `path` is something else than a file, or its folder cannot be written. The old content is then still there.
pub fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let existing = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is a symbolic link, which is not written through",
            ));
        }
        Ok(metadata) if !metadata.is_file() => {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let beside = beside(path)?;
    let written = write(&beside, content, existing.as_ref()).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&beside);
        return written;
    }
    keep_name(path);
    Ok(())
}

/// The name of a file that does not exist, in the folder of `path`.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    let mut hidden = std::ffi::OsString::from(".");
    // A name may be as long as the file system allows; only its beginning goes into the other one.
    hidden.push(name.to_string_lossy().chars().take(32).collect::<String>());
    hidden.push(format!(".{}.tmp", data_encoding::HEXLOWER.encode(&random)));
    Ok(path.with_file_name(hidden))
}

fn write(beside: &Path, content: &[u8], existing: Option<&Metadata>) -> io::Result<()> {
    // `create_new` neither opens nor follows what someone may have put there.
    let mut file = OpenOptions::new().write(true).create_new(true).open(beside)?;
    if let Some(existing) = existing {
        file.set_permissions(existing.permissions())?;
    }
    file.write_all(content)?;
    file.sync_all()
}

/// Flushes the folder, which holds the name. Not every file system can, and the content is safe either way.
fn keep_name(path: &Path) {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .expect("folder")
            .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn creates_and_replaces_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("b".repeat(255));
        replace_file(&path, b"one").expect("creates");
        replace_file(&path, b"two").expect("replaces");
        assert_eq!(fs::read(&path).expect("reads"), b"two");
        assert_eq!(names(dir.path()).len(), 1);
    }

    #[test]
    fn a_folder_or_a_missing_folder_is_an_error() {
        let dir = tempfile::tempdir().expect("temp dir");
        fs::create_dir(dir.path().join("d")).expect("folder");
        assert!(replace_file(&dir.path().join("d"), b"x").is_err());
        assert!(replace_file(&dir.path().join("none/x"), b"x").is_err());
        assert!(replace_file(Path::new(".."), b"x").is_err());
        assert_eq!(names(dir.path()), ["d"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("file");
        fs::write(&path, "old").expect("file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("mode");
        replace_file(&path, b"new").expect("replaces");
        assert_eq!(fs::metadata(&path).expect("metadata").permissions().mode() & 0o777, 0o640);
        let link = dir.path().join("link");
        symlink(&path, &link).expect("link");
        assert!(replace_file(&link, b"x").expect_err("a link").to_string().contains("symbolic link"));
        let dangling = dir.path().join("dangling");
        symlink(dir.path().join("elsewhere"), &dangling).expect("link");
        assert!(replace_file(&dangling, b"x").is_err());
        assert_eq!(fs::read(&path).expect("reads"), b"new");
        assert_eq!(names(dir.path()), ["dangling", "file", "link"]);
    }
}
