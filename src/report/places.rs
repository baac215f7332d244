//! Which of a finding's places to show, and when the last of them ended.
//!
//! A place in a history stands for an introduction: its line is the line of that commit, and may have moved since. What
//! lies in a file now is therefore the better place to open, and the introduction at the same path says nothing new.

use crate::finding::{CommitInfo, Location, Place};

/// The place to open first: one that can be opened as it is, else one that HEAD still holds, else where the key came
/// from.
pub fn foremost(places: &[Location]) -> Option<&Location> {
    let now = places.iter().find(|place| matches!(place.place, Place::File | Place::Staged | Place::Stdin));
    now.or_else(|| places.iter().find(|place| place.in_head)).or_else(|| places.first())
}

/// The other places in their order, without introductions at paths where a file among the places still holds the key.
pub fn others<'a>(places: &'a [Location], main: &'a Location) -> impl Iterator<Item = &'a Location> {
    let now = || places.iter().filter(|place| place.place == Place::File);
    places.iter().filter(move |place| {
        let again = place.in_head && now().any(|file| is_same_path(file, place));
        !std::ptr::eq(*place, main) && !again
    })
}

/// Whether a file's path, which begins where the scan began, ends in the path that a history knows from the
/// repository's root.
fn is_same_path(file: &Location, history: &Location) -> bool {
    let (Some(file), Some(history)) = (&file.path, &history.path) else { return false };
    file.strip_suffix(history.as_slice()).is_some_and(|root| root.is_empty() || root.ends_with(b"/"))
}

/// The last removal of a key that no place holds any more.
pub fn last_removal(places: &[Location]) -> Option<&CommitInfo> {
    let gone = !places.is_empty() && places.iter().all(|place| !is_present(place) && place.removed().is_some());
    if !gone {
        return None;
    }
    places.iter().filter_map(Location::removed).max_by_key(|commit| (commit.committed, commit.id)).map(AsRef::as_ref)
}

/// Whether a place exists now; the same question as `Finding::present`, for one place.
pub fn is_present(place: &Location) -> bool {
    place.in_head || !matches!(place.place, Place::History { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::ObjectId;
    use crate::finding::Position;

    fn place(place: Place, path: &str, line: u64, in_head: bool) -> Location {
        let position = Position { line, ..Position::default() };
        Location { in_head, ..Location::now(place, Some(path.into()), position, Vec::new()) }
    }

    fn history(path: &str, line: u64, in_head: bool) -> Location {
        let blob = ObjectId::parse("7b3251501ee705c391a098499b01f4f67ee53437").expect("an id");
        place(Place::History { blob, introduced: None, removed: None }, path, line, in_head)
    }

    #[test]
    fn what_lies_there_now_comes_first_and_its_introduction_is_no_other_place() {
        let places = [
            history("old.rs", 3, false),
            history("src/login.rs", 250, true),
            history("gin.rs", 1, true),
            place(Place::File, "project/src/login.rs", 282, false),
        ];
        let main = foremost(&places).expect("a place");
        assert_eq!(main.position.line, 282);
        let others: Vec<u64> = others(&places, main).map(|place| place.position.line).collect();
        assert_eq!(others, [3, 1]);
    }

    #[test]
    fn without_files_it_is_what_head_holds() {
        let places = [history("old.rs", 3, false), history("src/login.rs", 250, true)];
        let main = foremost(&places).expect("a place");
        assert_eq!(main.position.line, 250);
        assert_eq!(others(&places, main).count(), 1);
        assert!(foremost(&places[..0]).is_none());
    }
}
