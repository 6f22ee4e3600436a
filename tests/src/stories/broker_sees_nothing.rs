//! Somebody at the broker hears every message of a day, and learns no name, NIK or weight.

use anyhow::Context;
use serde_json::json;

use super::{Telling, Told, figures};
use crate::demo::day::{Day, everything_received, history_arrived};
use crate::harness::{BrokerMake, BrokerPlace, Keeper, Play, Spy, Stage, World};
use crate::population::Secrets;

const PACE: u32 = 10;

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let visits = if telling.full { 20 } else { 3 };
    let stage = Stage::new()?;
    let keeper = Keeper::start()?;
    World::found_authority(stage.dir())?;
    let place = BrokerPlace::settle(BrokerMake::Mosquitto, stage.dir())?;
    place.open_to_spies()?;
    let _broker = place.start(&keeper).await?;
    let spy = Spy::at(&place).await?;
    let play = Play { outside: Some(place.outside()), ..stage.play(telling.seed, visits, PACE) };
    stage
        .tell(&play, async |world: &mut World| {
            history_arrived(world).await?;
            let day = Day::begin(world, telling.seed).await?;
            for (nth, coming) in world.village.coming.iter().enumerate() {
                day.visit(nth, coming, false).await?;
            }
            everything_received(world).await?;
            overheard(world, &spy)
        })
        .await
}

fn overheard(world: &World, spy: &Spy) -> anyhow::Result<Told> {
    let secrets = Secrets::of(&world.village);
    let heard = spy.heard();
    let (up, down): (Vec<_>, Vec<_>) = heard.iter().partition(|message| message.topic.contains("/up/"));
    // Everything went this way: 2,000 events of history alone, and an answer to each letter.
    let carried: usize = up.iter().map(|message| message.payload.len()).sum();
    anyhow::ensure!(
        carried as u64 > 10 * world.village.events() && !down.is_empty(),
        "the spy heard {carried} bytes up and {} letters down: not all there was",
        down.len()
    );
    for message in &heard {
        let seen = [message.topic.as_bytes(), &message.payload].map(|bytes| secrets.found_in(bytes)).concat();
        if let Some(first) = seen.first() {
            anyhow::bail!("{} things could be read at the broker on {}: {first}", seen.len(), message.topic);
        }
    }
    let bytes: usize = heard.iter().map(|message| message.payload.len()).sum();
    let looked_for = u64::try_from(secrets.count()).context("they fit")?;
    Ok(figures(json!({
        "letters_up": up.len(),
        "letters_down": down.len(),
        "bytes": bytes,
        "looked_for": looked_for,
        "found": 0,
    })))
}
