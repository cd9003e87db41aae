//! A day's evaluations at a glance.

use leptos::prelude::*;

use crate::weights::thousandths;

const WIDTH: f64 = 72.0;
const HEIGHT: f64 = 20.0;

/// 24 counts as a line; the exact sum is on hover and for screen readers.
#[component]
pub(crate) fn Sparkline(
    /// One an hour, the present hour last.
    #[prop(into)]
    counts: Signal<Vec<u64>>,
) -> impl IntoView {
    let label = Signal::derive(move || counts.with(|counts| label(counts)));
    let line = move || counts.with(|counts| path(counts));
    let area = move || {
        counts.with(|counts| {
            let line = path(counts);
            if line.is_empty() {
                line
            } else {
                format!("{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z")
            }
        })
    };
    view! {
        <svg
            class="sparkline"
            viewBox=format!("0 0 {WIDTH} {HEIGHT}")
            preserveAspectRatio="none"
            role="img"
            aria-label=move || label.get()
        >
            <title>{move || label.get()}</title>
            <path class="sparkline-area" d=area></path>
            <path class="sparkline-line" d=line></path>
        </svg>
    }
}

fn label(counts: &[u64]) -> String {
    match counts.iter().sum::<u64>() {
        0 => "No evaluations in 24 h".to_owned(),
        sum => format!("{} evaluations in 24 h", grouped(sum)),
    }
}

/// `1 234 567`, with narrow no-break spaces.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// The line through all counts; empty where there is nothing to draw.
fn path(counts: &[u64]) -> String {
    let highest = counts.iter().copied().max().unwrap_or(0);
    if highest == 0 || counts.len() < 2 {
        return String::new();
    }
    let step = WIDTH / (counts.len() - 1) as f64;
    let room = HEIGHT - 3.0;
    counts
        .iter()
        .enumerate()
        .map(|(i, &count)| {
            let x = step * i as f64;
            let y = 1.5 + room * (1.0 - count as f64 / highest as f64);
            let (x, y) = (thousandths(x), thousandths(y));
            format!("{}{x} {y}", if i == 0 { 'M' } else { 'L' })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]
        );
    }

    #[test]
    fn the_highest_count_is_at_the_top_and_nothing_draws_nothing() {
        assert_eq!(path(&[0, 10]), "M0 18.5L72 1.5");
        assert_eq!(path(&[0, 0, 0]), "");
        assert_eq!(path(&[]), "");
    }
}
