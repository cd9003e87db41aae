//! How long a stage takes to find harm, before it starts.
//!
//! At a weight *w* and with a candidate that has *r* times the baseline's rate *p*, each exposure
//! brings p · I(r, w) of evidence on average, where
//!
//! I(r, w) = w r ln r − (1 − w + w r) ln(1 − w + w r)
//!
//! is the divergence of the labels' distribution from an equal one. No test can find harm before
//! ln(1/α) of it has come (Wald 1947); this one spends about a third more.

/// What the test spends beyond the limit, measured: `cargo xtask bench canary`.
const SPENT: f64 = 1.35;

/// What an exposure says of a rate that is `ratio` times the baseline's, at a weight between 0
/// and 1, in parts of the baseline's rate.
pub fn information(ratio: f64, weight: f64) -> f64 {
    information_against(1.0, ratio, weight)
}

/// The same against a ratio that would still be no harm (or no safety), in place of an equal one.
pub fn information_against(null: f64, ratio: f64, weight: f64) -> f64 {
    let (mean, other) = (mean(ratio, weight), mean(null, weight));
    let logarithm = if ratio > 0.0 {
        (ratio / null).ln()
    } else {
        0.0
    };
    (weight * ratio * logarithm - mean * (mean / other).ln()).max(0.0)
}

/// The rate of both arms together, in parts of the baseline's.
fn mean(ratio: f64, weight: f64) -> f64 {
    1.0 - weight + weight * ratio
}

/// How many events the candidate would have at the baseline's rate until harm is found:
/// n ≈ 1.35 ln(1/α) w / I(r, w). Infinite where there is none to find.
pub fn events_until_found(alpha: f64, ratio: f64, weight: f64) -> f64 {
    let information = information(ratio, weight);
    if information > 0.0 {
        SPENT * (1.0 / alpha).ln() * weight / information
    } else {
        f64::INFINITY
    }
}

/// The same in minutes, at so many units a minute in both arms together and the baseline's rate
/// in events a unit.
pub fn minutes_until_found(
    alpha: f64,
    ratio: f64,
    weight: f64,
    (units_per_minute, rate): (f64, f64),
) -> f64 {
    let per_minute = weight * units_per_minute * rate;
    if per_minute > 0.0 {
        events_until_found(alpha, ratio, weight) / per_minute
    } else {
        f64::INFINITY
    }
}

/// Minutes until a mistake of probability `error` may be made by whoever looks at so many units a
/// minute, each of which brings `information` on average.
pub(super) fn minutes(error: f64, units_per_minute: f64, information: f64) -> Option<f64> {
    let per_minute = units_per_minute * information;
    (per_minute > 0.0).then(|| SPENT * (1.0 / error).ln() / per_minute)
}
