//! A hub with many nodes that are only a key and a certificate each, as the road sees them.

use std::path::Path;
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
use crate::harness::{Durability, Hub, HubPlace, Keeper, Postgres, program, short_dir};

/// A hub and its database in folders of their own.
pub(super) struct Village {
    pub(super) hub: Hub,
    pub(super) place: HubPlace,
    pub(super) postgres: Postgres,
    pub(super) dir: TempDir,
    _postgres_dir: TempDir,
    _keeper: Arc<Keeper>,
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
        Ok(Self { hub, place, postgres, dir, _postgres_dir: postgres_dir, _keeper: keeper })
    }

    /// Makes the node of one posyandu known, by the commands a technician has.
    pub(super) fn sender(&self, nth: usize) -> anyhow::Result<Sender> {
        let dir = self.dir.path().join(format!("node-{nth}"));
        let (roster, bundle, enrolment) =
            (dir.join("roster.json"), dir.join("bundle.json"), dir.join("enrolment.json"));
        let gate = self.hub.gate.context("the hub opened no gate")?;
        let simpul = program("simpul")?;
        run(Command::new(&simpul).args(["node", "new", "--dir"]).arg(&dir).args(["--label", "Mawar"]))?;
        let said = self.place.tell(&["reference", "export", "--posyandu", &posyandu(nth).to_string()])?;
        std::fs::write(&roster, said)?;
        let mut sign = Command::new(&simpul);
        sign.args(["ca", "sign", "--dir"]).arg(self.dir.path().join("ca"));
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
    let posyandu: Vec<_> = (0..count)
        .map(|nth| {
            json!({ "id": posyandu(nth), "puskesmas_id": puskesmas(), "name": format!("Melati {nth}"),
                    "village": format!("Desa {}", nth / 10) })
        })
        .collect();
    let reference = json!({
        "puskesmas": [{ "id": puskesmas(), "name": "Cibadak", "district": "Kabupaten Sukabumi" }],
        "posyandu": posyandu,
        "users": [],
    });
    let file = dir.join("reference.json");
    std::fs::write(&file, serde_json::to_vec(&reference)?)?;
    place.tell(&["reference", "load", file.to_str().context("the path is plain text")?]).map(drop)
}
