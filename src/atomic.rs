//! Writes a file so that others see it whole or not at all.
//!
//! The bytes go to a new file beside the target, are flushed to the disk, and then take its place: after a crash, too, the
//! file is the old one or the new one. A symbolic link at the target is replaced
//! and never written through: whoever can plant one must not choose what a scan overwrites. Devices and pipes
//! (`/dev/null`, `/dev/stdout`) cannot be replaced and are written directly.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// Writes `path` with what `fill` puts out.
///
/// # Errors
///
/// Whatever the file system or `fill` fails with; the target is then as it was.
pub fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let before = std::fs::symlink_metadata(path).ok();
    let is_link = before.as_ref().is_some_and(std::fs::Metadata::is_symlink);
    let is_special = before.as_ref().is_some_and(|meta| !meta.is_file() && !meta.is_symlink());
    if is_special || (is_link && is_of_the_system(path)) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(path)?);
        fill(&mut out)?;
        return out.flush();
    }
    let (beside, file) = create_beside(path)?;
    let written = (|| {
        if let Some(meta) = before.filter(|_| !is_link) {
            file.set_permissions(meta.permissions())?;
        }
        let mut out = BufWriter::new(file);
        fill(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        drop(out);
        std::fs::rename(&beside, path)
    })();
    if written.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&beside);
        return written;
    }
    keep_name(path);
    Ok(())
}

/// Flushes the folder, which holds the name. Not every file system can, and the content is safe either way.
fn keep_name(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// `/dev/stdout` and its like are links, made by the system and not by whoever filled the working directory.
fn is_of_the_system(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// A new file in the target's directory, where renaming cannot cross file systems.
fn create_beside(path: &Path) -> Result<(PathBuf, File)> {
    let name =
        path.file_name().ok_or_else(|| std::io::Error::new(ErrorKind::InvalidInput, "not the name of a file"))?;
    for attempt in 0..100 {
        // A name may be as long as the file system allows; only its beginning goes into the other one.
        let start: String = name.to_string_lossy().chars().take(32).collect();
        let beside = path.with_file_name(format!(".{start}.{}-{attempt}.tmp", std::process::id()));
        // `create_new` neither opens nor follows what someone may have put there.
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (beside, file)),
        }
    }
    Err(std::io::Error::new(ErrorKind::AlreadyExists, "its directory is full of left-over temporary files"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(dir)
            .expect("lists")
            .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("report");
        write(&path, |out| out.write_all(b"old")).expect("writes");
        let failed = write(&path, |out| {
            out.write_all(b"half")?;
            Err(std::io::Error::other("full"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).expect("reads"), b"old");
        assert_eq!(names(dir.path()), ["report"]);
    }

    #[test]
    fn the_longest_name_can_be_written_and_written_again() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("b".repeat(255));
        write(&path, |out| out.write_all(b"one")).expect("creates");
        write(&path, |out| out.write_all(b"two")).expect("replaces");
        assert_eq!(std::fs::read(&path).expect("reads"), b"two");
        assert_eq!(names(dir.path()).len(), 1);
    }

    #[test]
    fn a_folder_or_a_missing_folder_is_an_error() {
        let dir = tempfile::tempdir().expect("temp dir");
        std::fs::create_dir(dir.path().join("d")).expect("folder");
        assert!(write(&dir.path().join("d"), |_| Ok(())).is_err());
        assert!(write(&dir.path().join("none/x"), |_| Ok(())).is_err());
        assert!(write(Path::new(".."), |_| Ok(())).is_err());
        assert_eq!(names(dir.path()), ["d"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_its_target_untouched() {
        let dir = tempfile::tempdir().expect("temp dir");
        let (link, target) = (dir.path().join("link"), dir.path().join("target"));
        std::fs::write(&target, "precious").expect("writes");
        std::os::unix::fs::symlink(&target, &link).expect("links");
        write(&link, |out| out.write_all(b"new")).expect("writes");
        assert_eq!(std::fs::read(&target).expect("reads"), b"precious");
        assert_eq!(std::fs::read(&link).expect("reads"), b"new");
        assert!(!std::fs::symlink_metadata(&link).expect("stats").is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_written_directly_and_permissions_kept() {
        use std::os::unix::fs::PermissionsExt;
        write(Path::new("/dev/null"), |out| out.write_all(b"gone")).expect("writes");
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("report");
        std::fs::write(&path, "old").expect("writes");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("sets");
        write(&path, |out| out.write_all(b"new")).expect("writes");
        assert_eq!(std::fs::metadata(&path).expect("stats").permissions().mode() & 0o777, 0o600);
    }
}
