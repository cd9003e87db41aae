//! Semantic versions, by the precedence of SemVer 2.0.0 and nothing else.
//!
//! Our own reader, because identifiers may be of any length here (the `semver` crate
//! stops at 64 bits), and minor and patch may be left out.

use std::cmp::Ordering;

/// A version; `T` is how its text is held. Build metadata is checked and dropped.
#[derive(Clone, Debug)]
pub(crate) struct Version<T> {
    /// Major, minor, patch: digits without leading zeros.
    core: [T; 3],
    /// The identifiers after the hyphen, with their dots.
    pre_release: Option<T>,
}

impl<'a> Version<&'a str> {
    /// Reads a version. A missing minor or patch is 0, and a pre-release or build may
    /// follow (`1-rc` is 1.0.0-rc). No leading `v`, no leading zeros, no white space.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (text, build) = split_off(text, '+');
        let (core, pre_release) = split_off(text, '-');
        if build.is_some_and(|build| !build.split('.').all(is_identifier)) {
            return None;
        }
        if pre_release.is_some_and(|pre| !pre.split('.').all(is_pre_release_identifier)) {
            return None;
        }
        let mut parts = core.split('.');
        let mut numbers = ["0"; 3];
        for (index, number) in numbers.iter_mut().enumerate() {
            match parts.next() {
                Some(part) if is_number(part) => *number = part,
                None if index > 0 => {}
                _ => return None,
            }
        }
        parts.next().is_none().then_some(Self {
            core: numbers,
            pre_release,
        })
    }

    fn to_owned(&self) -> Version<Box<str>> {
        Version {
            core: self.core.map(Into::into),
            pre_release: self.pre_release.map(Into::into),
        }
    }

    /// Whether a text is a version whose order to any of these bounds is wanted.
    pub(crate) fn any(text: &'a str, bounds: &[Bound], wanted: impl Fn(Ordering) -> bool) -> bool {
        if let Some(plain) = plain(text) {
            return bounds.iter().any(|bound| {
                wanted(match bound {
                    Bound::Plain(bound) => plain.cmp(bound),
                    Bound::Full(bound) => match Self::parse(text) {
                        Some(version) => version.precedence(bound),
                        None => return false,
                    },
                })
            });
        }
        Self::parse(text)
            .is_some_and(|version| bounds.iter().any(|bound| wanted(version.order(bound))))
    }

    fn order(&self, bound: &Bound) -> Ordering {
        let plain = match bound {
            Bound::Full(bound) => return self.precedence(bound),
            Bound::Plain(plain) => plain,
        };
        let mut core = self.core.iter().zip(plain);
        // Without leading zeros, a number that is no u64 is larger than any.
        let order = core.find_map(|(mine, bound)| {
            let order = mine
                .parse()
                .map_or(Ordering::Greater, |mine: u64| mine.cmp(bound));
            order.is_ne().then_some(order)
        });
        order.unwrap_or(match self.pre_release {
            Some(_) => Ordering::Less,
            None => Ordering::Equal,
        })
    }
}

/// A version to compare with, read once.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    /// Nothing but a core that fits: what nearly all versions are.
    Plain([u64; 3]),
    Full(Box<Version<Box<str>>>),
}

impl Bound {
    /// Reads a version.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match plain(text) {
            Some(core) => Some(Self::Plain(core)),
            None => Version::parse(text).map(|version| Self::Full(Box::new(version.to_owned()))),
        }
    }
}

/// Reads a version that is nothing but its core, in one pass; nothing for any other,
/// and for numbers so long that they might not fit.
fn plain(text: &str) -> Option<[u64; 3]> {
    const LONGEST: usize = 18;
    let mut core = [0; 3];
    let mut digits = 0;
    let mut place = 0;
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if digits < LONGEST && (digits == 0 || core[place] != 0) => {
                core[place] = core[place] * 10 + u64::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && place < 2 => {
                place += 1;
                digits = 0;
            }
            _ => return None,
        }
    }
    (digits > 0).then_some(core)
}

/// A plain version as one number, in the order of precedence.
pub(crate) type Packed = u64;

/// How many bits a part of a packed version takes.
const PART: u32 = 21;
/// No packed version is larger.
pub(crate) const LAST: Packed = (1 << (3 * PART)) - 1;

/// The version that a text is, where it is plain and its parts are below 2^21: what nearly
/// all versions are.
pub(crate) fn packed(text: &str) -> Option<Packed> {
    pack(plain(text)?)
}

fn pack(core: [u64; 3]) -> Option<Packed> {
    let [major, minor, patch] = core;
    let fits = (major | minor | patch) >> PART == 0;
    fits.then_some(major << (2 * PART) | minor << PART | patch)
}

impl Bound {
    /// The version, where it can be packed.
    pub(crate) fn packed(&self) -> Option<Packed> {
        match self {
            Self::Plain(core) => pack(*core),
            Self::Full(_) => None,
        }
    }
}

impl<T: AsRef<str>> Version<T> {
    pub(crate) fn precedence<U: AsRef<str>>(&self, other: &Version<U>) -> Ordering {
        for (mine, others) in self.core.iter().zip(&other.core) {
            match compare_numbers(mine.as_ref(), others.as_ref()) {
                Ordering::Equal => {}
                different => return different,
            }
        }
        let mine = self.pre_release.as_ref().map(AsRef::as_ref);
        let others = other.pre_release.as_ref().map(AsRef::as_ref);
        match (mine, others) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(mine), Some(others)) => compare_pre_releases(mine, others),
        }
    }
}

fn split_off(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    is_digits(text) && (text == "0" || !text.starts_with('0'))
}

fn is_identifier(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.bytes().all(legal)
}

fn is_pre_release_identifier(text: &str) -> bool {
    is_identifier(text) && (!is_digits(text) || is_number(text))
}

/// Without leading zeros the longer number is the larger one.
fn compare_numbers(left: &str, right: &str) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

fn compare_pre_releases(left: &str, right: &str) -> Ordering {
    let mut left = left.split('.');
    let mut right = right.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => match (is_digits(left), is_digits(right)) {
                (true, true) => compare_numbers(left, right),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => left.cmp(right),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
