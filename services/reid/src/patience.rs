//! Waits out what comes back by itself: a database or an index that is away. Whoever waits holds the jobs that need it, so nothing
//! is lost meanwhile; an error that will not go away is handed on.

use std::fmt::Display;
use std::time::Duration;

use iris_gallery::GalleryError;
use iris_store::StoreError;
use tracing::warn;

/// The first pause: most that come between are over by then.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// The longest: when the database is back, work goes on soon.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// An error that may go away by itself.
pub trait Passing: Display {
    /// Whether it may.
    fn is_passing(&self) -> bool;
}

impl Passing for StoreError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Conflict { .. })
    }
}

impl Passing for GalleryError {
    fn is_passing(&self) -> bool {
        self.is_transient()
    }
}

/// Tries until it succeeds or fails for good.
pub async fn patiently<T, E, Work, Fut>(mut work: Work) -> Result<T, E>
where
    E: Passing,
    Work: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let mut pause = PAUSE_MIN;
    let mut warned = false;
    loop {
        match work().await {
            Err(error) if error.is_passing() => {
                metrics::counter!("iris_reid_waits_total").increment(1);
                // What comes between once is no outage.
                if pause > PAUSE_MIN && !std::mem::replace(&mut warned, true) {
                    warn!("waiting: {error}");
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, thiserror::Error)]
    #[error("passing: {0}")]
    struct Trouble(bool);

    impl Passing for Trouble {
        fn is_passing(&self) -> bool {
            self.0
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_waited_out_and_a_refusal_is_not() {
        let mut tries = 0;
        let done = patiently(|| {
            tries += 1;
            std::future::ready(if tries < 10 { Err(Trouble(true)) } else { Ok(tries) })
        });
        assert_eq!(done.await, Ok(10));
        assert_eq!(patiently(|| std::future::ready(Err::<(), _>(Trouble(false)))).await, Err(Trouble(false)));
    }
}
