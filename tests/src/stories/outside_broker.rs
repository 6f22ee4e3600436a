//! The same road through a broker that is not ours, which forgets everything half way (G2, G3).

use serde_json::json;

use super::{Telling, Told, figures};
use crate::demo::compare::compare;
use crate::demo::day::{Day, everything_received, history_arrived};
use crate::demo::{hub_rows, truth};
use crate::harness::{BrokerMake, BrokerPlace, Keeper, Play, Stage, World};
use crate::population::Secrets;

const PACE: u32 = 10;

pub(super) async fn tell(telling: &Telling, make: BrokerMake) -> anyhow::Result<Told> {
    let visits = if telling.full { 20 } else { 4 };
    let stage = Stage::new()?;
    let keeper = Keeper::start()?;
    // The broker is there first, with certificates of the same authority the world will find.
    World::found_authority(stage.dir())?;
    let place = BrokerPlace::settle(make, stage.dir())?;
    let mut broker = Some(place.start(&keeper).await?);
    let play = Play { outside: Some(place.outside()), ..stage.play(telling.seed, visits, PACE) };
    stage
        .tell(&play, async |world: &mut World| {
            broker.as_ref().map(|broker| broker.admit(&world.hub_place)).transpose()?;
            history_arrived(world).await?;
            let day = Day::begin(world, telling.seed).await?;
            let mut expected = Vec::new();
            for (nth, coming) in world.village.coming.iter().enumerate() {
                if nth == visits / 2
                    && let Some(running) = broker.take()
                {
                    // Whatever it had acknowledged and not handed on is gone.
                    running.kill_nine().wipe()?;
                    broker = Some(place.start(&keeper).await?);
                }
                expected.push(day.visit(nth, coming, false).await?.expected);
            }
            everything_received(world).await?;
            let mut db = world.database().await?;
            let hub = hub_rows::of_day(&mut db, world.staff.posyandu, world.village.day).await?;
            if let Some(folder) = &telling.export {
                truth::export(expected.iter().map(|expected| &expected.row), folder)?;
                hub_rows::export(&hub, folder)?;
            }
            let verdict = compare(&expected, &hub);
            let doubled =
                hub_rows::doubled_events(&mut db, world.village.events() + 2 * visits as u64).await?;
            anyhow::ensure!(
                verdict.received == visits
                    && verdict.lost + verdict.doubled + verdict.wrong == 0
                    && doubled == 0,
                "{verdict:?}, {doubled} events twice"
            );
            if make == BrokerMake::Nats {
                let (stored, secrets) = (place.stored()?, Secrets::of(&world.village));
                let seen = secrets.found_in(&stored);
                anyhow::ensure!(!stored.is_empty(), "JetStream wrote nothing: it was not in use");
                anyhow::ensure!(seen.is_empty(), "on the broker's disk stand {:?}", seen);
            }
            Ok(figures(json!({ "saved": visits, "received": verdict.received, "broker_kills": 1 })))
        })
        .await
}
