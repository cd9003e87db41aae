//! Points in time, compared exactly.

use std::borrow::Cow;
use std::cmp::Ordering;

/// A point in time: whole milliseconds since 1970, and the rest as decimal digits, so
/// that two times that differ in their thirtieth digit differ.
#[derive(Clone, Debug)]
pub(crate) struct Instant<'a> {
    /// Rounded towards the past. Always an integer, and exact: what a string can say
    /// stays far below 2^53, and what a number says is a double already.
    millis: f64,
    /// Digits behind the millisecond, without zeros at the end.
    rest: Cow<'a, [u8]>,
}

impl<'a> Instant<'a> {
    /// Reads an RFC 3339 date-time: any number of fraction digits, `T` and `Z` in
    /// either case. A space for the `T` and second 60 are refused.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (date_time, mut tail) = bytes.split_at_checked(19)?;
        let days = date(date_time)?;
        let seconds = time_of_day(date_time)?;
        let mut fraction: &[u8] = &[];
        if let Some((b'.', digits)) = tail.split_first() {
            let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
            (fraction, tail) = digits.split_at(count);
            if fraction.is_empty() {
                return None;
            }
        }
        let seconds = days * 86_400 + seconds - offset(tail)?;
        let millis = (0..3).fold(0, |millis, place| {
            millis * 10
                + fraction
                    .get(place)
                    .map_or(0, |digit| i64::from(digit - b'0'))
        });
        Some(Self {
            millis: (seconds * 1000 + millis) as f64,
            rest: Cow::Borrowed(without_trailing_zeros(fraction.get(3..).unwrap_or(&[]))),
        })
    }

    /// Takes milliseconds since 1970.
    pub(crate) fn from_millis(millis: f64) -> Self {
        // Adding 0 turns −0 into 0.
        let whole = millis.floor() + 0.0;
        let rest = if whole == millis {
            Cow::Borrowed(&[][..])
        } else {
            Cow::Owned(exact_fraction(millis))
        };
        Self {
            millis: whole,
            rest,
        }
    }

    /// Nanoseconds since 1970, where it is no finer, and in reach of 64 bits.
    pub(crate) fn nanos(&self) -> Option<i64> {
        let digits = self.rest.as_ref();
        if digits.len() > 6 {
            return None;
        }
        let nanos = (0..6).fold(0, |nanos, place| {
            nanos * 10 + digits.get(place).map_or(0, |digit| i64::from(digit - b'0'))
        });
        // What a text says is a whole number of milliseconds far below 2^53.
        (self.millis as i64)
            .checked_mul(1_000_000)?
            .checked_add(nanos)
    }

    pub(crate) fn into_owned(self) -> Instant<'static> {
        Instant {
            millis: self.millis,
            rest: Cow::Owned(self.rest.into_owned()),
        }
    }

    pub(crate) fn compare(&self, other: &Instant<'_>) -> Ordering {
        self.millis
            .total_cmp(&other.millis)
            .then_with(|| self.rest.cmp(&other.rest))
    }
}

fn without_trailing_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().rev().take_while(|&&b| b == b'0').count();
    &digits[..digits.len() - zeros]
}

/// The decimal digits of `number - floor(number)`, all of them. A double's fraction
/// has at most 1074, and formatting gives each exactly.
fn exact_fraction(number: f64) -> Vec<u8> {
    let text = format!("{:.1074}", number.abs());
    let digits = text.split_once('.').map_or("", |(_, digits)| digits);
    let mut digits = without_trailing_zeros(digits.as_bytes()).to_vec();
    if number < 0.0 {
        // One minus the fraction: nines less each digit, and one more at the end.
        let last = digits.len().saturating_sub(1);
        for (index, digit) in digits.iter_mut().enumerate() {
            let top = if index == last { b'9' + 1 } else { b'9' };
            *digit = b'0' + (top - *digit);
        }
    }
    digits
}

/// A number of a fixed count of digits.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// Days since 1970 of `YYYY-MM-DD`, by the Gregorian calendar for all years.
pub(crate) fn date(bytes: &[u8]) -> Option<i64> {
    let year = number(&bytes[..4])?;
    let month = number(&bytes[5..7])?;
    let day = number(&bytes[8..10])?;
    if bytes[4] != b'-' || bytes[7] != b'-' || !(1..=12).contains(&month) {
        return None;
    }
    if day < 1 || day > days_in_month(year, month) {
        return None;
    }
    // Counted from March, a leap day is the last day of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(year * 365 + leap_days + day_of_year - 719_468)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Seconds since midnight of `…THH:MM:SS`.
fn time_of_day(bytes: &[u8]) -> Option<i64> {
    let separated = matches!(bytes[10], b'T' | b't') && bytes[13] == b':' && bytes[16] == b':';
    let hour = number(&bytes[11..13])?;
    let minute = number(&bytes[14..16])?;
    let second = number(&bytes[17..19])?;
    let legal = separated && hour < 24 && minute < 60 && second < 60;
    legal.then_some(hour * 3600 + minute * 60 + second)
}

/// Seconds that a zone is ahead of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone {
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let [h1, h2, b':', m1, m2] = *rest else {
        return None;
    };
    let hours = number(&[h1, h2])?;
    let minutes = number(&[m1, m2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
