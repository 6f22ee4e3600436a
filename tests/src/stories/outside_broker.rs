//! The same road through a broker that is not ours, which forgets everything half way (G2, G3).

use serde_json::json;

use super::{Telling, Told, figures};
use crate::demo::compare::compare;
use crate::demo::day::{Day, everything_received, history_arrived};
use crate::demo::{hub_rows, truth};
use crate::harness::{Broker, Keeper, Outside, Play, Stage, World};

const PACE: u32 = 10;

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let visits = if telling.full { 20 } else { 4 };
    let stage = Stage::new()?;
    let keeper = Keeper::start()?;
    // The broker is there first, with certificates of the same authority the world will find.
    World::found_authority(stage.dir())?;
    let ca = stage.dir().join("ca");
    let broker = Broker::start(&keeper, stage.dir(), &ca, None).await?;
    let outside = Some(Outside { address: broker.address });
    let play = Play { outside, ..stage.play(telling.seed, visits, PACE) };
    let mut broker = Some(broker);
    stage
        .tell(&play, async |world: &mut World| {
            history_arrived(world).await?;
            let day = Day::begin(world, telling.seed).await?;
            let mut expected = Vec::new();
            for (nth, coming) in world.village.coming.iter().enumerate() {
                if nth == visits / 2
                    && let Some(running) = broker.take()
                {
                    // It keeps nothing on disk: whatever it had acknowledged and not handed on is gone.
                    let port = running.kill_nine();
                    broker = Some(Broker::start(&keeper, stage.dir(), &ca, Some(port)).await?);
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
            Ok(figures(json!({ "saved": visits, "received": verdict.received, "broker_kills": 1 })))
        })
        .await
}
