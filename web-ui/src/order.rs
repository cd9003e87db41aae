//! Sorting that costs little to download: the library's sort is several kilobytes for each
//! type that is sorted, and most lists here have a handful of entries.

/// Sorts a short list by a key; equal entries stay in their order. Quadratic: for lists of
/// tens, not of hundreds.
pub(crate) fn short<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && key(&items[at]) < key(&items[at - 1]) {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// What a long list is sorted by: a number, then a text, then the place it had.
pub(crate) type Place = (u64, String, usize);

/// Sorts a long list by a number, then a text; equal entries stay in their order.
pub(crate) fn long<T>(items: Vec<T>, key: impl Fn(&T) -> (u64, String)) -> Vec<T> {
    let mut places: Vec<Place> = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let (number, text) = key(item);
            (number, text, at)
        })
        .collect();
    places.sort_unstable();
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    places
        .into_iter()
        .filter_map(|(_, _, at)| items[at].take())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sort_and_keep_equal_entries_in_order() {
        let list = vec![(2, "a"), (1, "b"), (2, "c"), (1, "d"), (0, "e")];
        let expected = [(0, "e"), (1, "b"), (1, "d"), (2, "a"), (2, "c")];
        let mut sorted = list.clone();
        short(&mut sorted, |(number, _)| *number);
        assert_eq!(sorted, expected);
        assert_eq!(long(list, |(number, _)| (*number, String::new())), expected);
        short::<u8, u8>(&mut [], |n| *n);
    }
}
