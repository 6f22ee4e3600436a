//! What happens to a posyandu's line.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, sleep_until};

use super::fault::Kind;
use super::post::Post;
use super::schedule::Fault;
use super::tally::Tally;
use crate::harness::Weather;

/// A phone's tethering at the edge of the valley.
const SLOW: Weather = Weather::Slow {
    bits_per_s: 32_000,
    delay: Duration::from_millis(600),
    jitter: Duration::from_millis(300),
};

/// Carries out what is planned for one line, and leaves it whole.
pub(super) async fn go_through(post: Arc<Post>, tally: Arc<Tally>, faults: Vec<Fault>) {
    for fault in faults {
        sleep_until(tally.moment(fault.at_ms)).await;
        let from_ms = tally.now_ms();
        let both = [&post.link, &post.https];
        both.iter().for_each(|link| link.become_like(weather(&fault)));
        sleep(Duration::from_millis(fault.for_ms)).await;
        if fault.kind == Kind::LinkHalfOpen {
            // Nobody was told that it was gone; when it comes back, the connections of before are not there any more.
            both.iter().for_each(|link| link.drop_connections());
        }
        both.iter().for_each(|link| link.restore());
        tally.done(&fault, from_ms);
    }
}

fn weather(fault: &Fault) -> Weather {
    match fault.kind {
        Kind::LinkSlow => SLOW,
        Kind::LinkHalfOpen => Weather::Silent,
        Kind::LinkReset => Weather::Reset { after: fault.bytes.unwrap_or(1).max(1) },
        Kind::LinkTrickle => Weather::Trickle,
        _ => Weather::Cut,
    }
}
