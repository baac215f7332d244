//! Ctrl-C: what is under way ends (the input that is scanned, the request that was sent), nothing new is begun, and what was
//! found until then is reported. A second one ends at once, and so does one while a question waits for its answer, when
//! nothing is under way.

use super::say;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);
static WAITS: AtomicBool = AtomicBool::new(false);

/// Listens from the first call on.
pub fn stop() -> &'static AtomicBool {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| {
        // Without a handler Ctrl-C ends the process, which is safe, too: what was sent is in the receipt.
        let _ = ctrlc::set_handler(|| {
            if STOP.swap(true, Ordering::Relaxed) || WAITS.load(Ordering::Relaxed) {
                std::process::exit(130);
            }
            say::line("stopping: what is under way ends, nothing new is begun; press Ctrl-C again to stop at once");
        });
    });
    &STOP
}

/// Waits for a person.
pub fn while_waiting<T>(wait: impl FnOnce() -> T) -> T {
    WAITS.store(true, Ordering::Relaxed);
    let answer = wait();
    WAITS.store(false, Ordering::Relaxed);
    answer
}
