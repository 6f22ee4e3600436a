//! What is needed to reach the hub and be believed there, from the bundle: addresses, keys, certificate.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use anyhow::{Context, ensure};
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{SigningKey, VerifyingKey};
use protocol::ask::Question;
use protocol::batch::{self, HubPublicKey, Position};
use protocol::bundle::Bundle;
use protocol::letter::Up;
use protocol::rand_core::UnwrapErr;
use protocol::{Ack, Answer, Ask, NodeId};

use super::pass::Pass;
use crate::app::{Folder, identity, unhex};
use crate::clock::Clock;
use crate::config::{RoadChoice, UplinkSettings};
use crate::store::Outbox;

/// The way to one hub, and this node's keys for it.
pub struct Road {
    pub(super) node: NodeId,
    pub(super) incarnation: u32,
    pub(super) label: String,
    pub(super) mqtt: Address,
    pub(super) https: Option<Address>,
    pub(super) settings: UplinkSettings,
    pub(super) node_key_pem: String,
    pub(super) node_key: SigningKey,
    pub(super) folder: Folder,
    pub(super) server_name: String,
    pub(super) clock: Clock,
    bundle_keys: Vec<[u8; 32]>,
    hub_verifier: VerifyingKey,
    pass: RwLock<Arc<Pass>>,
}

/// Where something listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Road {
    /// Reads addresses, certificates and keys of a node's folder; an error names what is wrong with them.
    pub fn new(
        settings: &UplinkSettings,
        bundle: &Bundle,
        folder: &Folder,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        ensure!(settings.resend_after_s > 0, "uplink.resend_after_s must be at least 1");
        ensure!(settings.hello_every_s > 0, "uplink.hello_every_s must be at least 1");
        let node_key_pem = folder.node_key()?;
        let server_name = bundle.hub.server_name.clone();
        let pass =
            Pass::read(&bundle.certificate_pem, &bundle.authority_pem, &node_key_pem, &server_name, clock)
                .context("cannot use the node's certificate")?;
        let verifier = unhex(&bundle.hub_verifier).context("hub_verifier is not 64 hexadecimal digits")?;
        let road = Self {
            node: bundle.node,
            incarnation: identity(bundle).incarnation,
            label: bundle.label.clone(),
            mqtt: mqtt_address(settings, bundle)?,
            https: https_address(settings, bundle)?,
            settings: settings.clone(),
            node_key: SigningKey::from_pkcs8_pem(&node_key_pem).context("node.key is no Ed25519 key")?,
            node_key_pem,
            folder: folder.clone(),
            server_name,
            clock: clock.clone(),
            bundle_keys: hub_keys(bundle)?,
            hub_verifier: VerifyingKey::from_bytes(&verifier).context("hub_verifier is no Ed25519 key")?,
            pass: RwLock::new(Arc::new(pass)),
        };
        ensure!(road.usable(&[]).is_some(), "the bundle's hub key cannot be sealed for");
        ensure!(
            road.settings.road != RoadChoice::Https || road.https.is_some(),
            "uplink.road is https, but neither uplink.https_address nor the bundle names where it is"
        );
        Ok(road)
    }

    /// The node's certificate with what belongs to it, as it is now.
    pub(super) fn pass(&self) -> Arc<Pass> {
        self.pass.read().expect("nobody panics while holding the certificate").clone()
    }

    /// From the next connection on, this is what the node shows.
    pub(super) fn use_pass(&self, pass: Pass) {
        *self.pass.write().expect("nobody panics while holding the certificate") = Arc::new(pass);
    }

    /// Closes what waits for the hub alone: for the newest of `newer` that can be used, or else for the bundle's key.
    pub(super) fn seal(&self, outbox: &Outbox, newer: &[[u8; 32]]) -> anyhow::Result<Vec<u8>> {
        let position = Position {
            node: self.node,
            incarnation: self.incarnation,
            first: outbox.first,
            before: outbox.before,
        };
        let key = self.usable(newer).context("there is no hub key to seal for")?;
        let sealed = batch::seal(position, &outbox.frames, key, &self.node_key, &mut random());
        Ok(Up::Batch(&sealed).write())
    }

    fn usable(&self, newer: &[[u8; 32]]) -> Option<HubPublicKey> {
        let keys = newer.iter().chain(&self.bundle_keys).map(|key| HubPublicKey(*key));
        keys.into_iter().find(|key| key.is_usable(&mut random()))
    }

    /// Signs a question.
    pub(super) fn ask(&self, nonce: u64, question: Question) -> Vec<u8> {
        let ask = Ask { node: self.node, incarnation: self.incarnation, nonce, question };
        Up::Ask(&ask.sign(&self.node_key)).write()
    }

    /// Reads an ack, if this hub signed it.
    pub(super) fn read_ack(&self, bytes: &[u8]) -> anyhow::Result<Ack> {
        Ok(Ack::verify(bytes, &self.hub_verifier)?)
    }

    /// Reads an answer, if this hub signed it for this node.
    pub(super) fn read_answer(&self, bytes: &[u8]) -> anyhow::Result<Answer> {
        let answer = Answer::open(bytes, self.node, &self.node_key, &self.hub_verifier)?;
        ensure!(answer.node == self.node, "an answer to another node");
        Ok(answer)
    }

    pub(super) fn resend_after(&self) -> Duration {
        Duration::from_secs(self.settings.resend_after_s)
    }

    pub(super) fn hello_every(&self) -> Duration {
        Duration::from_secs(self.settings.hello_every_s)
    }

    pub(super) fn longest_pause(&self) -> Duration {
        Duration::from_secs(self.settings.longest_pause_s.max(1))
    }
}

/// A random number that is not 0.
pub(super) fn nonce() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    u64::from_le_bytes(bytes).max(1)
}

fn random() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

fn hub_keys(bundle: &Bundle) -> anyhow::Result<Vec<[u8; 32]>> {
    ensure!(!bundle.hub_keys.is_empty(), "the bundle holds no hub key");
    let keys = bundle.hub_keys.iter().map(|key| unhex(key));
    keys.collect::<Option<_>>().context("a hub key of the bundle is not 64 hexadecimal digits")
}

fn mqtt_address(settings: &UplinkSettings, bundle: &Bundle) -> anyhow::Result<Address> {
    match &settings.address {
        Some(address) => read(address).context("uplink.address"),
        None => Ok(Address { host: bundle.hub.host.clone(), port: bundle.hub.port }),
    }
}

fn https_address(settings: &UplinkSettings, bundle: &Bundle) -> anyhow::Result<Option<Address>> {
    match (&settings.https_address, bundle.hub.https_port) {
        (Some(address), _) => read(address).context("uplink.https_address").map(Some),
        (None, Some(port)) => Ok(Some(Address { host: bundle.hub.host.clone(), port })),
        (None, None) => Ok(None),
    }
}

fn read(address: &str) -> anyhow::Result<Address> {
    let (host, port) = address.rsplit_once(':').context("it is not host:port")?;
    Ok(Address { host: host.to_owned(), port: port.parse().context("it has no port number")? })
}
