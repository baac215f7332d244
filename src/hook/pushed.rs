//! The commits that a push brings: exactly those that the other side does not have yet.
//!
//! Git tells a hook what is pushed by one line a ref on its standard input. A line that is not understood is an error:
//! to skip it would let a push through unseen.

/// Git's way to say "no commit".
fn is_zero(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b == b'0')
}

/// What `git push` is about to send, from the lines of a pre-push hook: `<local ref> <local id> <remote ref> <remote id>`.
///
/// What the refs of the remote that this clone remembers lead to is not sent, even where the branch is new. `holds` says
/// whether this clone has an object. `None` where nothing is added: no ref at all, or only deletions.
///
/// # Errors
///
/// A line of another form.
pub fn pushed(holds: impl Fn(&str) -> bool, remote: &str, lines: &str) -> Result<Option<String>, String> {
    let (mut show, mut hide) = (Vec::new(), Vec::new());
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        // A local "ref" may be any expression, such as `HEAD~1`, but never holds a blank.
        let [_, local, _, there] = words[..] else { return Err(strange("<ref> <id> <remote ref> <remote id>")) };
        ids([local, there], "<ref> <id> <remote ref> <remote id>")?;
        if is_zero(local) {
            continue;
        }
        show.push(local);
        // After a forced push by someone else the remote may have what this clone never saw.
        if !is_zero(there) && holds(there) {
            hide.push(there);
        }
    }
    let is_name = !remote.is_empty() && !remote.contains(|c: char| c.is_whitespace() || ":/\\".contains(c));
    let known = is_name.then(|| format!("--remotes={remote}"));
    Ok(range(show, hide, known))
}

/// What a server is about to accept, from the lines of a pre-receive hook: `<old id> <new id> <ref>`. `None` where
/// nothing is added.
///
/// # Errors
///
/// A line of another form.
pub fn received(lines: &str) -> Result<Option<String>, String> {
    let mut show = Vec::new();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let [old, new, _] = words[..] else { return Err(strange("<old id> <new id> <ref>")) };
        ids([old, new], "<old id> <new id> <ref>")?;
        if !is_zero(new) {
            show.push(new);
        }
    }
    // The refs are still those of before the push.
    Ok(range(show, Vec::new(), Some("--all".to_owned())))
}

fn range(show: Vec<&str>, hide: Vec<&str>, known: Option<String>) -> Option<String> {
    if show.is_empty() {
        return None;
    }
    let hidden: Vec<String> = hide.into_iter().map(str::to_owned).chain(known).collect();
    let not = if hidden.is_empty() { String::new() } else { format!(" --not {}", hidden.join(" ")) };
    Some(show.join(" ") + &not)
}

fn ids(ids: [&str; 2], form: &str) -> Result<(), String> {
    let is_id = |id: &str| matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit());
    if ids.into_iter().all(is_id) { Ok(()) } else { Err(strange(form)) }
}

/// The line itself is not repeated: it is not what it should be, so it may be anything.
fn strange(form: &str) -> String {
    format!("a line of standard input is not of the form '{form}' in which git says what is pushed")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: &str = "0000000000000000000000000000000000000000";
    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn a_server_is_asked_for_what_no_ref_of_it_reaches() {
        let lines = format!("{ZERO} {A} refs/heads/a\n{A} {ZERO} refs/heads/gone\n");
        assert_eq!(received(&lines).expect("reads"), Some(format!("{A} --not --all")));
        assert_eq!(received(&format!("{A} {ZERO} refs/heads/gone\n")).expect("reads"), None);
        assert_eq!(received("").expect("reads"), None);
    }

    #[test]
    fn a_push_is_what_the_remote_lacks() {
        let here = "b".repeat(40);
        let holds = |id: &str| id == here;
        let lines = [
            format!("refs/heads/a {A} refs/heads/a {here}"),
            format!("HEAD~1 {A} refs/heads/b {ZERO}"),
            format!("(delete) {ZERO} refs/heads/c {A}"),
        ];
        let range = pushed(holds, "origin", &lines.join("\n"));
        assert_eq!(range, Ok(Some(format!("{A} {A} --not {here} --remotes=origin"))));
        // The remote has what nobody here has seen, and no name.
        let range = pushed(holds, "ssh://host/x", &format!("a {here} a {A}\n"));
        assert_eq!(range, Ok(Some(here.clone())));
    }

    #[test]
    fn a_line_that_is_not_understood_is_an_error() {
        for line in ["x", &format!("a {A} b"), &format!("a {A} b {A} c"), "a b c d", &format!("a -{A} b {A}")] {
            assert!(pushed(|_| true, "origin", line).is_err(), "{line}");
        }
        for line in [A, "a b c", &format!("{A} --all refs/heads/x")] {
            assert!(received(line).is_err(), "{line}");
        }
    }
}
