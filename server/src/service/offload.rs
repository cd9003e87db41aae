//! Work that would hold up a thread which answers others: on threads of its own, a few at a
//! time.

use tokio::sync::Semaphore;

use super::{Error, Result};

/// How much of it goes on at the same time, so that it leaves room for other work.
static PLACES: Semaphore = Semaphore::const_new(2);

/// Works on a thread where that holds nobody up.
pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    within(&PLACES, work).await
}

/// Works on a thread once there is a place. The place belongs to the work: whoever asked may
/// go away, and the thread still goes on.
async fn within<T: Send + 'static>(
    places: &'static Semaphore,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let place = places.acquire().await.map_err(|_| Error::Unavailable)?;
    let work = move || {
        let done = work();
        drop(place);
        done
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_place_is_taken_until_its_work_is_done() {
        static ONE: Semaphore = Semaphore::const_new(1);
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (end, ends) = mpsc::channel::<()>();
        let asked = tokio::spawn(within(&ONE, move || {
            let _ = begun.send(());
            let _ = ends.recv();
        }));
        begins.await.unwrap();
        // Whoever asked goes away.
        asked.abort();
        assert!(asked.await.unwrap_err().is_cancelled());
        assert_eq!(ONE.available_permits(), 0);
        end.send(()).unwrap();
        assert!(ONE.acquire().await.is_ok());
    }
}
