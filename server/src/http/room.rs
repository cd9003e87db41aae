//! Where long bodies are written: in the same memory again and again.
//!
//! An allocator gives memory of a hundred kilobytes back to the kernel as soon as it is
//! free, and the next body then pays for each page of it anew. A body is copied into its
//! connection's buffer when it is sent, so that the memory is free again before the worker's next
//! request, as a rule; where it is not, the next body gets other memory.

use std::cell::Cell;

use bytes::{Bytes, BytesMut};

/// The longest body whose memory is kept, in bytes.
const KEPT: usize = 1 << 20;

thread_local! {
    static ROOM: Cell<BytesMut> = Cell::default();
}

/// A body that is written now.
pub(crate) fn fill(write: impl FnOnce(&mut BytesMut)) -> Bytes {
    let mut room = ROOM.take();
    write(&mut room);
    let body = room.split().freeze();
    if body.len() <= KEPT {
        ROOM.set(room);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(byte: u8, length: usize) -> Bytes {
        fill(|room| room.resize(length, byte))
    }

    #[test]
    fn memory_is_used_again_once_a_body_is_gone() {
        let first = body(b'1', 100_000);
        let at = first.as_ptr();
        drop(first);
        let second = body(b'2', 90_000);
        assert_eq!(second.as_ptr(), at);
        // Whoever holds one keeps it.
        let third = body(b'3', 100_000);
        assert_ne!(third.as_ptr(), at);
        assert!(second.iter().all(|byte| *byte == b'2') && second.len() == 90_000);
        assert!(third.iter().all(|byte| *byte == b'3') && third.len() == 100_000);
    }

    #[test]
    fn memory_of_very_long_bodies_is_not_kept() {
        drop(body(b'1', KEPT + 1));
        assert_eq!(ROOM.take().capacity(), 0);
    }
}
