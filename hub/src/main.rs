//! `simpul-hub`: the centre at a Puskesmas or kabupaten.

mod commands;
mod copies;
mod quarantine;

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::Utc;
use clap::{Parser, Subcommand};
use commands::{KeysCommand, ScheduleCommand, SettingCommand, TaskCommand};
use copies::{BackupCommand, RestoreCommand};
use hub::config::{self, Config};
use hub::{
    Hub, access, checkups, feed, growth, immunization, intake, nodes, reference, reports, sessions, staff,
};
use protocol::NodeId;
use protocol::bundle::Enrolment;
use protocol::feed::WebCertificate;
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
    /// The days posyandu meet.
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// What every node follows.
    #[command(subcommand)]
    Setting(SettingCommand),
    /// What kader should do for somebody.
    #[command(subcommand)]
    Task(TaskCommand),
    /// The keys nodes seal their records for.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Complete every feed, after an older hub that kept none has worked on the same tables.
    CatchUp,
    /// The appliances.
    #[command(subcommand)]
    Node(NodeCommand),
    /// Events that arrived and could not be taken.
    #[command(subcommand)]
    Quarantine(quarantine::QuarantineCommand),
    /// Print what an outside broker must be told of the nodes, whenever one was enrolled or revoked.
    Broker {
        /// Whose words it is printed in.
        make: BrokerMake,
    },
    /// People who use the pages.
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Copy the database's whole cluster, verify the copy, and print one line of JSON about it.
    Backup(BackupCommand),
    /// Lay a copy and the log since down for a Postgres to start on.
    Restore(RestoreCommand),
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
    /// Note that events will never come because the card that held them is gone, so that nobody waits for them. Should
    /// they come after all, they are taken.
    Lost {
        /// The node's id.
        node: NodeId,
        /// Which life of its journal.
        incarnation: u32,
        /// The first number that is gone.
        first: u64,
        /// The last.
        last: u64,
        /// Who says so.
        #[arg(long, default_value = "simpul-hub")]
        by: String,
    },
    /// Give a node what it serves its own pages with over TLS, so that phones can take home visits away from it; it comes
    /// to the node with its feed. Prints until when it is good.
    Certificate {
        /// The node's id.
        #[arg(long)]
        node: NodeId,
        /// The certificate for the node's local name, the chain behind it (PEM).
        #[arg(long, required_unless_present = "none", requires = "key")]
        cert: Option<PathBuf>,
        /// Its private key (PEM).
        #[arg(long)]
        key: Option<PathBuf>,
        /// Take the node's certificate away instead.
        #[arg(long, conflicts_with_all = ["cert", "key"])]
        none: bool,
    },
    /// Shut out a lost or stolen node, or one life of it; within a minute nothing of it is believed any more.
    Revoke {
        /// The node's id.
        node: NodeId,
        /// Only this life: a stolen card whose successor goes on.
        #[arg(long)]
        incarnation: Option<u32>,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum BrokerMake {
    /// The access list named in deploy/brokers/mosquitto.conf.
    Mosquitto,
    /// The users named in deploy/brokers/nats.conf.
    Nats,
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
    let config = Config::load(arguments.config.as_deref())?;
    if let Command::Restore(command) = &arguments.command {
        return command.run(&config).await;
    }
    let hub = Hub::connect(config).await?;
    match arguments.command {
        Command::Settings | Command::Restore(_) => Ok(()),
        Command::Backup(command) => command.run(&hub).await,
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
        Command::Schedule(command) => command.run(&hub).await,
        Command::Setting(command) => command.run(&hub).await,
        Command::Task(command) => command.run(&hub).await,
        Command::Keys(command) => command.run(&hub, Utc::now()).await,
        Command::CatchUp => feed::catch_up(&hub.db).await,
        Command::Node(NodeCommand::Enrol { file }) => {
            let enrolment: Enrolment =
                serde_json::from_str(&read(&file)?).context("the enrolment is not usable")?;
            let mut tx = hub.db.begin().await?;
            nodes::enrol(&mut tx, &enrolment).await?;
            Ok(tx.commit().await?)
        }
        Command::Node(NodeCommand::Lost { node, incarnation, first, last, by }) => {
            let mut tx = hub.db.begin().await?;
            intake::note_lost(&mut tx, node, incarnation, (first, last), &by, Utc::now()).await?;
            Ok(tx.commit().await?)
        }
        Command::Node(NodeCommand::Certificate { node, cert, key, none: _ }) => {
            let certificate = match (cert, key) {
                (Some(cert), Some(key)) => {
                    Some(WebCertificate { chain_pem: read(&cert)?, key_pem: read(&key)? })
                }
                _ => None,
            };
            let mut tx = hub.db.begin().await?;
            let until = nodes::set_web_certificate(&mut tx, node, certificate.as_ref()).await?;
            tx.commit().await?;
            until.map_or(Ok(()), |until| print(&format!("{}\n", until.date_naive())))
        }
        Command::Node(NodeCommand::Revoke { node, incarnation }) => {
            let mut tx = hub.db.begin().await?;
            let found = nodes::revoke(&mut tx, node, incarnation).await?;
            anyhow::ensure!(found, "there is no such node, or it is shut out already");
            Ok(tx.commit().await?)
        }
        Command::Quarantine(command) => command.run(&hub.db, Utc::now()).await,
        Command::Broker { make: BrokerMake::Mosquitto } => print(&access::mosquitto(&hub.db).await?),
        Command::Broker { make: BrokerMake::Nats } => print(&access::nats(&hub.db).await?),
        Command::Staff(StaffCommand::Invite { email, name, role, puskesmas }) => {
            let invitation = staff::Invitation { email, name, role, puskesmas };
            let link = staff::invite(&hub.db, &hub.config.web.public_url, &invitation).await?;
            print(&(link + "\n"))
        }
        Command::Recount { repair } => {
            if repair {
                growth::rebuild(&hub.db).await?;
                checkups::rebuild(&hub.db).await?;
                immunization::rebuild(&hub.db).await?;
                reports::rebuild(&hub.db).await?;
                sessions::rebuild(&hub.db).await?;
            }
            recount(&hub).await
        }
    }
}

/// Fails if anything differs, so that a script notices.
async fn recount(hub: &Hub) -> anyhow::Result<()> {
    let (children, differences) = growth::recount(&hub.db).await?;
    let (people, wrong) = checkups::recount(&hub.db).await?;
    let (vaccinated, vaccines) = immunization::recount(&hub.db).await?;
    let (months, miscounts) = reports::recount(&hub.db).await?;
    for difference in differences.iter().chain(&vaccines) {
        print(&format!("child {}: {}\n", difference.citizen, difference.what))?;
    }
    for difference in &wrong {
        print(&format!("person {}: {}\n", difference.citizen, difference.what))?;
    }
    for miscount in &miscounts {
        print(&format!(
            "posyandu {} month {}: {}\n",
            miscount.posyandu, miscount.report_month, miscount.what
        ))?;
    }
    let found = differences.len() + vaccines.len() + wrong.len() + miscounts.len();
    print(&format!(
        "{children} children, visits of {people} people, vaccines of {vaccinated} and {months} months made again, {found} differ\n"
    ))?;
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
