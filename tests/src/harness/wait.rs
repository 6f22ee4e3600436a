//! Waiting for a condition, never for a length of time.

use std::time::Duration;

use tokio::time::Instant;

const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Asks again and again until there is an answer; `None` if there was none within `patience`.
pub async fn until<T>(
    patience: Duration,
    mut answer: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<Option<T>> {
    let given_up = Instant::now() + patience;
    loop {
        if let Some(found) = answer().await? {
            return Ok(Some(found));
        }
        if Instant::now() >= given_up {
            return Ok(None);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
