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
            if STOP.swap(true, Ordering::SeqCst) || WAITS.load(Ordering::SeqCst) {
                std::process::exit(130);
            }
            say::line("stopping: what is under way ends, nothing new is begun; press Ctrl-C again to stop at once");
        });
    });
    &STOP
}

/// Asks a person and waits for the answer; once a run is to stop, nobody is asked.
///
/// The question belongs into `ask`: whoever has read it can be sure that Ctrl-C leaves it. Each side first says what it
/// does and then looks at the other, all in one order, so one of the two always sees the other.
pub fn asking<T>(ask: impl FnOnce() -> T) -> Option<T> {
    WAITS.store(true, Ordering::SeqCst);
    let answer = (!STOP.load(Ordering::SeqCst)).then(ask);
    WAITS.store(false, Ordering::SeqCst);
    answer
}
