//! Keeps a job running: when it fails or panics it is started again, after a pause that grows.
//! One log line per failure. A job that returns `Ok` has ended and is not started again.

use crate::tasks::{Task, Tasks, panic_message};
use futures::FutureExt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The first pause: short enough that a dropped connection is hardly noticed.
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// The longest pause: a camera or server that comes back is used again within half a minute.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// A run of this length was a good one; the next failure starts again at the first pause.
const GOOD_RUN: Duration = Duration::from_secs(60);

impl Tasks {
    /// Runs `job` as the task `name` and starts it again whenever it fails or panics, until it returns `Ok` or the
    /// group is told to stop. The job is given the group's token and must end by itself when that is cancelled.
    pub fn supervise<F, Fut>(&self, name: impl Into<String>, job: F) -> Task<()>
    where
        F: FnMut(CancellationToken) -> Fut + Send + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let name = name.into();
        let token = self.token().clone();
        self.spawn(name.clone(), async move { run(&name, job, &token).await })
    }
}

async fn run<F, Fut>(name: &str, mut job: F, token: &CancellationToken)
where
    F: FnMut(CancellationToken) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let mut failures_in_a_row = 0;
    while !token.is_cancelled() {
        let started = Instant::now();
        let Err(error) = run_once(&mut job, token).await else { return };
        if token.is_cancelled() {
            tracing::warn!(task = name, error = format!("{error:#}"), "task `{name}` failed while stopping");
            return;
        }
        if started.elapsed() >= GOOD_RUN {
            failures_in_a_row = 0;
        }
        let pause = pause(failures_in_a_row, rand::random_range(0.5..=1.0));
        failures_in_a_row += 1;
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        tracing::error!(task = name, error = format!("{error:#}"), pause_ms, "task `{name}` failed, starting it again");
        let _stopped = token.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

/// One run of the job, its panic turned into an error.
async fn run_once<F, Fut>(job: &mut F, token: &CancellationToken) -> anyhow::Result<()>
where
    F: FnMut(CancellationToken) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    // A job that panicked is dropped and made anew, so nothing half-changed is seen again but what it shares.
    let run = AssertUnwindSafe(async { job(token.clone()).await });
    run.catch_unwind().await.unwrap_or_else(|panic| Err(anyhow::anyhow!("panicked: {}", panic_message(&*panic))))
}

/// How long to wait after so many failures in a row: doubling, and times `jitter` (0.5 to 1) so that many jobs that
/// failed together do not come back together.
fn pause(failures_in_a_row: u32, jitter: f64) -> Duration {
    // 2^6 times the first pause is beyond the longest.
    PAUSE_MIN.saturating_mul(1 << failures_in_a_row.min(6)).min(PAUSE_MAX).mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A job that fails in the given way and counts its runs.
    fn failing(
        runs: &Arc<AtomicUsize>,
        fail: fn(usize) -> anyhow::Result<()>,
    ) -> impl FnMut(CancellationToken) -> std::future::Ready<anyhow::Result<()>> + Send + use<> {
        let runs = runs.clone();
        move |_| std::future::ready(fail(runs.fetch_add(1, Ordering::SeqCst)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_is_started_again_after_errors_and_panics_until_it_returns_ok() {
        let (tasks, runs) = (Tasks::new(CancellationToken::new()), Arc::new(AtomicUsize::new(0)));
        let started = Instant::now();
        let job = failing(&runs, |run| match run {
            0 => anyhow::bail!("no camera"),
            1 => panic!("no luck"),
            _ => Ok(()),
        });
        tasks.supervise("job", job).join().await.unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        let waited = started.elapsed();
        assert!(waited >= Duration::from_millis(750) && waited <= Duration::from_millis(1510), "{waited:?}");
        assert!(tasks.running().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_ends_when_the_group_stops() {
        let (tasks, runs) = (Tasks::new(CancellationToken::new()), Arc::new(AtomicUsize::new(0)));
        let task = tasks.supervise("job", failing(&runs, |_| anyhow::bail!("never")));
        tokio::time::sleep(Duration::from_secs(600)).await;
        let before = Instant::now();
        tasks.drain(Duration::from_secs(1)).await.unwrap();
        task.join().await.unwrap();
        assert_eq!(before.elapsed(), Duration::ZERO);
        // Pauses of 15 to 30 s over 600 s, after about 60 s of growing ones.
        assert!((20..=50).contains(&runs.load(Ordering::SeqCst)), "{runs:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_good_run_starts_the_pauses_anew() {
        let (tasks, starts) = (Tasks::new(CancellationToken::new()), Arc::new(std::sync::Mutex::new(Vec::new())));
        let noted = starts.clone();
        tasks.supervise("job", move |_| {
            noted.lock().unwrap().push(Instant::now());
            async {
                tokio::time::sleep(GOOD_RUN).await;
                anyhow::bail!("lost")
            }
        });
        tokio::time::sleep(GOOD_RUN * 20).await;
        let starts = starts.lock().unwrap().clone();
        assert!(starts.len() > 10);
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] <= GOOD_RUN + PAUSE_MIN + Duration::from_millis(1)));
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<_> = (0..9).map(|failures| pause(failures, 1.0).as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
        assert_eq!(pause(u32::MAX, 0.5), Duration::from_secs(15));
    }
}
