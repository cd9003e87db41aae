//! A hash table that holds numbers only; what they stand for is elsewhere.

use super::spread;

/// Finds numbers by the hash of what they stand for.
///
/// Open addressing: a lookup reads one run of cells, and looks at a thing itself only
/// where 32 bits of its hash agree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// The upper half of the hash, spread, and the number plus one; 0 where there is none. Their
    /// count is a power of two, and at most two thirds of them are taken.
    cells: Box<[u64]>,
    taken: usize,
}

impl Index {
    /// An index with room for so many numbers.
    pub(crate) fn with_room(numbers: usize) -> Self {
        let mut index = Self::default();
        index.grow(numbers);
        index
    }

    /// The number with this hash for which `is_it` holds.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.cells.len().wrapping_sub(1);
        let tag = spread(hash) >> 32;
        let mut place = tag as usize & mask;
        loop {
            let cell = *self.cells.get(place)?;
            if cell == 0 {
                return None;
            }
            let number = (cell as u32) - 1;
            if cell >> 32 == tag && is_it(number) {
                return Some(number);
            }
            place = (place + 1) & mask;
        }
    }

    /// Adds a number below `u32::MAX` that is not in yet.
    pub(crate) fn insert(&mut self, hash: u64, number: u32) {
        self.grow(self.taken + 1);
        self.put((spread(hash) >> 32) << 32 | (u64::from(number) + 1));
        self.taken += 1;
    }

    fn put(&mut self, cell: u64) {
        let mask = self.cells.len() - 1;
        let mut place = (cell >> 32) as usize & mask;
        while self.cells[place] != 0 {
            place = (place + 1) & mask;
        }
        self.cells[place] = cell;
    }

    fn grow(&mut self, numbers: usize) {
        if numbers * 3 <= self.cells.len() * 2 {
            return;
        }
        let room = (numbers * 3).div_ceil(2).next_power_of_two().max(8);
        let old = std::mem::replace(&mut self.cells, vec![0; room].into());
        for cell in old.into_iter().filter(|cell| *cell != 0) {
            self.put(cell);
        }
    }
}
