//! Documents that are read before the writer's turn: what takes long, and what has no shape, keeps
//! nobody else waiting.

use serde_json::Value;

use super::{
    sent::Sent,
    templated::{self, Filled},
    transition::Place,
};
use crate::{service::Result, store::Tx};

/// A document that was read early.
pub(super) enum Early {
    /// It has no shape, and no turn.
    Misshapen(Box<Sent>),
    /// It waits for its turn.
    Read(Box<Read>),
}

/// One that has a shape.
pub(super) struct Read {
    written: Value,
    filled: Filled,
    sent: Sent,
}

impl Early {
    /// Fills in what its template says, and reads it.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn read(tx: &mut Tx, place: &Place, written: Value) -> Result<Self> {
        let filled = templated::fill(tx, place, written.clone()).await?;
        let sent = Sent::read(filled.clone())?;
        Ok(if sent.has_shape() {
            Self::Read(Box::new(Read {
                written,
                filled,
                sent,
            }))
        } else {
            Self::Misshapen(Box::new(sent))
        })
    }
}

impl Read {
    /// The document at its turn: its template may say something else by then.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn again(self, tx: &mut Tx, place: &Place) -> Result<Sent> {
        let filled = templated::fill(tx, place, self.written).await?;
        if filled == self.filled {
            Ok(self.sent)
        } else {
            Sent::read(filled)
        }
    }
}
