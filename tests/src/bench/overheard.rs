//! One node, a broker at which every letter is heard with the line's encryption off, and a meter on the wire before it.

use std::time::{Duration, Instant};

use protocol::ask::{Ask, Question};
use protocol::letter::Up;

use super::meter::Meter;
use crate::demo::day::history_arrived;
use crate::harness::page::plain;
use crate::harness::{Broker, BrokerMake, BrokerPlace, Kader, Keeper, Play, Spy, Stage, World, until};

/// How long everything may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// After so long without a letter the road is still.
const STILL: Duration = Duration::from_millis(700);

/// What was heard and counted up to a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    letters: usize,
    wire: u64,
}

/// What went by since a mark.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Heard {
    /// Sealed batches of events and their bytes.
    pub(super) batches: u64,
    pub(super) batch_bytes: u64,
    /// Hellos among the questions.
    pub(super) hellos: u64,
    /// Questions, hellos among them.
    pub(super) asks: u64,
    /// Bytes of all letters, both ways.
    pub(super) letter_bytes: u64,
    /// Bytes on the wire, both ways, letters among them.
    pub(super) wire_bytes: u64,
}

/// A world whose only road is overheard.
pub(super) struct Overheard {
    pub(super) world: World,
    spy: Spy,
    meter: Meter,
    _broker: Broker,
    _stage: Stage,
}

impl Overheard {
    /// A node whose history has arrived, with `visits` children who come today.
    pub(super) async fn begin(visits: usize) -> anyhow::Result<Self> {
        let stage = Stage::new()?;
        let keeper = Keeper::start()?;
        World::found_authority(stage.dir())?;
        let place = BrokerPlace::settle(BrokerMake::Mosquitto, stage.dir())?;
        place.open_to_spies()?;
        let broker = place.start(&keeper).await?;
        let spy = Spy::at(&place).await?;
        let meter = Meter::before(place.outside().address).await?;
        let play = Play { outside: Some(place.outside()), ..stage.play(1, visits, 1) };
        let world = World::begin(&play).await?;
        world.link.lead_to(meter.address());
        // What was connected before the meter stood there comes again through it.
        world.link.drop_connections();
        history_arrived(&world).await?;
        Ok(Self { world, spy, meter, _broker: broker, _stage: stage })
    }

    pub(super) async fn end(self) -> anyhow::Result<()> {
        self.world.end().await
    }

    /// Waits until the node says that all was received and nobody has said anything for a moment.
    pub(super) async fn at_rest(&self, kader: &Kader) -> anyhow::Result<Mark> {
        all_received(kader, PATIENCE).await?;
        self.still().await
    }

    /// Waits until nobody has said anything for a moment.
    pub(super) async fn still(&self) -> anyhow::Result<Mark> {
        let (mut letters, mut since) = (0, Instant::now());
        let still = until(PATIENCE, async || {
            tokio::time::sleep(LOOK_EVERY).await;
            let heard = self.spy.heard().len();
            if heard != letters {
                (letters, since) = (heard, Instant::now());
            }
            Ok((since.elapsed() > STILL).then(|| Mark { letters, wire: self.meter.bytes() }))
        });
        still.await?.ok_or_else(|| anyhow::anyhow!("the road does not come to rest"))
    }

    /// What went by since `mark`, up to now.
    pub(super) fn since(&self, mark: Mark) -> anyhow::Result<Heard> {
        let mut heard = Heard { wire_bytes: self.meter.bytes() - mark.wire, ..Heard::default() };
        for message in &self.spy.heard()[mark.letters..] {
            let bytes = message.payload.len() as u64;
            heard.letter_bytes += bytes;
            match Up::read(&message.payload).filter(|_| message.topic.contains("/up/")) {
                Some(Up::Batch(_)) => {
                    heard.batches += 1;
                    heard.batch_bytes += bytes;
                }
                Some(Up::Ask(ask)) => {
                    heard.asks += 1;
                    heard.hellos += u64::from(matches!(Ask::peek(ask)?.question, Question::Hello(_)));
                }
                None => {}
            }
        }
        Ok(heard)
    }
}

/// Waits until a node says that all it holds was received; gives how long that took.
pub(super) async fn all_received(kader: &Kader, patience: Duration) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut said = String::new();
    let received = until(patience, async || {
        said = plain(&kader.page("/safety/line").await?);
        if said.contains("semua diterima") {
            return Ok(Some(began.elapsed()));
        }
        tokio::time::sleep(LOOK_EVERY).await;
        Ok(None)
    });
    let received = received.await?;
    received
        .ok_or_else(|| anyhow::anyhow!("not all was received within {patience:?}; the node says {said:?}"))
}
