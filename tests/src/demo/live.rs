//! The demo to be looked at: prints where everything is and runs until Ctrl-C.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::autopilot::Autopilot;
use super::lodging::{Remembered, folder};
use super::{Options, told_to_stop};
use crate::harness::{Broker, Keeper, Play, World};
use crate::population::CHILDREN;

/// Runs it.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let folder = folder();
    let _alone = alone(&folder)?;
    let remembered = Remembered::find(&folder, options.fresh, options.seed)?;
    let keeper = Keeper::start()?;
    let broker = options.broker.open(&keeper, &folder).await?;
    let play = Play {
        dir: folder,
        postgres: remembered.postgres.clone(),
        seed: remembered.seed,
        day: remembered.day()?,
        visits: CHILDREN,
        crowd: 0,
        twins: 0,
        pace: options.pace.unwrap_or(1),
        start: None,
        outside: broker.as_ref().map(Broker::outside),
        road: options.road,
        bridges: options.bridge,
    };
    let world = tokio::select! {
        world = World::begin(&play) => world?,
        stopped = told_to_stop() => return stopped,
    };
    broker.as_ref().map(|broker| broker.admit(&world.hub_place)).transpose()?;
    print!("{}", notice(&world)?);
    std::io::stdout().flush()?;
    let autopilot = Autopilot::new(&world).await?;
    let ended = tokio::select! {
        ended = autopilot.run() => ended,
        stopped = told_to_stop() => stopped,
    };
    drop(autopilot);
    eprintln!("\nStopping; the data stays for the next start (`--fresh` begins anew).");
    world.end().await?;
    ended
}

/// Holds this checkout's demo for as long as the file is open; the kernel lets go of it however we end.
fn alone(folder: &Path) -> anyhow::Result<File> {
    let beside = folder.with_extension("lock");
    std::fs::create_dir_all(folder.parent().context("the demo's folder has one above it")?)?;
    let lock = File::create(&beside).with_context(|| format!("cannot write {}", beside.display()))?;
    lock.try_lock().context("another demo is running from this checkout")?;
    Ok(lock)
}

fn notice(world: &World) -> anyhow::Result<String> {
    let (email, name) = world.staff.officer;
    let people: String = world
        .staff
        .kader
        .iter()
        .map(|kader| format!("      {:<12} PIN {}\n", kader.name, kader.pin))
        .collect();
    Ok(format!(
        "\nPosyandu Mawar 3, Puskesmas {puskesmas}\n\n  \
         Node   {node}\n{people}\n  \
         Hub    {hub}\n      {name}, {email}\n      sets her password here, once: {link}\n\n  \
         Open a child's visit on the node: it is put on the scale, and then to the board, by itself.\n  \
         Type here: `putus` cuts the line to the hub, `sambung` restores it, `timbang 8,45` or `ukur 71,3` puts\n  \
         something on the scale or the board, `angkat` takes it off.\n  \
         Ctrl-C ends the day.\n\n",
        puskesmas = world.staff.puskesmas,
        node = world.node_web()?,
        hub = world.hub_web()?,
        link = world.staff.invite(&world.hub_place)?,
    ))
}
