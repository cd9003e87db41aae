//! Sets of values: short ones are scanned, long ones hashed.

use crate::hash::{self, Index, NumberBits, word};

/// Up to this many values a scan is faster than a hash.
const SCANNED: usize = 6;

/// A set of texts. Each has its hash beside it, so that one that is not meant is passed
/// over without being looked at.
#[derive(Clone, Debug)]
pub(crate) enum TextSet {
    Few(Few),
    Many(Box<Many>),
}

/// A few texts in one piece of memory. The words are: how many there are; the hash of
/// each; for each, where it begins and, in the upper half, its length in bytes; and then
/// the texts themselves, each from a word of its own on.
#[derive(Clone, Debug)]
pub(crate) struct Few(Box<[u64]>);

/// Texts in one piece, found by hash.
#[derive(Clone, Debug)]
pub(crate) struct Many {
    index: Index,
    /// By number: where a text ends, and the next one begins.
    ends: Box<[usize]>,
    texts: Box<[u8]>,
}

impl TextSet {
    pub(crate) fn new<T: AsRef<str>>(texts: impl Iterator<Item = T> + Clone) -> Self {
        if texts.clone().nth(SCANNED).is_some() {
            return Self::Many(Box::new(Many::new(texts)));
        }
        Few::new(texts.clone())
            .map(Self::Few)
            .unwrap_or_else(|| Self::Many(Box::new(Many::new(texts))))
    }

    /// Whether a text with this hash is in.
    #[inline(always)]
    pub(crate) fn contains(&self, text: &str, hash: u64) -> bool {
        match self {
            Self::Few(few) => few.contains(text, hash),
            Self::Many(many) => many.contains(text, hash),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Few(few) if few.is_empty())
    }
}

impl Few {
    /// Nothing where the texts are too long for this.
    fn new<T: AsRef<str>>(texts: impl Iterator<Item = T> + Clone) -> Option<Self> {
        let count = texts.clone().count();
        let length = |text: T| text.as_ref().len().div_ceil(8);
        let room = 1 + 2 * count + texts.clone().map(length).sum::<usize>();
        let mut words = Vec::with_capacity(room);
        words.push(count as u64);
        words.extend(texts.clone().map(|text| hash::of_text(text.as_ref())));
        let mut begin = 1 + 2 * count;
        for text in texts.clone() {
            let length = u32::try_from(text.as_ref().len()).ok()?;
            words.push(u64::from(u32::try_from(begin).ok()?) | u64::from(length) << 32);
            begin += text.as_ref().len().div_ceil(8);
        }
        for text in texts {
            words.extend(text.as_ref().as_bytes().chunks(8).map(word));
        }
        Some(Self(words.into()))
    }

    fn is_empty(&self) -> bool {
        self.0.first() == Some(&0)
    }

    #[inline]
    fn contains(&self, text: &str, hash: u64) -> bool {
        let [count, rest @ ..] = &*self.0 else {
            return false;
        };
        let count = *count as usize;
        let Some((hashes, rest)) = rest.split_at_checked(count) else {
            return false;
        };
        for (number, one) in hashes.iter().enumerate() {
            if *one == hash && (hash::is_whole(hash) || self.is_at(rest[number], text.as_bytes())) {
                return true;
            }
        }
        false
    }

    fn is_at(&self, place: u64, text: &[u8]) -> bool {
        let words = self.0.get(place as u32 as usize..).unwrap_or_default();
        if (place >> 32) as usize != text.len() {
            return false;
        }
        text.chunks(8)
            .map(word)
            .zip(words)
            .all(|(one, same)| one == *same)
    }
}

impl Many {
    fn new<T: AsRef<str>>(texts: impl Iterator<Item = T> + Clone) -> Self {
        let count = texts.clone().count();
        let length = texts.clone().map(|text| text.as_ref().len()).sum();
        let mut index = Index::with_room(count);
        let mut ends = Vec::with_capacity(count);
        let mut all: Vec<u8> = Vec::with_capacity(length);
        for text in texts {
            let text = text.as_ref();
            let hash = hash::of_text(text);
            if index
                .find(hash, |number| {
                    hash::same(slice(&all, &ends, number), text.as_bytes())
                })
                .is_none()
            {
                // More than 2^32 texts do not fit in memory.
                index.insert(hash, ends.len() as u32);
                all.extend(text.as_bytes());
                ends.push(all.len());
            }
        }
        Self {
            index,
            ends: ends.into(),
            texts: all.into(),
        }
    }

    /// One call, with nothing inlined that has to be paid for where no text has the hash.
    #[inline(never)]
    fn contains(&self, text: &str, hash: u64) -> bool {
        let is_it = |number| slice(&self.texts, &self.ends, number) == text.as_bytes();
        self.index
            .find_map(hash, |number| is_it(number).then_some(()))
            .is_some()
    }
}

/// The text of a number.
#[inline]
fn slice<'t>(texts: &'t [u8], ends: &[usize], number: u32) -> &'t [u8] {
    let number = number as usize;
    let begin = number.checked_sub(1).map_or(0, |before| ends[before]);
    texts.get(begin..ends[number]).unwrap_or_default()
}

/// A set of numbers, equal by value.
#[derive(Clone, Debug)]
pub(super) enum NumberSet {
    Few(Box<[f64]>),
    Many(NumberBits),
}

impl NumberSet {
    pub(super) fn new(numbers: Vec<f64>) -> Self {
        if numbers.len() > SCANNED {
            Self::Many(numbers.into_iter().map(bits).collect())
        } else {
            Self::Few(numbers.into())
        }
    }

    pub(super) fn contains(&self, number: f64) -> bool {
        match self {
            Self::Few(numbers) => numbers.contains(&number),
            Self::Many(numbers) => numbers.contains(&bits(number)),
        }
    }
}

/// The number's bits, with one zero: adding 0 turns −0 into 0.
fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}
