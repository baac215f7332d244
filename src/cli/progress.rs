//! A progress bar on standard error, for a person who waits: from half a second on, and gone when the report comes.

use super::shape::Running;
use crate::report::text::{count, size};
use crate::tally::{Counts, Tally};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the counts are read: the scan pays nothing for it.
const INTERVAL: Duration = Duration::from_millis(100);

/// The bar; dropping it clears it.
pub struct Progress {
    /// Dropped to stop the thread.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts one, where there is someone to see it.
    pub fn start(running: &Running, tally: &Arc<Tally>) -> Self {
        Self::unless_quiet(running.quiet || running.no_progress, tally)
    }

    /// Starts one for a command without options for it.
    pub fn unless_quiet(quiet: bool, tally: &Arc<Tally>) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self { running: None, thread: None };
        }
        let tally = Arc::clone(tally);
        let (sender, receiver) = channel::<()>();
        let thread = std::thread::spawn(move || {
            if receiver.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = bar();
            loop {
                bar.set_message(words(tally.counts()));
                bar.tick();
                if receiver.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout) {
                    bar.finish_and_clear();
                    return;
                }
            }
        });
        Self { running: Some(sender), thread: Some(thread) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.running.take());
        if let Some(thread) = self.thread.take() {
            // A bar that failed to be drawn is no reason to lose the report.
            let _ = thread.join();
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed:.dim}") {
        bar.set_style(style);
    }
    bar
}

/// The counts in words; what there is none of is left out.
fn words(counts: Counts) -> String {
    let mut parts = Vec::new();
    if counts.files > 0 {
        parts.push(count(counts.files, "file", "files"));
    }
    if counts.blobs > 0 {
        parts.push(count(counts.blobs, "blob", "blobs"));
    }
    parts.push(size(counts.bytes));
    parts.push(count(counts.hits, "possible key", "possible keys"));
    format!("scanning: {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_words() {
        let counts = Counts { files: 1234, blobs: 0, bytes: 0, hits: 1 };
        assert_eq!(words(counts), format!("scanning: 1,234 files, {}, 1 possible key", size(0)));
    }
}
