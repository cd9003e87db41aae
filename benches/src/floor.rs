//! What nothing can be faster than: one lookup in a hash map, and one hash of a unit.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;

use crate::timing::Line;
use crate::world::{Person, World};

pub struct Floor {
    flags: HashMap<String, u64, BuildHasherDefault<Fast>>,
}

impl Floor {
    pub fn new() -> Self {
        let flags = World::small().flags.into_iter().zip(1..);
        Self {
            flags: flags.map(|(flag, number)| (flag.key, number)).collect(),
        }
    }

    pub fn lines<'a>(&'a self, lines: &mut Vec<Line<'a>>) {
        lines.push(Line::new("A", "floor", |count| {
            for _ in 0..count {
                black_box(self.flags.get(black_box("flag-a")));
            }
        }));
        lines.push(Line::new("C", "floor", |count| {
            for _ in 0..count {
                let found = self.flags.get(black_box("flag-c"));
                let slot = serin_engine::slots::slot(7, black_box(Person::MEMBER.key));
                black_box((found, slot));
            }
        }));
    }
}

/// A multiplication for every eight bytes: about the fastest hash that a map can have.
#[derive(Clone, Copy, Default)]
pub struct Fast(u64);

impl Hasher for Fast {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        for word in words.iter().chain([&last]) {
            self.write_u64(u64::from_le_bytes(*word));
        }
    }

    fn write_u8(&mut self, _: u8) {}

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * 0x9e37_79b9_7f4a_7c15_u128;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
