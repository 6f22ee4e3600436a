//! Two hundred children in one morning: three instruments, three kader and their phones at once, and everything that
//! can go wrong between a child and its number. No value may stand in the wrong child.

mod board;
mod guests;
mod scale;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::json;
use tokio::sync::mpsc;

use super::{Telling, Told, figures};
use crate::chance::Chance;
use crate::demo::compare::{Expected, compare};
use crate::demo::day::{everything_received, history_arrived};
use crate::demo::hub_rows::{self, HubRow};
use crate::demo::truth;
use crate::harness::{Play, Stage, World};
use guests::{Mishap, Queues};
use scale::{Hall, Scale};

/// How many times faster than the world everybody lives.
const PACE: u32 = 10;

/// How many come: of the village with its history, and of families nobody knows yet, some of them with twins.
struct Guests {
    known: usize,
    new: usize,
    twins: usize,
}

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let Guests { known, new, twins } = match telling.full {
        true => Guests { known: 75, new: 125, twins: 12 },
        false => Guests { known: 8, new: 4, twins: 1 },
    };
    let stage = Stage::new()?;
    let play = Play { crowd: new, twins, ..stage.play(telling.seed, known, PACE) };
    stage.tell(&play, async |world: &mut World| morning(world, known + new, telling).await).await
}

async fn morning(world: &World, children: usize, telling: &Telling) -> anyhow::Result<Told> {
    history_arrived(world).await?;
    let began = Instant::now();
    let phones = [world.kader(0).await?, world.kader(1).await?, world.kader(2).await?];
    let hall = Hall { world, phones, events: AtomicU64::new(0), offered: AtomicU64::new(0) };
    let queues = Queues::of(world, telling.seed);
    let count = |wanted: fn(&Mishap) -> bool| {
        let all = queues.infant.iter().chain(&queues.standing);
        all.filter(|guest| wanted(&guest.mishap)).count()
    };
    let carried = count(|mishap| matches!(mishap, Mishap::Carried { .. }));
    let mistaken = count(|mishap| matches!(mishap, Mishap::WrongTwin | Mishap::Stranger));
    let mishaps = count(|mishap| *mishap != Mishap::None);
    let saved = serve(&hall, queues, &Chance::new(telling.seed)).await?;
    let seconds = began.elapsed().as_secs();
    everything_received(world).await?;

    let mut db = world.database().await?;
    let hub = hub_rows::of_day(&mut db, world.staff.posyandu, world.village.day).await?;
    if let Some(folder) = &telling.export {
        truth::export(saved.iter().map(|expected| &expected.row), folder)?;
        hub_rows::export(&hub, folder)?;
    }
    let verdict = compare(&saved, &hub);
    let wrong_child = in_the_wrong_child(&saved, &hub);
    let made = world.village.events() + hall.events.load(Ordering::Relaxed);
    let twice = hub_rows::doubled_events(&mut db, made).await?;
    let doubled = verdict.doubled + usize::try_from(twice)?;
    let told = json!({
        "children": children,
        "saved": saved.len(),
        "wrong_child": wrong_child,
        "lost": verdict.lost,
        "doubled": doubled,
        "wrong": verdict.wrong,
        "carried": carried,
        "offered": hall.offered.load(Ordering::Relaxed),
        "mistaken": mistaken,
        "mishaps": mishaps,
        "seconds": seconds,
    });
    let well = saved.len() == children && verdict.received == children;
    anyhow::ensure!(well && wrong_child + verdict.lost + doubled + verdict.wrong == 0, "{told}");
    Ok(figures(told))
}

/// Everybody at once: two scales, and the board behind them.
async fn serve(hall: &Hall<'_>, queues: Queues, chance: &Chance) -> anyhow::Result<Vec<Expected>> {
    let (to_board, coming) = mpsc::unbounded_channel();
    let at = |phone: usize, instrument: &'static str| Scale {
        hall,
        phone,
        instrument,
        chance: chance.apart(instrument),
        occupied: false,
    };
    let infant = at(0, "timbangan-a").serve(queues.infant, to_board.clone());
    let standing = at(1, "timbangan-b").serve(queues.standing, to_board);
    let board = board::serve(hall, chance.apart("board"), coming);
    let ((), (), saved) = tokio::try_join!(infant, standing, board)?;
    Ok(saved)
}

/// Visits at the hub under another child, or with a figure that is another child's.
fn in_the_wrong_child(saved: &[Expected], hub: &[HubRow]) -> usize {
    let taken = |own: &str, found: &str, of: fn(&Expected) -> &str| {
        own != found && saved.iter().any(|other| of(other) == found)
    };
    let wrong = |expected: &&Expected| {
        let own = &expected.row;
        hub.iter().map(|hub| &hub.row).filter(|found| found.visit_id == own.visit_id).any(|found| {
            own.child_id != found.child_id
                || taken(&own.weight_kg, &found.weight_kg, |other| &other.row.weight_kg)
                || taken(&own.lenhei_cm, &found.lenhei_cm, |other| &other.row.lenhei_cm)
        })
    };
    saved.iter().filter(wrong).count()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::demo::truth::{Meaning, Row};

    fn row(visit_id: &str, child_id: &str, weight_kg: &str) -> Row {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        Row {
            visit_id: visit_id.into(),
            child_id: child_id.into(),
            sex: "f".into(),
            birth_date: day,
            observed_on: day,
            weight_kg: weight_kg.into(),
            lenhei_cm: "71.30".into(),
            measured: "l".into(),
        }
    }

    fn meaning() -> Meaning {
        Meaning { z: Default::default(), status: String::new(), gain: "N".into() }
    }

    #[test]
    fn a_number_that_is_another_childs_is_told_from_one_that_is_nobodys() {
        let truth = [row("a", "alya", "8.450"), row("b", "alma", "9.100")];
        let saved = truth.clone().map(|row| Expected { row, meaning: meaning() });
        let count =
            |rows: [Row; 2]| in_the_wrong_child(&saved, &rows.map(|row| HubRow { row, meaning: meaning() }));
        assert_eq!(count(truth), 0);
        assert_eq!(count([row("a", "alya", "9.100"), row("b", "alma", "8.450")]), 2);
        assert_eq!(count([row("a", "alma", "8.450"), row("b", "alma", "9.100")]), 1);
        assert_eq!(count([row("a", "alya", "8.460"), row("b", "alma", "9.100")]), 0, "wrong, but nobody's");
    }
}
