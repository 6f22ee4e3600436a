//! The way to the hub: what lies above the hub's mark goes out sealed, and only the hub's own word moves the mark.
//!
//! # Why
//! Nothing is ever removed from the outbox, because there is none: the journal is read again from wherever the hub says
//! it stands. A broken connection, a lost message, a broker that forgot everything are all the same path: connect, and
//! send what is not acknowledged. MQTT, HTTPS and the courier carry the same letters, and one place takes them.

mod carried;
mod https;
mod mail;
mod mqtt;
mod pass;
mod renewal;
mod road;
mod status;
mod talk;
mod trip;
mod window;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use carried::{Receipt, WrongFile};
pub use mail::{Asked, Feeds, Next, NoFeeds, Post};
pub use road::Road;
pub use status::{By, Status};

use crate::config::RoadChoice;

/// The first pause after a lost connection; it doubles up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
/// A connection that stood for so long was a good one.
const STOOD_FOR: Duration = Duration::from_secs(5);
/// After so many attempts at MQTT without a greeting the other road is tried.
const PATIENT_ATTEMPTS: u32 = 3;
/// For how many of the longest pauses the other road is used before MQTT is tried again.
const PAUSES_AWAY: u32 = 5;

/// Keeps a way to the hub open until told to stop. Offline is normal: it waits longer each time and tries again.
pub async fn run(post: Arc<Post>, stop: CancellationToken) {
    let mut pause = SHORTEST_PAUSE;
    let mut failures = 0;
    while !stop.is_cancelled() {
        let began = Instant::now();
        let outcome = tokio::select! {
            () = stop.cancelled() => break,
            outcome = attempt(&post, &mut failures) => outcome,
        };
        // A road that breaks as soon as it stands is not tried ten times a second.
        if post.status.connected() && began.elapsed() > STOOD_FOR {
            pause = SHORTEST_PAUSE;
        }
        post.status.set(None);
        post.store.forget_sent();
        match outcome {
            Ok(()) => continue,
            Err(error) => tracing::debug!("no way to the hub: {error:#}"),
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(jittered(pause)) => {}
        }
        pause = (pause * 2).min(post.road.longest_pause());
    }
    post.status.set(None);
}

/// One attempt by the road that is set, or by the better of those that work. `Ok` if another should follow at once.
async fn attempt(post: &Post, failures: &mut u32) -> anyhow::Result<()> {
    let road = &post.road;
    let https = || road.https.as_ref().filter(|_| road.settings.road != RoadChoice::Mqtt);
    let outcome = match road.settings.road {
        RoadChoice::None => std::future::pending().await,
        RoadChoice::Https => https_for(post, https(), Duration::from_secs(3600)).await,
        RoadChoice::Mqtt | RoadChoice::Auto => {
            let outcome = mqtt::hold(post).await;
            if outcome.is_err()
                && !post.status.connected()
                && *failures >= PATIENT_ATTEMPTS
                && https().is_some()
            {
                tracing::debug!("MQTT is not in reach, HTTPS is tried");
                https_for(post, https(), PAUSES_AWAY * road.longest_pause()).await
            } else {
                outcome
            }
        }
    };
    *failures = if post.status.connected() && post.status.by() == Some(By::Mqtt) { 0 } else { *failures + 1 };
    if outcome.is_err() && *failures >= PATIENT_ATTEMPTS && road.https.is_some() && road.may_have_ended() {
        renewal::renew_without_certificate(post).await?;
        *failures = 0;
        return Ok(());
    }
    outcome
}

async fn https_for(post: &Post, https: Option<&road::Address>, time: Duration) -> anyhow::Result<()> {
    let https = https.ok_or_else(|| anyhow::anyhow!("there is no HTTPS road"))?;
    https::hold(post, https, Instant::now() + time).await
}

/// Three quarters to five quarters of a pause, so that a thousand nodes do not come back in the same second.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    getrandom::fill(&mut byte).expect("the operating system gives random numbers");
    pause * 3 / 4 + pause / 2 * u32::from(byte[0]) / 255
}
