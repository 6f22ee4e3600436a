//! `simpul`: what a technician types to make a node known.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::{Args, Parser, Subcommand};
use protocol::NodeId;
use protocol::bundle::HubAddress;
use provisioning::authority::{self, Signing};
use provisioning::node;

/// Makes a Simpul node known to its hub.
#[derive(Parser)]
#[command(version)]
struct Simpul {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The office's authority
    #[command(subcommand)]
    Ca(Ca),
    /// This node
    #[command(subcommand)]
    Node(Node),
}

#[derive(Subcommand)]
enum Ca {
    /// Makes a new authority and the hub's certificate and keys
    Init {
        /// Directory for the authority; what the hub needs goes into `hub` inside it
        #[arg(long)]
        dir: PathBuf,
        /// Host name or address nodes reach the hub by; may be given several times
        #[arg(long = "hub-name", default_values_t = [String::from("localhost"), String::from("127.0.0.1")])]
        hub_names: Vec<String>,
    },
    /// Signs a node's request; writes its bundle and the enrolment for the hub
    Sign(Sign),
    /// Adds certificates to the authority's revocation list, for brokers that are not ours
    Revoke {
        /// The authority's directory
        #[arg(long)]
        dir: PathBuf,
        /// Bundles or certificates (PEM) of what is revoked; none to renew the list before it runs out
        files: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Node {
    /// Makes this node's keys and its request to the authority
    New {
        /// Directory for the node's keys
        #[arg(long)]
        dir: PathBuf,
        /// The name on the node's label
        #[arg(long)]
        label: String,
        /// The id of the node whose card this one replaces (it is on the label and on the hub's page)
        #[arg(long)]
        replaces: Option<NodeId>,
        /// Where the system shows the board's own secret; without it the data key is wrapped under a file on the card,
        /// which protects nobody (for demonstrations)
        #[arg(long)]
        board_secret: Option<PathBuf>,
    },
}

#[derive(Args)]
struct Sign {
    /// The authority's directory
    #[arg(long)]
    dir: PathBuf,
    /// The node's request.json
    #[arg(long)]
    request: PathBuf,
    /// The roster, as `simpul-hub reference export` prints it
    #[arg(long)]
    roster: PathBuf,
    /// Host name or address the node reaches the hub by
    #[arg(long)]
    hub_host: String,
    /// TCP port of the hub's MQTT over TLS
    #[arg(long)]
    hub_port: u16,
    /// TCP port of the hub's HTTPS road, for networks that block MQTT
    #[arg(long)]
    hub_https_port: Option<u16>,
    /// The name the hub's certificate bears, where it is not the host
    #[arg(long)]
    hub_server_name: Option<String>,
    /// Minutes ahead of UTC: 420 WIB, 480 WITA, 540 WIT
    #[arg(long, default_value = "420", value_parser = offset)]
    offset_min: i16,
    /// Days the certificate lasts
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=825))]
    days: u32,
    /// Which life of the node's journal begins: 1 for a new node, one more for each card that replaces another
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    incarnation: u32,
    /// Where the bundle goes
    #[arg(long)]
    out: PathBuf,
    /// Where the enrolment goes
    #[arg(long)]
    enrolment: PathBuf,
}

fn main() -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    let now = SystemTime::now();
    match Simpul::parse().command {
        Command::Ca(Ca::Init { dir, hub_names }) => {
            authority::init(&dir, &hub_names, now)?;
            println!(
                "authority ready in {}; the hub's files are in {}",
                dir.display(),
                dir.join("hub").display()
            );
        }
        Command::Ca(Ca::Revoke { dir, files }) => {
            let list = authority::revoke(&dir, &files, now)?;
            println!("{} certificates are revoked in {}", list.revoked, list.file.display());
        }
        Command::Ca(Ca::Sign(sign)) => {
            let asked = asked(sign);
            let node = authority::sign(&asked, now)?;
            println!(
                "node {node} signed for {} days: take {} to the node, {} to the hub",
                asked.days,
                asked.out.display(),
                asked.enrolment.display()
            );
        }
        Command::Node(Node::New { dir, label, replaces, board_secret }) => {
            let node = node::new(&dir, &label, replaces, board_secret.as_deref())?;
            println!("node {node}: take {} to the authority", dir.join("request.json").display());
        }
    }
    Ok(())
}

fn asked(sign: Sign) -> Signing {
    let server_name = sign.hub_server_name.unwrap_or_else(|| sign.hub_host.clone());
    Signing {
        dir: sign.dir,
        request: sign.request,
        roster: sign.roster,
        hub: HubAddress {
            host: sign.hub_host,
            port: sign.hub_port,
            server_name,
            https_port: sign.hub_https_port,
        },
        offset_min: sign.offset_min,
        days: sign.days,
        incarnation: sign.incarnation,
        out: sign.out,
        enrolment: sign.enrolment,
    }
}

fn offset(text: &str) -> Result<i16, String> {
    match text {
        "420" => Ok(420),
        "480" => Ok(480),
        "540" => Ok(540),
        _ => Err("Indonesia has three: 420 (WIB), 480 (WITA), 540 (WIT)".into()),
    }
}
