//! `simpul-edge`: runs a node, brings a posyandu's history into it, or stands in for an instrument.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{Parser, Subcommand};
use edge::app::{Edge, Folder, finder, open_store, served_out};
use edge::clock::Clock;
use edge::config::{ClockSettings, Config};
use edge::feed::NodeFeeds;
use edge::import::History;
use edge::instruments::Workshop;
use edge::roster::Roster;
use edge::scales::Instruments;
use edge::simulate::{self, Simulated};
use edge::store::StoreError;
use edge::{https, uplink, web};
use protocol::event::{Author, Role};
use tokio_util::sync::CancellationToken;

/// The appliance at a posyandu.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The node's folder: keys, bundle.json, edge.toml, store.
    #[arg(long)]
    dir: Option<PathBuf>,
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
    /// Makes everything the pages show again, from what is logged; the node must not be running.
    Rebuild,
    /// Reads what can be read from a damaged card, without writing to it.
    Salvage {
        /// The folder for the sealed packet and the summary.
        #[arg(long)]
        to: PathBuf,
    },
    /// Prints the commented default settings.
    Settings,
    /// Stands in for an instrument, on a line a node can open; what happens on it is typed.
    Simulate {
        #[command(subcommand)]
        simulated: Simulated,
    },
}

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(edge::config::log_filter())
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let arguments = Arguments::parse();
    let folder = || arguments.dir.map(Folder).context("which node? simpul-edge --dir FOLDER names it");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match arguments.command {
        Command::Run => {
            edge::key::keep_memory_private();
            runtime.block_on(run(folder()?))
        }
        Command::Import { file } => runtime.block_on(import(&folder()?, &file)),
        Command::Rebuild => rebuild(&folder()?),
        Command::Salvage { to } => salvage(&folder()?, &to),
        Command::Settings => {
            print!("{}", edge::config::DEFAULT);
            Ok(())
        }
        Command::Simulate { simulated } => {
            let played = runtime.block_on(async { simulate::run(simulated, told_to_stop()?).await });
            runtime.shutdown_background(); // it still listens to a keyboard on which nobody types
            played
        }
    }
}

async fn run(folder: Folder) -> anyhow::Result<()> {
    let config = Arc::new(Config::load(&folder.0.join("edge.toml"))?);
    let bundle = Arc::new(folder.bundle()?);
    folder.settle_key()?;
    let roster = Roster::default();
    let store = match open_store(&folder, &bundle, roster.clone()) {
        Ok(store) => store,
        Err(error) if is_broken(&error) => return stand_still(&config, error).await,
        Err(error) => return Err(error),
    };
    store.keep_ballast(config.storage.ballast_bytes).await?;
    let clock = Clock::start(&config.clock, bundle.offset_min, store.time_floor()?);
    let (stop, told) = (CancellationToken::new(), told_to_stop()?);
    let instruments = Instruments::start(&config, clock.clone(), store.clone(), stop.clone())?;
    let workshop = Workshop::open(&config, &store, &instruments);
    let road = uplink::Road::new(&config.uplink, &bundle, &folder, &clock)?;
    let status = uplink::Status::default();
    let finder = finder(&clock, &store, &bundle);
    let machine = tokio::spawn(finder.clone().watch_machine(stop.clone()));
    let feeds = Arc::new(NodeFeeds::new(&store, &bundle));
    let post = Arc::new(uplink::Post::new(road, store.clone(), status.clone(), finder, feeds));
    status.open_post(post.clone());
    let uplink = tokio::spawn(uplink::run(post, stop.clone()));
    let (lines, kept) = (instruments.clone(), store.clone());
    let node_key = Arc::new(folder.signing_key()?);
    let edge = Edge {
        store,
        clock,
        roster,
        instruments,
        workshop,
        config: config.clone(),
        bundle,
        uplink: status,
        node_key,
    };

    let listener = tokio::net::TcpListener::bind(config.web.listen)
        .await
        .with_context(|| format!("cannot serve pages on {}", config.web.listen))?;
    let secure = https::Listener::open(&edge).await?;
    let address = secure.as_ref().map(|listener| format!("https://{}", listener.address()));
    println!(
        "{}",
        serde_json::json!({ "web": format!("http://{}", listener.local_addr()?), "https": address })
    );
    let pages = web::router(edge);
    let serving_secure = secure.map(|secure| {
        let serving = axum::serve(secure, web::over_tls(pages.clone()));
        tokio::spawn(serving.with_graceful_shutdown(stop.clone().cancelled_owned()).into_future())
    });
    let serving = axum::serve(listener, pages).with_graceful_shutdown(stop.clone().cancelled_owned());
    let serving = tokio::spawn(serving.into_future());
    told.await;
    stop.cancel();
    served_out([Some(serving), serving_secure].into_iter().flatten(), &kept).await;
    uplink.await?;
    machine.await?;
    lines.stopped().await;
    Ok(())
}

fn is_broken(error: &anyhow::Error) -> bool {
    error.downcast_ref() == Some(&StoreError::Broken)
}

/// The card is damaged: says so to whoever looks, instead of starting again and again.
async fn stand_still(config: &Config, error: anyhow::Error) -> anyhow::Result<()> {
    tracing::error!("{error:#}; `simpul-edge salvage` reads what can be read");
    let listener = tokio::net::TcpListener::bind(config.web.listen).await?;
    let told = told_to_stop()?;
    println!(
        "{}",
        serde_json::json!({ "web": format!("http://{}", listener.local_addr()?), "broken": true })
    );
    tokio::select! {
        served = axum::serve(listener, web::standstill()).into_future() => served?,
        () = told => {}
    }
    Err(error)
}

fn rebuild(folder: &Folder) -> anyhow::Result<()> {
    let rebuilt = edge::card::rebuild(folder)?;
    println!("{}", serde_json::json!({ "events": rebuilt.events }));
    Ok(())
}

fn salvage(folder: &Folder, to: &std::path::Path) -> anyhow::Result<()> {
    let rescued = edge::card::salvage(folder, to)?;
    println!(
        "{}",
        serde_json::json!({
            "packet": rescued.packet, "summary": rescued.summary, "read": rescued.found.read,
            "last": rescued.found.last, "sound": rescued.found.is_sound, "received": rescued.found.received,
            "missing": rescued.found.missing.iter().map(|gap| [gap.first, gap.last]).collect::<Vec<_>>(),
        })
    );
    Ok(())
}

/// Listens from now on for the word to stop; it may come as soon as somebody has read where the pages are.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminated, mut interrupted) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
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
