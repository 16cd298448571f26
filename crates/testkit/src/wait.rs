//! Waiting for the outside world in tests: ask again until it is so, or fail with a text that says what was waited for
//! and what was seen last. Tests wait through here; none of them sleeps for a time that somebody guessed.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// The pause between two questions: short against what tests wait for (a process start, a segment of 2 s), long enough
/// that asking costs the machine nothing.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks `probe` until it answers `Ok`, and returns that answer. An `Err` means "not yet" and is kept for the failure text.
///
/// # Errors
/// `within` has passed: "waited 5 s for `what`", with the last answer as its cause. A probe that hangs is cut off then too.
pub async fn until<T, F, Answer>(within: Duration, what: &str, mut probe: F) -> anyhow::Result<T>
where
    F: FnMut() -> Answer,
    Answer: Future<Output = anyhow::Result<T>>,
{
    let deadline = Instant::now() + within;
    let mut last = anyhow::anyhow!("no answer at all");
    // The deadline is asked too, because a probe that is always ready would never be cut off.
    while Instant::now() < deadline
        && let Ok(answer) = tokio::time::timeout_at(deadline, probe()).await
    {
        match answer {
            Ok(value) => return Ok(value),
            Err(not_yet) => last = not_yet,
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(last.context(format!("waited {within:?} for {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn asks_until_the_answer_comes() {
        let mut asked = 0;
        let answer = until(Duration::from_secs(1), "the third answer", || {
            asked += 1;
            let answer = if asked < 3 { Err(anyhow::anyhow!("asked {asked} times")) } else { Ok(asked) };
            async { answer }
        });
        assert_eq!(answer.await.unwrap(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_names_what_was_waited_for_and_what_was_seen() {
        let failure = until::<(), _, _>(Duration::from_secs(5), "rain", || async { anyhow::bail!("sunshine") });
        assert_eq!(format!("{:#}", failure.await.unwrap_err()), "waited 5s for rain: sunshine");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_hangs_is_cut_off() {
        let failure = until::<(), _, _>(Duration::from_secs(5), "an answer", std::future::pending);
        assert_eq!(format!("{:#}", failure.await.unwrap_err()), "waited 5s for an answer: no answer at all");
    }
}
