//! How late evidence comes at most, where nothing is wrong: by the grace that reports have here.

use chrono::TimeDelta;

use crate::store::evidence::SECONDS;

/// Other systems are asked each half minute.
const ASKED: TimeDelta = TimeDelta::seconds(30);
/// What is read now and then, by clocks that differ a little, is not told as old at once.
const SPARE: TimeDelta = TimeDelta::seconds(30);

/// A window is judged so long after it began.
pub(crate) fn complete_after(grace: TimeDelta) -> TimeDelta {
    TimeDelta::seconds(SECONDS) + grace
}

/// Of a moment all is known after so long.
pub(crate) fn known_after(grace: TimeDelta) -> TimeDelta {
    complete_after(grace) + ASKED
}

/// The newest window that began longer ago is not the newest that there could be.
pub(crate) fn old_after(grace: TimeDelta) -> TimeDelta {
    known_after(grace) + SPARE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::evidence::GRACE;

    #[test]
    fn who_lets_reports_be_late_waits_longer() {
        let told = |grace| [complete_after, known_after, old_after].map(|after| after(grace));
        assert_eq!(told(GRACE), [30, 60, 90].map(TimeDelta::seconds));
        let longest = told(TimeDelta::minutes(10));
        assert_eq!(longest, [610, 640, 670].map(TimeDelta::seconds));
    }
}
