//! A hub with many nodes that are only a key and a certificate each, as the road sees them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::Context;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use protocol::bundle::Bundle;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::harness::process::run;
use crate::harness::{
    Durability, Hub, HubPlace, Kader, Keeper, Node, NodePlace, Postgres, Road, program, short_dir,
};

/// Who signs in on every node, and how.
const KADER: &str = "Ibu Wati";
const PIN: &str = "240713";

/// A hub and its database in folders of their own.
pub(super) struct Village {
    pub(super) hub: Hub,
    pub(super) place: HubPlace,
    pub(super) postgres: Postgres,
    pub(super) dir: TempDir,
    _postgres_dir: TempDir,
    keeper: Arc<Keeper>,
}

/// A node as the road sees it.
pub(super) struct Sender {
    pub(super) bundle: Bundle,
    pub(super) key: SigningKey,
    pub(super) key_pem: String,
}

pub(super) fn puskesmas() -> Uuid {
    Uuid::from_u128(1)
}

pub(super) fn posyandu(nth: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_9000_0000_0000_0000 + nth as u128)
}

impl Village {
    /// A hub with `count` posyandu and nothing recorded.
    pub(super) async fn begin(count: usize) -> anyhow::Result<Self> {
        let keeper = Keeper::start()?;
        let (dir, postgres_dir) = (short_dir()?, short_dir()?);
        std::fs::create_dir_all(dir.path().join("logs"))?;
        let postgres = Postgres::start(&keeper, postgres_dir.path(), Durability::Full).await?;
        let database = postgres.database().await?;
        run(Command::new(program("simpul")?).args(["ca", "init", "--dir"]).arg(dir.path().join("ca")))?;
        let place = HubPlace::new(dir.path(), &database, None);
        place.settle(None)?;
        place.tell(&["migrate"])?;
        load_reference(&place, dir.path(), count)?;
        let hub = place.start(&keeper).await?;
        Ok(Self { hub, place, postgres, dir, _postgres_dir: postgres_dir, keeper })
    }

    /// Makes the node of one posyandu known, by the commands a technician has.
    pub(super) fn sender(&self, nth: usize) -> anyhow::Result<Sender> {
        self.card(nth, 1, None)
    }

    /// As [`Village::sender`], but for a new card in the place of the first.
    pub(super) fn replaced(&self, nth: usize, first: &Sender) -> anyhow::Result<Sender> {
        self.card(nth, 2, Some(first.bundle.node.to_string()))
    }

    /// How a real program runs a card, over a line to the hub.
    pub(super) fn node_place(&self, nth: usize, card: u32, line: SocketAddr) -> NodePlace {
        NodePlace {
            dir: self.card_dir(nth, card),
            log: self.dir.path().join(format!("logs/node-{nth}-card-{card}.log")),
            pace: 1,
            start: None,
            trusted: true,
            uplink: line.to_string(),
            https: None,
            road: Road::Mqtt,
            hello_every_s: None,
            instruments: String::new(),
        }
    }

    /// Starts a card, and a kader signs in on it.
    pub(super) async fn start(&self, place: &NodePlace) -> anyhow::Result<(Node, Kader)> {
        let node = place.start(&self.keeper, None).await?;
        let kader = Kader::sign_in(&node.web, KADER, PIN).await?;
        Ok((node, kader))
    }

    fn card_dir(&self, nth: usize, card: u32) -> PathBuf {
        self.dir.path().join(format!("node-{nth}-card-{card}"))
    }

    fn card(&self, nth: usize, card: u32, replaces: Option<String>) -> anyhow::Result<Sender> {
        let dir = self.card_dir(nth, card);
        let (roster, bundle, enrolment) =
            (dir.join("roster.json"), dir.join("bundle.json"), dir.join("enrolment.json"));
        let gate = self.hub.gate.context("the hub opened no gate")?;
        let simpul = program("simpul")?;
        let mut new = Command::new(&simpul);
        new.args(["node", "new", "--dir"]).arg(&dir).args(["--label", "Mawar"]);
        run(new.args(replaces.iter().flat_map(|node| ["--replaces", node])))?;
        let said = self.place.tell(&["reference", "export", "--posyandu", &posyandu(nth).to_string()])?;
        std::fs::write(&roster, said)?;
        let mut sign = Command::new(&simpul);
        sign.args(["ca", "sign", "--dir"])
            .arg(self.dir.path().join("ca"))
            .args(["--incarnation", &card.to_string()]);
        sign.arg("--request").arg(dir.join("request.json")).arg("--roster").arg(&roster);
        sign.args(["--hub-host", "127.0.0.1", "--hub-server-name", "localhost"]);
        sign.args(["--hub-port", &gate.port().to_string()]);
        run(sign.arg("--out").arg(&bundle).arg("--enrolment").arg(&enrolment))?;
        self.place.tell(&["node", "enrol", enrolment.to_str().context("the path is plain text")?])?;
        let key_pem = std::fs::read_to_string(dir.join("node.key"))?;
        Ok(Sender {
            bundle: serde_json::from_slice(&std::fs::read(&bundle)?)?,
            key: SigningKey::from_pkcs8_pem(&key_pem).context("node.key does not load")?,
            key_pem,
        })
    }

    pub(super) async fn end(self) -> anyhow::Result<()> {
        self.hub.stop().await?;
        self.postgres.stop().await
    }
}

fn load_reference(place: &HubPlace, dir: &Path, count: usize) -> anyhow::Result<()> {
    let named = |nth: usize| {
        json!({ "id": posyandu(nth), "puskesmas_id": puskesmas(), "name": format!("Melati {nth}"),
                "village": format!("Desa {}", nth / 10) })
    };
    let reference = json!({
        "puskesmas": [{ "id": puskesmas(), "name": "Cibadak", "district": "Kabupaten Sukabumi" }],
        "posyandu": (0..count).map(named).collect::<Vec<_>>(),
        // One for all: hashing a PIN takes long.
        "users": [{ "id": Uuid::from_u128(2), "puskesmas_id": puskesmas(), "name": KADER, "role": "kader", "pin": PIN,
                    "posyandu": (0..count).map(posyandu).collect::<Vec<_>>() }],
    });
    let file = dir.join("reference.json");
    std::fs::write(&file, serde_json::to_vec(&reference)?)?;
    place.tell(&["reference", "load", file.to_str().context("the path is plain text")?]).map(drop)
}
