//! Which rows of a long list are built: those in view and some around them. Thousands of
//! rows would take the browser longer than a person notices, and scrolling too.

/// How many rows are built at first, before anything is measured.
pub(super) const START: usize = 32;
/// How many rows are there above and below those in view.
const AROUND: usize = 10;
/// Rows come and go by so many, so that not every pixel changes the page.
const STEP: usize = 4;

/// Where the rows are on the screen, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sight {
    /// The upper edge of the first row, from the upper edge of the screen.
    pub(super) top: f64,
    /// The height of the screen.
    pub(super) height: f64,
    /// The height of a row.
    pub(super) row: f64,
}

/// The rows to build out of so many: the first, and the one after the last.
pub(super) fn rows(sight: Sight, total: usize) -> (usize, usize) {
    if sight.row < 1.0 {
        return (0, total.min(START));
    }
    let above = (-sight.top / sight.row).max(0.0) as usize;
    let in_view = (sight.height / sight.row).ceil() as usize;
    // Never beyond the end: what is shown may have become shorter.
    let last = total.min((above + in_view + AROUND).next_multiple_of(STEP));
    let first = above
        .min(total.saturating_sub(in_view))
        .saturating_sub(AROUND);
    (first / STEP * STEP, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(top: f64, total: usize) -> (usize, usize) {
        rows(
            Sight {
                top,
                height: 900.0,
                row: 50.0,
            },
            total,
        )
    }

    #[test]
    fn all_in_view_is_built_and_little_more() {
        for total in [0, 1, 17, 18, 500, 1000] {
            for scrolled in 0..1100 {
                let top = 200.0 - f64::from(scrolled) * 50.0;
                let (first, last) = at(top, total);
                assert!(first <= last && last <= total, "{first} {last} of {total}");
                assert!(last - first <= 18 + 2 * AROUND + 2 * STEP);
                for row in 0..total {
                    let upper = top + row as f64 * 50.0;
                    let in_view = upper + 50.0 > 0.0 && upper < 900.0;
                    assert!(!in_view || (first..last).contains(&row), "{row} at {top}");
                }
            }
        }
    }

    #[test]
    fn a_list_that_became_short_is_built_whole() {
        assert_eq!(at(-40_000.0, 5), (0, 5));
    }

    #[test]
    fn before_anything_is_measured_the_first_rows_are_built() {
        let nothing = Sight {
            top: 0.0,
            height: 0.0,
            row: 0.0,
        };
        assert_eq!(rows(nothing, 1000), (0, START));
        assert_eq!(rows(nothing, 3), (0, 3));
    }
}
