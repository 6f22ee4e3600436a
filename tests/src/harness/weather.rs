//! What a village's line does to the bytes that are sent into it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::chance::Chance;

/// Pieces on their way at once; more and the sender waits, as with a modem's own buffer.
const UNDER_WAY: usize = 64;
/// What is read at once from a quick line, and from a slow one.
const PIECE: usize = 16 * 1024;
const SLOW_PIECE: usize = 512;

/// What the line does with what is sent into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Carries everything, each piece after a delay.
    Through(Duration),
    /// Ends every connection and takes no new one.
    Cut,
    /// Keeps connections and carries nothing: a hub that seems to be there and never answers.
    Silent,
    /// A phone's tethering at the edge of the valley.
    Slow {
        /// How much passes, each way.
        bits_per_s: u32,
        /// How long each piece travels, on average …
        delay: Duration,
        /// … give or take so much.
        jitter: Duration,
    },
    /// Carries everything, one byte a packet.
    Trickle,
    /// Tears each connection (RST) once it has carried so many more bytes one way: in the midst of a frame.
    Reset {
        /// Bytes until then.
        after: u32,
    },
}

/// How one direction of a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Somebody closed it.
    Closed,
    /// The weather tore it.
    Torn,
}

/// Carries one direction until it ends.
pub(super) async fn one_way(
    from: impl AsyncReadExt + Unpin,
    to: impl AsyncWriteExt + Unpin,
    weather: watch::Receiver<Weather>,
    seed: u64,
) -> Ended {
    let (queue, pieces) = mpsc::channel(UNDER_WAY);
    tokio::select! {
        () = take_in(from, queue, weather.clone(), seed) => Ended::Closed,
        ended = give_out(to, pieces, weather) => ended,
    }
}

type Piece = (Instant, Vec<u8>);

/// Reads what is sent and says when each piece is due at the far end. Does not come back: what is under way still arrives.
async fn take_in(
    mut from: impl AsyncReadExt + Unpin,
    queue: mpsc::Sender<Piece>,
    weather: watch::Receiver<Weather>,
    seed: u64,
) {
    let mut piece = vec![0; PIECE];
    let mut timetable = Timetable::new(seed);
    loop {
        let slow = matches!(*weather.borrow(), Weather::Slow { .. });
        let room = if slow { SLOW_PIECE } else { PIECE };
        let Ok(length @ 1..) = from.read(&mut piece[..room]).await else { break };
        let due = timetable.due(Instant::now(), *weather.borrow(), length);
        if queue.send((due, piece[..length].to_vec())).await.is_err() {
            break;
        }
    }
    drop(queue);
    std::future::pending::<()>().await;
}

async fn give_out(
    mut to: impl AsyncWriteExt + Unpin,
    mut pieces: mpsc::Receiver<Piece>,
    mut weather: watch::Receiver<Weather>,
) -> Ended {
    let mut left = None;
    while let Some((due, piece)) = pieces.recv().await {
        tokio::time::sleep_until(due).await;
        let Ok(now) = weather.wait_for(|now| *now != Weather::Silent).await.map(|now| *now) else { break };
        let written = match now {
            Weather::Reset { after } => {
                let left = left.get_or_insert(after as usize);
                if piece.len() >= *left {
                    let _ = to.write_all(&piece[..*left]).await;
                    return Ended::Torn;
                }
                *left -= piece.len();
                to.write_all(&piece).await
            }
            Weather::Trickle => drop_by_drop(&mut to, &piece).await,
            _ => {
                left = None;
                to.write_all(&piece).await
            }
        };
        if written.is_err() {
            break;
        }
    }
    Ended::Closed
}

async fn drop_by_drop(to: &mut (impl AsyncWriteExt + Unpin), piece: &[u8]) -> std::io::Result<()> {
    for byte in piece {
        to.write_all(&[*byte]).await?;
        to.flush().await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// When each piece is due: never before the one sent before it.
struct Timetable {
    free: Instant,
    last: Instant,
    chance: Chance,
}

impl Timetable {
    fn new(seed: u64) -> Self {
        let now = Instant::now();
        Self { free: now, last: now, chance: Chance::new(seed) }
    }

    fn due(&mut self, now: Instant, weather: Weather, length: usize) -> Instant {
        let due = match weather {
            Weather::Through(delay) => now + delay,
            Weather::Slow { bits_per_s, delay, jitter } => {
                let takes = Duration::from_secs_f64(length as f64 * 8.0 / f64::from(bits_per_s.max(1)));
                self.free = self.free.max(now) + takes;
                self.free + (delay + jitter.mul_f64(2.0 * self.chance.unit())).saturating_sub(jitter)
            }
            _ => now,
        };
        self.last = self.last.max(due);
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_line_keeps_its_rate_its_delay_and_the_order() {
        let slow = Weather::Slow {
            bits_per_s: 32_000,
            delay: Duration::from_millis(600),
            jitter: Duration::from_millis(300),
        };
        let mut timetable = Timetable::new(7);
        let began = timetable.free;
        let dues: Vec<Instant> = (0..100).map(|_| timetable.due(began, slow, 400)).collect();
        assert!(dues.is_sorted());
        let took = dues[99] - began;
        // 40,000 bytes at 4,000 a second, and once the way.
        assert!(took >= Duration::from_millis(10_300) && took <= Duration::from_millis(10_900), "{took:?}");
    }
}
