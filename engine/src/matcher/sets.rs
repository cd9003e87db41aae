//! Sets of values: short ones are scanned, long ones hashed.

use std::borrow::Borrow;

use crate::hash::{self, Index, NumberBits, word};

/// Up to this many values a scan is faster than a hash.
const SCANNED: usize = 6;

/// A set of texts. Each has its hash beside it, so that one that is not meant is passed
/// over without being looked at. Many texts are in a box, so that the set takes two words, or in
/// place where one step less to them is worth more.
#[derive(Clone, Debug)]
pub(crate) enum TextSet<M = Box<Many>> {
    Few(Few),
    Many(M),
}

/// A few texts in one piece of memory. The words are: how many there are; the hash of
/// each; for each, where it begins and, in the upper half, its length in bytes; and then
/// the texts themselves, each from a word of its own on.
#[derive(Clone, Debug)]
pub(crate) struct Few(Box<[u64]>);

/// Texts in one piece, found by hash. In the index is where a text is, in steps of
/// [`STEP`] bytes: its length in four bytes, the lowest first, and then the text, so that one
/// place in memory is all that is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Many {
    index: Index,
    texts: Box<[u8]>,
}

/// Where texts begin is a multiple of this, so that 32 GB of them can be told apart.
const STEP: usize = 8;
/// The bytes that say how long a text is.
const LENGTH: usize = 4;

impl<M: Borrow<Many> + From<Many>> TextSet<M> {
    pub(crate) fn new<T: AsRef<str>>(texts: impl Iterator<Item = T> + Clone) -> Self {
        let many = |texts| Self::Many(Many::new(texts).into());
        if texts.clone().nth(SCANNED).is_some() {
            return many(texts);
        }
        Few::new(texts.clone()).map_or_else(|| many(texts), Self::Few)
    }

    /// Whether a text with this hash is in.
    #[inline(always)]
    pub(crate) fn contains(&self, text: &str, hash: u64) -> bool {
        match self {
            Self::Few(few) => few.contains(text, hash),
            Self::Many(many) => many.borrow().contains(text, hash),
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
        let room = |text: T| (LENGTH + text.as_ref().len()).next_multiple_of(STEP);
        let mut index = Index::with_room(count);
        let mut all: Vec<u8> = Vec::with_capacity(texts.clone().map(room).sum());
        for text in texts {
            let text = text.as_ref().as_bytes();
            let hash = hash::of_bytes(text);
            if index.find(hash, |place| is_at(&all, place, text)).is_none() {
                // Documents are far smaller than what these numbers can say.
                index.insert(hash, (all.len() / STEP) as u32);
                all.extend((text.len() as u32).to_le_bytes());
                all.extend(text);
                all.resize(all.len().next_multiple_of(STEP), 0);
            }
        }
        Self {
            index,
            texts: all.into(),
        }
    }

    /// One call, in which there is no other: that would have registers saved, also where no
    /// text has the hash.
    #[inline(never)]
    fn contains(&self, text: &str, hash: u64) -> bool {
        if text.len() > hash::IN_PLACE {
            return self.contains_long(text, hash);
        }
        let is_it = |place| is_at(&self.texts, place, text.as_bytes()).then_some(());
        self.index.find_map(hash, is_it).is_some()
    }

    #[inline(never)]
    fn contains_long(&self, text: &str, hash: u64) -> bool {
        let is_it = |place| is_at(&self.texts, place, text.as_bytes()).then_some(());
        self.index.find_map(hash, is_it).is_some()
    }
}

/// Whether a text is the one at a place; see [`Many`].
#[inline(always)]
fn is_at(texts: &[u8], place: u32, text: &[u8]) -> bool {
    let from = texts.get(place as usize * STEP..).unwrap_or_default();
    let Some((length, from)) = from.split_first_chunk::<LENGTH>() else {
        return false;
    };
    u32::from_le_bytes(*length) as usize == text.len()
        && from
            .get(..text.len())
            .is_some_and(|found| hash::same(found, text))
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
