//! A point in time as configuration writes it: a date, a time, seconds since 1970.

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Seconds since 1970 (UTC) of `2027-01-31`, `2027-01-31T00:00:00Z`, `1801353600` and the like. A day without a time
/// ends when the day does.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim().trim_matches(['"', '\'']);
    if matches!(text.len(), 10 | 13)
        && let Ok(number) = text.parse::<i64>()
    {
        return Some(if text.len() == 13 { number / 1000 } else { number });
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    let starts_like_one = text.len() >= 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    if !starts_like_one {
        return None;
    }
    if text.len() == 10 {
        return day(text).map(|start| start + DAY - 1);
    }
    // Without a zone: UTC, as the providers read it.
    let civil = text.trim_end_matches('Z').replacen(' ', "T", 1).parse::<jiff::civil::DateTime>().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// The first second of `2027-01-31`.
pub fn day(text: &str) -> Option<i64> {
    let date = text.parse::<jiff::civil::Date>().ok()?;
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// `2027-01-31`
pub fn words(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).ok();
    time.map_or_else(
        || "a time beyond all dates".to_owned(),
        |time| time.to_zoned(jiff::tz::TimeZone::UTC).date().to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_numbers_are_read() {
        assert_eq!(parse("1970-01-02"), Some(2 * DAY - 1));
        assert_eq!(parse("1970-01-02T00:00:00Z"), Some(DAY));
        assert_eq!(parse("1970-01-02T00:00:00"), Some(DAY));
        assert_eq!(parse("1970-01-02T02:00:00+02:00"), Some(DAY));
        assert_eq!(parse("1801353600"), Some(1_801_353_600));
        assert_eq!(parse("1801353600000"), Some(1_801_353_600));
        for odd in ["", "never", "2027", "2027-13-01", "é-é-é-é-é-"] {
            assert_eq!(parse(odd), None, "{odd}");
        }
        assert_eq!(words(1_801_353_600), "2027-01-31");
    }
}
