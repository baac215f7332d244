//! Dates and spans of time in words. Every date is UTC, so that reports do not depend on where they are made.

use jiff::Timestamp;
use std::time::Duration;

/// Seconds since 1970 as RFC 3339 in UTC: `2021-03-04T05:06:07Z`. Git stores any number; one beyond the years that
/// can be written becomes the nearest that can.
pub fn rfc3339(seconds: i64) -> String {
    let nearest = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let nearest = Timestamp::from_second(nearest.as_second()).unwrap_or_default();
    Timestamp::from_second(seconds).unwrap_or(nearest).to_string()
}

/// The other way round; `None` for what is no time.
pub fn seconds(rfc3339: &str) -> Option<i64> {
    rfc3339.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// The day alone: `2021-03-04`.
pub fn day(seconds: i64) -> String {
    let full = rfc3339(seconds);
    full.split_once('T').map_or(full.clone(), |(day, _)| day.to_owned())
}

/// `412 days`; a clock that runs backwards counts as no time at all.
pub fn days(from: i64, to: i64) -> String {
    match to.saturating_sub(from).max(0) / 86_400 {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        n => format!("{} days", super::text::thousands(n.unsigned_abs())),
    }
}

/// How long a run took: `87 ms`, `1.4 s`, `2 min 5 s`.
pub fn took(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match (seconds, elapsed.as_millis()) {
        (0, millis) => format!("{millis} ms"),
        (1..60, _) => format!("{:.1} s", elapsed.as_secs_f64()),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_utc() {
        assert_eq!(rfc3339(1_614_834_367), "2021-03-04T05:06:07Z");
        assert_eq!(day(1_614_834_367), "2021-03-04");
    }

    #[test]
    fn absurd_dates_are_still_dates() {
        assert!(rfc3339(i64::MAX).starts_with("9999-12-"));
        assert!(rfc3339(i64::MIN).starts_with('-'));
        assert_eq!(days(i64::MAX, i64::MIN), "less than a day");
    }

    #[test]
    fn spans_read_well() {
        assert_eq!(days(0, 86_400), "1 day");
        assert_eq!(days(0, 1_234 * 86_400), "1,234 days");
        assert_eq!(took(Duration::from_millis(87)), "87 ms");
        assert_eq!(took(Duration::from_millis(1_400)), "1.4 s");
        assert_eq!(took(Duration::from_secs(125)), "2 min 5 s");
    }
}
