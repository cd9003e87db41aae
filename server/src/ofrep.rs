//! What OFREP says of evaluations, as JSON: of one flag as it comes, and of all flags from
//! texts that were written once.

mod item;
mod sheet;
#[cfg(test)]
mod tests;

pub(crate) use item::Item;
pub(crate) use sheet::{Sheet, Tally};
