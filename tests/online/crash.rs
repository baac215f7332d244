//! A revocation that is killed anywhere and taken up again: the key is revoked once, and no request that may have been
//! received is sent blindly.

use super::cloudapi::{CloudApi, Stage, admin, deletes, events, place, run, words};
use super::server::Server;
use crate::cli::Place;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Starts a revocation and kills it as soon as the provider falls silent.
pub fn kill(place: &Place, server: &Server, silent: &Receiver<()>) {
    place.write("ca.pem", &server.pem);
    let endpoint = format!("cloudapi={}", server.url());
    let mut all = words(&["--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint]);
    all.iter_mut().for_each(|word| {
        if *word == "5" {
            *word = "600"
        }
    });
    let mut command = place.command(&all);
    command.env("CLOUDAPI_TOKEN", admin()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("starts");
    silent.recv_timeout(Duration::from_secs(60)).expect("the connection arrives");
    child.kill().expect("killed");
    child.wait().expect("ends");
}

#[test]
fn a_killed_run_is_taken_up_at_every_step() {
    use Stage::{Answering, Asked, Connected};
    // The connections: the question, the revocation, the question again.
    for (connection, stage, takes_effect) in [
        (0, Connected, false),
        (0, Asked, false),
        (0, Answering, false),
        (1, Connected, false),
        (1, Asked, false),
        (1, Asked, true),
        (1, Answering, false),
        (1, Answering, true),
        (2, Connected, false),
        (2, Asked, false),
        (2, Answering, false),
    ] {
        let case = format!("{connection} {stage:?} {takes_effect}");
        let (told, silent) = channel();
        let hang = Some((connection, stage, takes_effect));
        let (server, state) = CloudApi { hang, told: Some(told), ..CloudApi::default() }.start();
        let place = place();
        kill(&place, &server, &silent);
        // What is on the disk when the process is gone: the line of the revocation before its request.
        let on_disk = ["live", "sending", "done"];
        assert_eq!(events(&place), on_disk[..[0, 2, 3][connection]], "{case}");

        if connection == 1 {
            let ran = run(&place, &server, &words(&[])).exits(3);
            assert!(ran.out.contains("--resume"), "{case}: {}", ran.out);
        }
        run(&place, &server, &words(&["--resume"])).exits(0);
        run(&place, &server, &words(&["--resume"])).exits(0);
        assert_eq!(state.lock().expect("state").revocations, 1, "{case}");
        // Sent once more only where it arrived and did nothing.
        let lost = connection == 1 && stage != Connected && !takes_effect;
        assert_eq!(deletes(&server), 1 + usize::from(lost), "{case}");
    }
}

/// What no test can hit from outside: a crash between any two bytes of the receipt.
#[test]
fn a_receipt_that_ends_anywhere_is_taken_up() {
    let (server, _) = CloudApi::default().start();
    let whole = place();
    run(&whole, &server, &words(&[])).exits(0);
    let text = std::fs::read_to_string(whole.path("keyhound-receipt.jsonl")).expect("a receipt");
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    assert_eq!(ends.len(), 4);
    let cuts = ends.iter().flat_map(|end| [end - 40, end - 1, *end]);
    for cut in std::iter::once(0).chain(cuts) {
        // Before the second line is on the disk nothing is sent; from the third on it took effect.
        let effects: &[u32] = match cut {
            cut if cut < ends[1] => &[0],
            cut if cut < ends[2] => &[0, 1],
            _ => &[1],
        };
        for &revocations in effects {
            let (server, state) = CloudApi { revocations, ..CloudApi::default() }.start();
            let place = place();
            place.write("keyhound-receipt.jsonl", &text[..cut]);
            run(&place, &server, &words(&["--resume"])).exits(0);
            assert_eq!(state.lock().expect("state").revocations, 1, "{cut}");
            assert_eq!(deletes(&server), usize::from(revocations == 0), "{cut}");
        }
    }
}

/// A file may not grow: what stands for a full disk.
#[cfg(unix)]
#[test]
fn a_receipt_that_cannot_be_written_sends_nothing() {
    let (server, _) = CloudApi::default().start();
    let place = place();
    place.write("ca.pem", &server.pem);
    let endpoint = format!("cloudapi={}", server.url());
    let all = words(&["--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint]);
    let program = place.command::<&str>(&[]).get_program().to_owned();
    let ran = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 0; trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(program)
        .args(all)
        .current_dir(place.dir.path())
        .env_clear()
        .env("HOME", place.dir.path())
        .env("CLOUDAPI_TOKEN", admin())
        .output();
    let ran = crate::cli::Ran::of(ran.expect("a shell")).exits(2);
    assert!(ran.err.contains("nothing more was sent, because it could not be written down"), "{}", ran.err);
    assert_eq!((deletes(&server), events(&place).len()), (0, 0));
}
