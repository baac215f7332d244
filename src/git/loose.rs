//! Loose objects: one file each, named by their ids.

use crate::blob::ObjectId;
use crate::problem::Problem;
use std::path::Path;

/// The ids of all loose objects in a folder of objects, sorted.
pub fn list(objects: &Path) -> (Vec<ObjectId>, Vec<Problem>) {
    let mut ids = Vec::new();
    let mut problems = Vec::new();
    for first in 0..=255u8 {
        let folder = objects.join(format!("{first:02x}"));
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                problems.push(Problem::incomplete(folder.display().to_string(), format!("cannot be listed: {error}")));
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(rest) = name.to_str().filter(|name| name.len() == 38) else { continue };
            let Ok(bytes) = data_encoding::HEXLOWER.decode(rest.as_bytes()) else { continue };
            let mut id = [first; 20];
            id[1..].copy_from_slice(&bytes);
            ids.push(ObjectId(id));
        }
    }
    ids.sort_unstable();
    (ids, problems)
}

/// The index files of all packs in a folder of objects, in the order of their names.
pub fn pack_indices(objects: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(objects.join("pack")) else { return Vec::new() };
    let mut paths: Vec<_> =
        entries.flatten().map(|e| e.path()).filter(|path| path.extension().is_some_and(|e| e == "idx")).collect();
    paths.sort();
    paths
}
