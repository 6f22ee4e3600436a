//! `simpul-edge`: runs a node, or brings a posyandu's history into it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{Parser, Subcommand};
use edge::app::{Edge, Folder, open_store};
use edge::clock::Clock;
use edge::config::{ClockSettings, Config};
use edge::import::History;
use edge::roster::Roster;
use edge::scales::Instruments;
use edge::{uplink, web};
use protocol::event::{Author, Role};
use tokio_util::sync::CancellationToken;

/// The appliance at a posyandu.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The node's folder: keys, bundle.json, edge.toml, store.
    #[arg(long)]
    dir: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the pages, reads the instruments, sends what the hub does not have yet.
    Run,
    /// Brings children and their history in from a file.
    Import {
        /// The file (JSON).
        file: PathBuf,
    },
    /// Prints the commented default settings.
    Settings,
}

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(edge::config::log_filter())
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let arguments = Arguments::parse();
    let folder = Folder(arguments.dir);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match arguments.command {
        Command::Run => runtime.block_on(run(folder)),
        Command::Import { file } => runtime.block_on(import(&folder, &file)),
        Command::Settings => {
            print!("{}", edge::config::DEFAULT);
            Ok(())
        }
    }
}

async fn run(folder: Folder) -> anyhow::Result<()> {
    let config = Arc::new(Config::load(&folder.0.join("edge.toml"))?);
    let bundle = Arc::new(folder.bundle()?);
    let roster = Roster::default();
    let store = open_store(&folder, &bundle, roster.clone())?;
    let clock = Clock::start(&config.clock, bundle.offset_min, store.time_floor()?);
    let stop = CancellationToken::new();
    let instruments = Instruments::start(&config.instruments, clock.clone(), store.clone(), stop.clone())?;
    let road = uplink::Road::new(&config.uplink, &bundle, &folder.node_key()?, &clock)?;
    let status = uplink::Status::default();
    let uplink = tokio::spawn(uplink::run(road, store.clone(), status.clone(), stop.clone()));
    let lines = instruments.clone();
    let edge = Edge { store, clock, roster, instruments, config: config.clone(), bundle, uplink: status };

    let listener = tokio::net::TcpListener::bind(config.web.listen)
        .await
        .with_context(|| format!("cannot serve pages on {}", config.web.listen))?;
    println!("{}", serde_json::json!({ "web": format!("http://{}", listener.local_addr()?) }));
    let cancelled = stop.clone();
    let serving =
        axum::serve(listener, web::router(edge)).with_graceful_shutdown(cancelled.cancelled_owned());
    let serving = tokio::spawn(serving.into_future());
    told_to_stop().await?;
    stop.cancel();
    // an open live stream would hold the server for ever; the kader's page reconnects by itself
    let _ = tokio::time::timeout(std::time::Duration::from_secs(2), serving).await;
    uplink.await?;
    lines.stopped().await;
    Ok(())
}

async fn told_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminated.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

async fn import(folder: &Folder, file: &std::path::Path) -> anyhow::Result<()> {
    let bundle = folder.bundle()?;
    let history = History::load(file)?;
    let store = open_store(folder, &bundle, Roster::default())?;
    let settings = ClockSettings { trust_machine: true, ..ClockSettings::default() };
    let clock = Clock::start(&settings, bundle.offset_min, 0);
    let user = bundle.roster.users.first().context("the bundle names no user")?;
    let author = Author { user: user.id, role: Role::Alat };
    let posyandu = bundle.roster.posyandu[0].id;
    let imported = history.record(&store, posyandu, author, clock.now().stamp).await?;
    println!("{}", serde_json::json!({ "new": imported.new, "known": imported.known }));
    Ok(())
}
