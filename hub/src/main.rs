//! `simpul-hub`: the centre at a Puskesmas or kabupaten.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::Utc;
use clap::{Parser, Subcommand};
use hub::config::{self, Config};
use hub::{Hub, growth, nodes, reference, reports, staff};
use protocol::bundle::Enrolment;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

/// The centre at a Puskesmas or kabupaten: takes in what nodes record, keeps it, counts it, shows it.
#[derive(Parser)]
#[command(name = "simpul-hub", version)]
struct Arguments {
    /// Settings file; without it the defaults stand (`simpul-hub settings` prints them).
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the hub until it is told to stop.
    Serve,
    /// Bring the database's tables up to date and leave.
    Migrate,
    /// Print the default settings, explained.
    Settings,
    /// Puskesmas, posyandu and people.
    #[command(subcommand)]
    Reference(ReferenceCommand),
    /// The appliances.
    #[command(subcommand)]
    Node(NodeCommand),
    /// People who use the pages.
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Make every child and every figure again from the events, and show what differs.
    Recount {
        /// Keep what was made again first; intake waits meanwhile.
        #[arg(long)]
        repair: bool,
    },
}

#[derive(Subcommand)]
enum ReferenceCommand {
    /// Take reference data in from a JSON file, `-` for standard input.
    Load { file: PathBuf },
    /// Print the roster of posyandu for a node's bundle.
    Export {
        /// A posyandu the node serves; may be given several times.
        #[arg(long, required = true)]
        posyandu: Vec<Uuid>,
    },
}

#[derive(Subcommand)]
enum NodeCommand {
    /// Make a node known that the authority has signed: its enrolment file, `-` for standard input.
    Enrol { file: PathBuf },
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Print a link by which a person sets her password once.
    Invite {
        /// The address she signs in with.
        #[arg(long)]
        email: String,
        /// Her name.
        #[arg(long)]
        name: String,
        /// `bidan` or `petugas`.
        #[arg(long)]
        role: staff::Role,
        /// Her Puskesmas, by id or by name.
        #[arg(long)]
        puskesmas: String,
    },
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rumqttd=error,sqlx=warn"));
    let is_terminal = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_terminal)
        .with_writer(std::io::stderr)
        .init();
    // Several libraries bring one each; none may guess.
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("another cryptography provider was installed before"))?;
    tokio::runtime::Runtime::new()?.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    if let Command::Settings = arguments.command {
        return print(config::DEFAULT);
    }
    let hub = Hub::connect(Config::load(arguments.config.as_deref())?).await?;
    match arguments.command {
        Command::Settings => Ok(()),
        Command::Serve => hub::serve(hub, Utc::now, stopped()?).await,
        Command::Migrate => hub.migrate().await,
        Command::Reference(ReferenceCommand::Load { file }) => {
            let reference =
                serde_json::from_str(&read(&file)?).context("the reference data are not usable")?;
            let mut tx = hub.db.begin().await?;
            reference::load(&mut tx, &reference).await?;
            Ok(tx.commit().await?)
        }
        Command::Reference(ReferenceCommand::Export { posyandu }) => {
            let roster = reference::roster(&hub.db, &posyandu).await?;
            print(&(serde_json::to_string_pretty(&roster)? + "\n"))
        }
        Command::Node(NodeCommand::Enrol { file }) => {
            let enrolment: Enrolment =
                serde_json::from_str(&read(&file)?).context("the enrolment is not usable")?;
            let mut tx = hub.db.begin().await?;
            nodes::enrol(&mut tx, &enrolment).await?;
            Ok(tx.commit().await?)
        }
        Command::Staff(StaffCommand::Invite { email, name, role, puskesmas }) => {
            let invitation = staff::Invitation { email, name, role, puskesmas };
            let link = staff::invite(&hub.db, &hub.config.web.public_url, &invitation).await?;
            print(&(link + "\n"))
        }
        Command::Recount { repair } => {
            if repair {
                growth::rebuild(&hub.db).await?;
                reports::rebuild(&hub.db).await?;
            }
            recount(&hub).await
        }
    }
}

/// Fails if anything differs, so that a script notices.
async fn recount(hub: &Hub) -> anyhow::Result<()> {
    let (children, differences) = growth::recount(&hub.db).await?;
    let (months, miscounts) = reports::recount(&hub.db).await?;
    for difference in &differences {
        print(&format!("child {}: {}\n", difference.citizen, difference.what))?;
    }
    for miscount in &miscounts {
        print(&format!(
            "posyandu {} month {}: {}\n",
            miscount.posyandu, miscount.report_month, miscount.what
        ))?;
    }
    let found = differences.len() + miscounts.len();
    print(&format!("{children} children and {months} months made again, {found} differ\n"))?;
    anyhow::ensure!(found == 0, "the tables do not say what the events say");
    Ok(())
}

/// Fires when the process is asked to end.
fn stopped() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let fired = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("asked to stop");
        fired.cancel();
    });
    Ok(stop)
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot print")
}
