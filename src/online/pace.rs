//! How fast requests go out, and what is done when a provider asks to wait. Time is injected, so no test waits.

use super::answer::Answer;
use super::request::{Failure, Request, Transport};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Time, as far as pacing needs it.
pub trait Clock: Sync {
    /// Since some moment in the past; never goes back.
    fn elapsed(&self) -> Duration;
    /// Seconds since 1970 (UTC).
    fn wall(&self) -> i64;
    /// Waits, or less when `stop` is set.
    fn sleep(&self, duration: Duration, stop: &AtomicBool);
    /// A number from 0 to 1 that differs from call to call.
    fn jitter(&self) -> f64;
}

/// The system's clock.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// Counts from now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn wall(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    fn sleep(&self, duration: Duration, stop: &AtomicBool) {
        // In short pieces, so that a person who stops the run does not wait for it.
        let until = Instant::now() + duration;
        while !stop.load(Ordering::Relaxed) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }

    fn jitter(&self) -> f64 {
        let mut bytes = [0; 4];
        // Without randomness the waits are merely all alike.
        let _ = getrandom::fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }
}

/// How many times a request that was refused for now is sent in all.
const ATTEMPTS: u32 = 4;
/// The first wait where the provider names none; it doubles each time.
pub const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Requests a minute where the rule names no rate.
const PER_MINUTE: u32 = 60;
/// Most requests that go out at once; the rate holds over any ten seconds.
const AT_ONCE: u32 = 10;

/// What was sent to a host.
#[derive(Debug, Clone, Copy, Default)]
struct Sent {
    /// When the requests so far will be used up at the allowed rate.
    used_up: Duration,
    /// Nothing goes out before, because the host said so.
    held: Duration,
}

/// Sends requests no faster than each provider allows.
pub struct Pace<'c> {
    transport: &'c dyn Transport,
    clock: &'c dyn Clock,
    stop: &'c AtomicBool,
    /// The longest that is waited because a provider asks for it.
    most_wait: Duration,
    /// What was sent, by host.
    sent: Mutex<HashMap<String, Sent>>,
}

impl<'c> Pace<'c> {
    /// Nothing sent yet.
    pub fn new(transport: &'c dyn Transport, clock: &'c dyn Clock, stop: &'c AtomicBool, most_wait: Duration) -> Self {
        Self { transport, clock, stop, most_wait, sent: Mutex::default() }
    }

    /// Seconds since 1970 (UTC).
    pub fn wall(&self) -> i64 {
        self.clock.wall()
    }

    /// Whether the person stopped the run.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Waits, unless the run is stopped.
    pub fn wait(&self, duration: Duration) {
        self.clock.sleep(duration, self.stop);
    }

    /// Sends a request that only asks. A refusal for now (429, 503) is waited out and the request sent again, as long
    /// as the wait is bearable; else the refusal is the answer.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub fn ask(&self, request: &Request, per_minute: Option<u32>) -> Result<Answer, Failure> {
        for attempt in 1.. {
            self.turn(request, per_minute)?;
            let answer = self.once(request)?;
            if !matches!(answer.status, 429 | 503) || attempt == ATTEMPTS {
                return Ok(answer);
            }
            match self.delay(&answer, attempt) {
                Ok(wait) => self.hold(request.host(), wait),
                Err(_) => return Ok(answer),
            }
        }
        Err(Failure::Stopped)
    }

    /// Sends a request once, whatever comes; its turn was awaited.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub fn once(&self, request: &Request) -> Result<Answer, Failure> {
        let answer = self.transport.send(request)?;
        self.heed_limits(request.host(), &answer);
        Ok(answer)
    }

    /// Waits until a request may go out.
    ///
    /// # Errors
    ///
    /// The person stopped the run.
    pub fn turn(&self, request: &Request, per_minute: Option<u32>) -> Result<(), Failure> {
        self.await_turn(request.host(), per_minute.unwrap_or(PER_MINUTE).max(1))
    }

    /// How long to wait after a refusal for now: as the provider asks, else a doubling time with some chance in it. `Err`
    /// holds a wait that is longer than bearable.
    ///
    /// # Errors
    ///
    /// The wait is too long.
    pub fn delay(&self, answer: &Answer, attempt: u32) -> Result<Duration, Duration> {
        let wait = self.wait_asked(answer).unwrap_or_else(|| {
            let doubled = FIRST_WAIT * 2_u32.saturating_pow(attempt - 1);
            doubled.mul_f64(1.0 + self.clock.jitter() / 2.0)
        });
        if wait > self.most_wait { Err(wait) } else { Ok(wait) }
    }

    /// How long a refusal asks to wait: `Retry-After` in seconds or as a date, `retry_after` in the body, or the end of
    /// the window that `X-RateLimit-Reset` names.
    pub fn wait_asked(&self, answer: &Answer) -> Option<Duration> {
        if let Some(asked) = answer.header("retry-after") {
            let asked = asked.trim();
            if let Some(seconds) = seconds(asked) {
                return Some(seconds);
            }
            let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(asked).ok();
            if let Some(date) = date {
                return Some(self.until(date.as_second()));
            }
        }
        let body = answer.json();
        let told = body
            .as_ref()
            .and_then(|body| body.pointer("/retry_after").or_else(|| body.pointer("/parameters/retry_after")));
        if let Some(told) = told.and_then(serde_json::Value::as_f64) {
            return duration(told);
        }
        self.reset(answer)
    }

    /// The end of the rate limit's window.
    fn reset(&self, answer: &Answer) -> Option<Duration> {
        let names = ["x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"];
        let told: f64 = names.iter().find_map(|name| answer.header(name))?.trim().parse().ok()?;
        // Some name the second of the epoch, others how many seconds are left.
        if told > 1e9 { Some(self.until(told as i64)) } else { duration(told) }
    }

    fn until(&self, second: i64) -> Duration {
        Duration::from_secs(u64::try_from(second.saturating_sub(self.clock.wall())).unwrap_or(0))
    }

    /// Holds requests back where an answer says that none is left.
    fn heed_limits(&self, host: &str, answer: &Answer) {
        let names = ["x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining"];
        let left = names.iter().find_map(|name| answer.header(name)).and_then(|text| text.trim().parse::<u64>().ok());
        if left == Some(0)
            && let Some(wait) = self.reset(answer)
            && wait <= self.most_wait
        {
            self.hold(host, wait);
        }
    }

    /// No request goes to `host` for `wait`.
    fn hold(&self, host: &str, wait: Duration) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let until = self.clock.elapsed().saturating_add(wait);
        let sent = sent.entry(host.to_owned()).or_default();
        sent.held = sent.held.max(until);
    }

    /// Waits until the next request to `host` may go out: a few at once, then at the rate.
    fn await_turn(&self, host: &str, per_minute: u32) -> Result<(), Failure> {
        let gap = Duration::from_secs(60) / per_minute;
        let ahead = gap * (per_minute / 6).clamp(1, AT_ONCE);
        loop {
            if self.is_stopped() {
                return Err(Failure::Stopped);
            }
            let now = self.clock.elapsed();
            let wait = {
                let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
                let sent = sent.entry(host.to_owned()).or_default();
                let after = sent.used_up.max(now) + gap;
                let wait = sent.held.saturating_sub(now).max(after.saturating_sub(now + ahead));
                if wait.is_zero() {
                    sent.used_up = after;
                    return Ok(());
                }
                wait
            };
            self.clock.sleep(wait, self.stop);
        }
    }
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse::<f64>().ok().and_then(duration)
}

/// Seconds from a provider, which may be anything.
fn duration(seconds: f64) -> Option<Duration> {
    (seconds >= 0.0).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
