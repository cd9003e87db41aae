//! Sets of values: short ones are scanned, long ones hashed.

use crate::hash::{self, Index, NumberBits};

/// Up to this many values a scan is faster than a hash.
const SCANNED: usize = 6;

/// A set of texts. Each has its hash beside it, so that one that is not meant is passed
/// over without being looked at.
#[derive(Clone, Debug)]
pub(crate) enum TextSet {
    Few(Few),
    Many(Box<Many>),
}

/// A few texts in one piece of memory: first, for each, its hash and where it ends; then
/// the texts.
#[derive(Clone, Debug)]
pub(crate) struct Few(Box<[u8]>);

/// Texts in one piece, found by hash.
#[derive(Clone, Debug)]
pub(crate) struct Many {
    index: Index,
    /// By number: where a text ends, and the next one begins.
    ends: Box<[usize]>,
    texts: Box<str>,
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
    #[inline]
    pub(crate) fn contains(&self, text: &str, hash: u64) -> bool {
        match self {
            Self::Few(few) => few.contains(text, hash),
            Self::Many(many) => many.contains(text, hash),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Few(few) if few.0.is_empty())
    }
}

impl Few {
    /// The bytes of a text's hash, and of the two places between which it is.
    const HEAD: usize = 16;

    /// Nothing where the texts are too long for this.
    fn new<T: AsRef<str>>(texts: impl Iterator<Item = T> + Clone) -> Option<Self> {
        let mut begin = Self::HEAD * texts.clone().count();
        let mut all = Vec::with_capacity(
            begin + texts.clone().map(|text| text.as_ref().len()).sum::<usize>(),
        );
        for text in texts.clone() {
            let text = text.as_ref();
            let end = begin + text.len();
            all.extend(hash::of_text(text).to_le_bytes());
            all.extend(u32::try_from(begin).ok()?.to_le_bytes());
            all.extend(u32::try_from(end).ok()?.to_le_bytes());
            begin = end;
        }
        for text in texts {
            all.extend(text.as_ref().as_bytes());
        }
        Some(Self(all.into()))
    }

    #[inline]
    fn contains(&self, text: &str, hash: u64) -> bool {
        let (heads, _) = self.0.as_chunks::<{ Self::HEAD }>();
        // The texts begin where the heads end, which the first head says.
        let count = heads
            .first()
            .map_or(0, |head| range(head).start / Self::HEAD);
        heads
            .iter()
            .take(count)
            .filter(|head| eight(head) == hash)
            .any(|head| self.0.get(range(head)) == Some(text.as_bytes()))
    }
}

#[inline]
fn eight(head: &[u8; Few::HEAD]) -> u64 {
    head.first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Where a text is.
#[inline]
fn range(head: &[u8; Few::HEAD]) -> std::ops::Range<usize> {
    let [.., b0, b1, b2, b3, e0, e1, e2, e3] = *head;
    let begin = u32::from_le_bytes([b0, b1, b2, b3]);
    let end = u32::from_le_bytes([e0, e1, e2, e3]);
    begin as usize..end as usize
}

impl Many {
    fn new<T: AsRef<str>>(texts: impl Iterator<Item = T> + Clone) -> Self {
        let count = texts.clone().count();
        let length = texts.clone().map(|text| text.as_ref().len()).sum();
        let mut index = Index::with_room(count);
        let mut ends = Vec::with_capacity(count);
        let mut all = String::with_capacity(length);
        for text in texts {
            let text = text.as_ref();
            let hash = hash::of_text(text);
            if index
                .find(hash, |number| slice(&all, &ends, number) == text)
                .is_none()
            {
                // More than 2^32 texts do not fit in memory.
                index.insert(hash, ends.len() as u32);
                all.push_str(text);
                ends.push(all.len());
            }
        }
        Self {
            index,
            ends: ends.into(),
            texts: all.into(),
        }
    }

    fn contains(&self, text: &str, hash: u64) -> bool {
        self.index
            .find(hash, |number| {
                slice(&self.texts, &self.ends, number) == text
            })
            .is_some()
    }
}

/// The text of a number.
#[inline]
fn slice<'t>(texts: &'t str, ends: &[usize], number: u32) -> &'t str {
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
