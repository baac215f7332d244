//! The last day on which an exception holds. Exceptions without an end are how leaks are forgotten, so both allow
//! entries and the baseline can carry one.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::fmt;

/// A day; what carries it holds until that day ends in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry {
    day: Date,
}

impl Expiry {
    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    ///
    /// A sentence saying what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        match text.parse::<Date>() {
            Ok(day) if shape => Ok(Self { day }),
            _ => Err("expected a day, as in 2027-01-31".to_owned()),
        }
    }

    /// Whether the day is over at `now`, in seconds since 1970 (UTC).
    pub fn is_past(self, now: i64) -> bool {
        // The last day that dates can express has no tomorrow: it never passes.
        let end = self.day.tomorrow().ok().and_then(|next| next.to_zoned(TimeZone::UTC).ok());
        end.is_some_and(|end| now >= end.timestamp().as_second())
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.day.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_until_its_day_ends() {
        let expiry = Expiry::parse("2027-01-31").expect("a day");
        let midnight_after = 1_801_440_000; // 2027-02-01T00:00:00Z
        assert!(!expiry.is_past(midnight_after - 1));
        assert!(expiry.is_past(midnight_after));
        assert_eq!(expiry.to_string(), "2027-01-31");
    }

    #[test]
    fn extremes_neither_panic_nor_surprise() {
        assert!(!Expiry::parse("9999-12-31").expect("a day").is_past(i64::MAX));
        assert!(!Expiry::parse("1970-01-02").expect("a day").is_past(i64::MIN));
        assert!(Expiry::parse("1970-01-02").expect("a day").is_past(i64::MAX));
    }

    #[test]
    fn anything_but_a_day_is_refused() {
        for text in ["", "soon", "2027-02-30", "2027-1-1", "20270131", "2027-01-31T00:00:00", "-02027-01-31"] {
            assert!(Expiry::parse(text).is_err(), "{text}");
        }
    }
}
