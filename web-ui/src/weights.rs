//! Weights that always add up to all slots, and percentages as people type them.

use std::cmp::Reverse;

use crate::order;

/// All of a split's slots; one is 0.001 %.
pub(crate) const ALL: u32 = 100_000;

/// Gives share `index` the weight `slots`; the others keep their proportions to each
/// other in what is left. Where they all have nothing, the next one takes what is left.
///
/// The result adds up to [`ALL`], whatever `weights` added up to. A lone share keeps everything.
pub(crate) fn with_share(weights: &[u32], index: usize, slots: u32) -> Vec<u32> {
    if weights.len() < 2 {
        return weights.iter().map(|_| ALL).collect();
    }
    let slots = slots.min(ALL);
    let left = ALL - slots;
    let others: Vec<usize> = (0..weights.len()).filter(|&i| i != index).collect();
    let total: u64 = others.iter().map(|&i| u64::from(weights[i])).sum();
    let mut shares = vec![0; weights.len()];
    shares[index] = slots;
    if total == 0 {
        shares[(index + 1) % weights.len()] = left;
        return shares;
    }
    let mut handed_out = 0;
    let mut remainders = Vec::with_capacity(others.len());
    for &other in &others {
        let product = u64::from(weights[other]) * u64::from(left);
        // Below `left`, so within 32 bits.
        shares[other] = (product / total) as u32;
        handed_out += shares[other];
        remainders.push((product % total, other));
    }
    // What rounding kept back goes where it was cut most.
    order::short(&mut remainders, |&(rest, other)| (Reverse(rest), other));
    for &(_, other) in remainders.iter().take((left - handed_out) as usize) {
        shares[other] += 1;
    }
    shares
}

/// `12.25`, `0.5`, `100`: a share as people type it, without the sign.
pub(crate) fn percent_number(slots: u32) -> String {
    let (whole, thousandths) = (slots / 1000, slots % 1000);
    if thousandths == 0 {
        return whole.to_string();
    }
    format!("{whole}.{thousandths:03}")
        .trim_end_matches('0')
        .to_owned()
}

/// A number from 0 on, to a thousandth, as people and style sheets read it.
pub(crate) fn thousandths(number: f64) -> String {
    percent_number((number * 1000.0).round() as u32)
}

/// `12.25 %`, with a narrow no-break space.
pub(crate) fn percent(slots: u32) -> String {
    format!("{}\u{202f}%", percent_number(slots))
}

/// Reads `12.25`, `12,25`, `12.25 %` and ` .5%`; absent where it is no percentage from 0 to
/// 100 or finer than a slot.
pub(crate) fn slots_of(text: &str) -> Option<u32> {
    let text = text
        .trim()
        .trim_end_matches('%')
        .trim_end()
        .replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) {
        return None;
    }
    let part = part.trim_end_matches('0');
    if part.len() > 3 {
        return None;
    }
    // By hand: the library's reading of floating point numbers brings a table of 10 KB.
    let slots = format!("{whole}{part:0<3}").parse().ok()?;
    (slots <= ALL).then_some(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_shares_mirror_each_other() {
        assert_eq!(with_share(&[5000, 95_000], 0, 25_000), [25_000, 75_000]);
        assert_eq!(with_share(&[5000, 95_000], 1, 0), [100_000, 0]);
    }

    #[test]
    fn the_others_keep_their_proportions() {
        assert_eq!(
            with_share(&[40_000, 40_000, 20_000], 0, 70_000),
            [70_000, 20_000, 10_000]
        );
        assert_eq!(with_share(&[0, 50_000, 50_000], 0, 1), [1, 50_000, 49_999]);
    }

    #[test]
    fn what_is_left_goes_to_the_next_where_the_others_have_nothing() {
        assert_eq!(with_share(&[100_000, 0, 0], 0, 60_000), [60_000, 40_000, 0]);
        assert_eq!(with_share(&[0, 0, 100_000], 2, 60_000), [40_000, 0, 60_000]);
    }

    #[test]
    fn every_edit_adds_up() {
        let starts: [&[u32]; 5] = [
            &[100_000],
            &[1, 99_999],
            &[33_333, 33_333, 33_334],
            &[7, 11, 13, 99_969],
            &[1, 2, 3],
        ];
        for start in starts {
            for index in 0..start.len() {
                for slots in [0, 1, 333, 12_250, 99_999, 100_000, 400_000] {
                    let sum: u32 = with_share(start, index, slots).iter().sum();
                    assert_eq!(sum, ALL, "{start:?}[{index}] = {slots}");
                }
            }
        }
    }

    #[test]
    fn percentages_as_people_type_them() {
        for (slots, text) in [
            (0, "0"),
            (1, "0.001"),
            (500, "0.5"),
            (12_250, "12.25"),
            (25_000, "25"),
            (100_000, "100"),
        ] {
            assert_eq!(percent_number(slots), text);
            assert_eq!(slots_of(text), Some(slots));
        }
        assert_eq!(slots_of(" 12,25 % "), Some(12_250));
        assert_eq!(slots_of(".5%"), Some(500));
        assert_eq!(slots_of("5."), Some(5000));
        assert_eq!(slots_of("007.2500"), Some(7250));
        for refused in ["", "%", "-1", "101", "1e2", "0.0005", "a", "1.2.3", "."] {
            assert_eq!(slots_of(refused), None, "{refused:?}");
        }
    }
}
