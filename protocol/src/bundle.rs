//! The two files that pass between a node and the people who make it known.
//!
//! Both are JSON. The request leaves the node, the bundle comes back; private keys never travel.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::event::Role;
use crate::ids::{NodeId, PosyanduId, UserId};

/// What a new node asks of the authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRequest {
    /// The id the node gave itself.
    pub node: NodeId,
    /// The name on its label.
    pub label: String,
    /// Certificate request (PKCS#10, PEM), signed with the node's Ed25519 key.
    pub csr_pem: String,
}

/// Everything a node needs to know, in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// Layout of this file; 1.
    pub version: u32,
    /// The node it is for.
    pub node: NodeId,
    /// The name on its label.
    pub label: String,
    /// Which life of the node's journal begins with this bundle.
    pub incarnation: u32,
    /// Local offset from UTC in minutes: 420 WIB, 480 WITA, 540 WIT.
    pub offset_min: i16,
    /// The node's certificate (PEM).
    pub certificate_pem: String,
    /// The authority's certificate (PEM).
    pub authority_pem: String,
    /// Where the hub listens.
    pub hub: HubAddress,
    /// Public halves of the hub's keys, newest first, 64 hexadecimal digits each.
    pub hub_keys: Vec<String>,
    /// The key the hub signs acks with (Ed25519, 64 hexadecimal digits).
    pub hub_verifier: String,
    /// Who and what this node serves.
    pub roster: Roster,
}

/// Where the hub's broker listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubAddress {
    /// Host name or address to connect to.
    pub host: String,
    /// TCP port of MQTT over TLS.
    pub port: u16,
    /// The name its certificate bears.
    pub server_name: String,
    /// TCP port of the same hub's HTTPS road, where MQTT is blocked; `None` if it has none.
    #[serde(default)]
    pub https_port: Option<u16>,
}

/// Reference data of a Puskesmas as a node needs it; the hub prints it, the authority puts it into the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// Name of the Puskesmas.
    pub puskesmas: String,
    /// The posyandu this node serves.
    pub posyandu: Vec<Posyandu>,
    /// Who may sign in.
    pub users: Vec<User>,
}

/// A posyandu as a node knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posyandu {
    /// Its id.
    pub id: PosyanduId,
    /// Its name, e.g. `Mawar 3`.
    pub name: String,
    /// Its village.
    pub village: String,
}

/// Someone who may sign in on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Her id.
    pub id: UserId,
    /// Her name as shown on the sign-in page.
    pub name: String,
    /// What she is.
    pub role: Role,
    /// Argon2id verifier (PHC string) of her PIN.
    pub pin_verifier: String,
}

/// What the hub must know of a node the authority has signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The node.
    pub node: NodeId,
    /// The name on its label.
    pub label: String,
    /// Which life of its journal is current.
    pub incarnation: u32,
    /// Its Ed25519 public key, 64 hexadecimal digits: signs batches and is bound by the certificate.
    pub public_key: String,
    /// SHA-256 of its certificate (DER), 64 hexadecimal digits.
    pub certificate_sha256: String,
    /// The posyandu it serves.
    pub posyandu: Vec<PosyanduId>,
}
