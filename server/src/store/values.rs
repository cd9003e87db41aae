//! Lists of rows in statements.

/// How many rows a query takes. A few sizes only, since each is a statement to prepare.
const SIZES: [usize; 10] = [32, 16, 8, 7, 6, 5, 4, 3, 2, 1];

/// Parts of these sizes, in order.
pub(super) fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (part, rest) = rows.split_at(size);
        rows = rest;
        Some(part)
    })
}

/// `VALUES ($1, $2), ($3, $4)`, for so many rows and columns; the numbers come after `last`.
pub(super) fn values(rows: usize, columns: usize, last: usize) -> String {
    use std::fmt::Write as _;
    let mut sql = "VALUES ".to_owned();
    for number in 0..rows * columns {
        let before = match (number % columns, number) {
            (0, 0) => "(",
            (0, _) => "), (",
            _ => ", ",
        };
        // Writing into memory does not fail.
        let _ = write!(sql, "{before}${}", last + number + 1);
    }
    sql.push(')');
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_part() {
        for count in 0..200_usize {
            let rows: Vec<usize> = (0..count).collect();
            assert_eq!(parts(&rows).flatten().copied().collect::<Vec<_>>(), rows);
            assert!(parts(&rows).all(|part| SIZES.contains(&part.len())));
        }
        let sizes: Vec<usize> = parts(&[(); 45]).map(<[()]>::len).collect();
        assert_eq!(sizes, [32, 8, 5]);
    }

    #[test]
    fn placeholders_have_numbers() {
        assert_eq!(values(1, 1, 0), "VALUES ($1)");
        assert_eq!(values(2, 3, 4), "VALUES ($5, $6, $7), ($8, $9, $10)");
    }
}
