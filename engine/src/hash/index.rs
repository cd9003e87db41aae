//! A hash table that holds numbers only; what they stand for is elsewhere.

/// Finds numbers by the hash of what they stand for.
///
/// Open addressing: a lookup reads one run of cells, and looks at a thing itself only
/// where 32 bits of its hash agree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// The tag of the hash in the upper half, and the number plus one; 0 where there is none.
    /// Their count is a power of two, and at most half of them are taken: then what is not in
    /// is known after one and a half of them, where it would take four of two thirds.
    cells: Box<[u64]>,
    /// Of a tag these upper bits say where its cell is: 32 less the bits of a place.
    shift: u32,
    taken: usize,
}

/// The upper half of a hash times 2^64 over the golden ratio: each bit counts, most of all in
/// the uppermost ones, which say where a cell is.
#[inline(always)]
fn tag(hash: u64) -> u32 {
    (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
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
        self.find_map(hash, |number| is_it(number).then_some(number))
    }

    /// What is made of the first number with this hash of which anything is made.
    #[inline(always)]
    pub(crate) fn find_map<T>(&self, hash: u64, read: impl Fn(u32) -> Option<T>) -> Option<T> {
        let tag = tag(hash);
        let mut place = self.place(tag);
        loop {
            let cell = *self.cells.get(place)?;
            if (cell >> 32) as u32 == tag {
                // An empty cell, whose tag is 0, has no number.
                let found = (cell as u32).checked_sub(1).and_then(&read);
                if found.is_some() {
                    return found;
                }
            }
            if cell == 0 {
                return None;
            }
            place = (place + 1) & (self.cells.len() - 1);
        }
    }

    #[inline(always)]
    fn place(&self, tag: u32) -> usize {
        tag.wrapping_shr(self.shift) as usize
    }

    /// Adds a number below `u32::MAX` that is not in yet.
    pub(crate) fn insert(&mut self, hash: u64, number: u32) {
        self.grow(self.taken + 1);
        self.put(u64::from(tag(hash)) << 32 | (u64::from(number) + 1));
        self.taken += 1;
    }

    fn put(&mut self, cell: u64) {
        let mask = self.cells.len() - 1;
        let mut place = self.place((cell >> 32) as u32);
        while self.cells[place] != 0 {
            place = (place + 1) & mask;
        }
        self.cells[place] = cell;
    }

    fn grow(&mut self, numbers: usize) {
        if numbers * 2 <= self.cells.len() {
            return;
        }
        let room = (numbers * 2).next_power_of_two().max(8);
        // More than 2^32 cells do not fit in memory.
        self.shift = 32 - room.trailing_zeros();
        let old = std::mem::replace(&mut self.cells, vec![0; room].into());
        for cell in old.into_iter().filter(|cell| *cell != 0) {
            self.put(cell);
        }
    }
}
