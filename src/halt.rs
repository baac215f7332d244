//! When a run is to end early: a person stops it, its time is up, it holds too much memory. Whoever works asks before each
//! input; what was found until then is reported, and the report says that it is not everything.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What may end a run early.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Set when a person stops it.
    pub stop: Option<&'static AtomicBool>,
    /// How long it may take.
    pub time: Option<Duration>,
    /// How many bytes of memory of its own it may hold; files that are mapped do not count.
    pub memory: Option<u64>,
}

/// Why a run ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A person stopped it.
    Stopped,
    /// Its time is up.
    Time,
    /// It holds too much memory.
    Memory,
}

/// Asked by all threads whether a run goes on.
#[derive(Debug, Default)]
pub struct Halt {
    armed: OnceLock<(Instant, Limits)>,
    /// 0, or 1 more than the reason's place in [`WHYS`].
    why: AtomicU8,
}

const WHYS: [Why; 3] = [Why::Stopped, Why::Time, Why::Memory];

/// Once in so many questions of a thread the memory is measured, which costs more than a small file.
const MEASURE_EVERY: u32 = 32;

impl Halt {
    /// Counts from now. The first limits are those of the run.
    pub fn arm(&self, limits: &Limits) {
        let _ = self.armed.set((Instant::now(), limits.clone()));
    }

    /// Whether the run is to end; once it is, it stays so.
    pub fn is_due(&self) -> bool {
        if self.why.load(Relaxed) != 0 {
            return true;
        }
        let Some((start, limits)) = self.armed.get() else { return false };
        let why = if limits.stop.is_some_and(|stop| stop.load(Relaxed)) {
            Why::Stopped
        } else if limits.time.is_some_and(|time| start.elapsed() >= time) {
            Why::Time
        } else if limits.memory.is_some_and(|most| is_turn() && own_memory().is_some_and(|held| held > most)) {
            Why::Memory
        } else {
            return false;
        };
        let number = WHYS.iter().position(|other| *other == why).map_or(0, |at| at as u8 + 1);
        // The first reason is the one that is told.
        let _ = self.why.compare_exchange(0, number, Relaxed, Relaxed);
        true
    }

    /// Why the run ended early, if it did.
    pub fn why(&self) -> Option<Why> {
        WHYS.get(usize::from(self.why.load(Relaxed)).checked_sub(1)?).copied()
    }
}

/// Whether this thread measures now.
fn is_turn() -> bool {
    thread_local! {
        static ASKED: Cell<u32> = const { Cell::new(0) };
    }
    let asked = ASKED.get();
    ASKED.set(asked.wrapping_add(1));
    asked.is_multiple_of(MEASURE_EVERY)
}

/// The bytes that this process holds for itself, where the system tells.
pub fn own_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armed(limits: Limits) -> Halt {
        let halt = Halt::default();
        halt.arm(&limits);
        halt
    }

    #[test]
    fn nothing_ends_a_run_without_limits() {
        for halt in [Halt::default(), armed(Limits::default())] {
            assert!(!halt.is_due());
            assert_eq!(halt.why(), None);
        }
    }

    #[test]
    fn each_limit_ends_a_run_and_the_first_reason_stays() {
        static STOP: AtomicBool = AtomicBool::new(false);
        let halt = armed(Limits { stop: Some(&STOP), ..Limits::default() });
        assert!(!halt.is_due());
        STOP.store(true, Relaxed);
        assert!(halt.is_due());
        STOP.store(false, Relaxed);
        assert!(halt.is_due());
        assert_eq!(halt.why(), Some(Why::Stopped));
        let time = armed(Limits { time: Some(Duration::ZERO), ..Limits::default() });
        assert!(time.is_due());
        assert_eq!(time.why(), Some(Why::Time));
        assert!(!armed(Limits { time: Some(Duration::MAX), ..Limits::default() }).is_due());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_measured() {
        let held = own_memory().expect("Linux tells");
        assert!(held > 0);
        let halt = armed(Limits { memory: Some(0), ..Limits::default() });
        // This thread may have asked before: it is its turn soon.
        assert!((0..=MEASURE_EVERY).any(|_| halt.is_due()));
        assert_eq!(halt.why(), Some(Why::Memory));
        assert!(!armed(Limits { memory: Some(u64::MAX), ..Limits::default() }).is_due());
    }
}
