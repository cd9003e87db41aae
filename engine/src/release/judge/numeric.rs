//! Exponentials and logarithms without branches, so that a loop over a grid compiles to
//! instructions that do several at once; and sums of what is known by its logarithm.
//!
//! They are built from additions, multiplications and divisions alone: evidence is the same to
//! the last bit on every machine, which the functions of the platforms are not. Their error is
//! below two units in the last place.

use std::f64::consts::LOG2_E;

/// ln 2, in a part that times a small whole number is exact, and the rest.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// What is added to round to a whole number, which then stands in the lowest bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// 2^52: its lowest bits are whole numbers too.
const WHOLE: f64 = 4_503_599_627_370_496.0;
const MANTISSA_BITS: u32 = 52;
const MANTISSA: u64 = (1 << MANTISSA_BITS) - 1;
const ONE: u64 = 1023 << MANTISSA_BITS;
/// √½ as bits: mantissas are taken from there to √2, where their logarithms are small.
const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
/// Below this, and above its negative, there is no ordinary double any more.
const LEAST: f64 = -708.0;

/// e^x; 0 below −708 and e^709 above 709.
#[inline]
pub(super) fn exp(x: f64) -> f64 {
    let held = if x > LEAST { x } else { LEAST };
    let held = if held < 709.0 { held } else { 709.0 };
    let shifted = held * LOG2_E + ROUND;
    let power = shifted - ROUND;
    // Two steps, so that what is left is exact to the last bit: at most half of ln 2.
    let rest = (held - power * LN_2_HIGH) - power * LN_2_LOW;
    let scale = f64::from_bits((shifted.to_bits() << MANTISSA_BITS).wrapping_add(ONE));
    let value = series(rest, &FACTORIALS) * scale;
    if x > LEAST { value } else { 0.0 }
}

/// e^x − 1, exact also where x is small.
pub(super) fn exp_m1(x: f64) -> f64 {
    if x.abs() > 0.35 {
        return exp(x) - 1.0;
    }
    // x + x²/2! + …: the same series, but for its last term, which is the 1.
    let mut sum = 0.0;
    for factor in &FACTORIALS[..FACTORIALS.len() - 1] {
        sum = sum * x + factor;
    }
    sum * x
}

/// 1/13!, …, 1/1!, 1/0!.
const FACTORIALS: [f64; 14] = {
    let mut factors = [1.0; 14];
    let (mut place, mut factorial) = (13, 1.0);
    while place > 0 {
        place -= 1;
        factorial *= (13 - place) as f64;
        factors[place] = 1.0 / factorial;
    }
    factors
};

/// 1/21, 1/19, …, 1/3: of the logarithm's series.
const ODD: [f64; 10] = {
    let mut factors = [0.0; 10];
    let mut place = 0;
    while place < 10 {
        factors[place] = 1.0 / (21 - 2 * place) as f64;
        place += 1;
    }
    factors
};

/// The polynomial with these factors, the one of the highest power first.
#[inline]
fn series<const N: usize>(x: f64, factors: &[f64; N]) -> f64 {
    let mut sum = factors[0];
    for factor in &factors[1..] {
        sum = sum * x + factor;
    }
    sum
}

/// ln(1 + x) for x > −1, exact also where x is tiny.
#[inline]
pub(super) fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    // What the addition rounded away, in parts of the sum.
    let lost = (x - (sum - 1.0)) / sum;
    logarithm(sum, lost)
}

/// ln x for ordinary x > 0; −∞ for 0 and what is not ordinary any more. It goes no way of its own
/// for these, so that several can go on side by side.
#[inline]
pub(super) fn ln(x: f64) -> f64 {
    let logarithm = logarithm(x, 0.0);
    if x < f64::MIN_POSITIVE {
        f64::NEG_INFINITY
    } else {
        logarithm
    }
}

/// ln x + a small correction. With s = (m − 1)/(m + 1), ln m = 2 (s + s³/3 + s⁵/5 + …).
#[inline]
fn logarithm(x: f64, correction: f64) -> f64 {
    let bits = x.to_bits().wrapping_add(ONE - ROOT_HALF);
    let power = f64::from_bits((bits >> MANTISSA_BITS) | WHOLE.to_bits()) - (WHOLE + 1023.0);
    let mantissa = f64::from_bits((bits & MANTISSA) + ROOT_HALF);
    let part = (mantissa - 1.0) / (mantissa + 1.0);
    let square = part * part;
    let tail = 2.0 * part * square * series(square, &ODD);
    power * LN_2_HIGH + (2.0 * part + (tail + (power * LN_2_LOW + correction)))
}

/// ln(e^a + e^b).
#[inline]
pub(super) fn log_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    // Also where both are −∞, whose difference is no number.
    let apart = if low > f64::MIN { low - high } else { LEAST };
    high + ln_1p(exp(apart))
}

/// e^−50 is a millionth of the last bit of 1: beside the largest term of a grid it is nothing, and
/// so is what is smaller still, whatever the weights.
const NOTHING: f64 = -50.0;

/// ln Σ weight · e^x, for weights above 0 that do not differ much.
#[inline]
pub(super) fn log_sum<const N: usize>(logs: &[f64; N], weights: &[f64; N]) -> f64 {
    Sum::of(logs, weights).ln()
}

/// A sum as e^high · rest, whose logarithm is still to be taken: that of several is taken side by
/// side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    high: f64,
    rest: f64,
}

impl Sum {
    /// What has this logarithm, and has it again to the last bit: ln 1 is nothing.
    #[inline]
    pub(super) fn known(ln: f64) -> Self {
        Self {
            high: ln,
            rest: 1.0,
        }
    }

    /// A sum as it is.
    #[inline]
    pub(super) fn plain(sum: f64) -> Self {
        Self {
            high: 0.0,
            rest: sum,
        }
    }

    /// Σ weight · e^x.
    #[inline]
    pub(super) fn of<const N: usize>(logs: &[f64; N], weights: &[f64; N]) -> Self {
        let high = maximum(logs);
        // Likelihoods have one summit, which after some time is narrow: at its ends nothing is left
        // out that counts.
        let counts = |log: &f64| *log - high >= NOTHING;
        let first = logs.iter().position(counts).unwrap_or(0);
        let end = logs.iter().rposition(counts).map_or(N, |last| last + 1);
        let mut sum = 0.0;
        for (log, weight) in logs[first..end].iter().zip(&weights[first..end]) {
            sum += weight * exp(log - high);
        }
        Self { high, rest: sum }
    }

    #[inline]
    pub(super) fn ln(self) -> f64 {
        self.high + ln(self.rest)
    }
}

/// The largest of some: of four parts first, which need not wait for each other.
#[inline]
pub(super) fn maximum<const N: usize>(values: &[f64; N]) -> f64 {
    let larger = |a: f64, b: f64| if a > b { a } else { b };
    let (fours, others) = values.as_chunks::<4>();
    let mut parts = [f64::NEG_INFINITY; 4];
    for four in fours {
        for (part, value) in parts.iter_mut().zip(four) {
            *part = larger(*value, *part);
        }
    }
    let all = parts.iter().chain(others);
    all.fold(f64::NEG_INFINITY, |high, value| larger(*value, high))
}
