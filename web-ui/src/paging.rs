//! Long lists, read page by page and read again without losing any.

use std::future::Future;

use serin_api::page::Page;

use crate::client::Error;

/// What was read so far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Listing<T> {
    /// In the list's order.
    pub(crate) items: Vec<T>,
    /// Whether there is more.
    pub(crate) more: bool,
}

/// Reads the first `pages` pages; `read` takes the cursor of each.
pub(crate) async fn read_pages<T, F>(
    pages: usize,
    read: impl Fn(Option<String>) -> F,
) -> Result<Listing<T>, Error>
where
    F: Future<Output = Result<Page<T>, Error>>,
{
    let mut items = Vec::new();
    let mut cursor = None;
    for page in 0..pages.max(1) {
        if page > 0 && cursor.is_none() {
            break;
        }
        let answer = read(cursor).await?;
        items.extend(answer.items);
        cursor = answer.next_cursor;
    }
    Ok(Listing {
        items,
        more: cursor.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    /// Three pages of two.
    async fn page(cursor: Option<String>) -> Result<Page<u32>, Error> {
        let at: u32 = cursor.map_or(0, |cursor| cursor.parse().unwrap());
        Ok(Page {
            items: vec![at, at + 1],
            next_cursor: (at < 4).then(|| (at + 2).to_string()),
        })
    }

    fn read(pages: usize) -> Listing<u32> {
        let mut reading = pin!(read_pages(pages, page));
        match reading
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(listing) => listing.unwrap(),
            Poll::Pending => panic!("nothing to wait for"),
        }
    }

    #[test]
    fn pages_are_joined_until_there_are_no_more() {
        assert_eq!(
            read(1),
            Listing {
                items: vec![0, 1],
                more: true
            }
        );
        assert_eq!(
            read(2),
            Listing {
                items: vec![0, 1, 2, 3],
                more: true
            }
        );
        assert_eq!(
            read(9),
            Listing {
                items: vec![0, 1, 2, 3, 4, 5],
                more: false
            }
        );
    }
}
