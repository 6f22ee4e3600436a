//! What was read of a card, as the letters its node would have sent: sealed for the hub, so a stick that is lost tells
//! nothing.

use anyhow::{Context, ensure};
use ed25519_dalek::SigningKey;
use protocol::batch::{self, HubPublicKey, Position};
use protocol::bundle::Bundle;
use protocol::letter::Up;
use protocol::rand_core::UnwrapErr;
use protocol::{Chain, Frame};

use super::Run;
use crate::app::unhex;
use crate::store::Identity;

/// Events and bytes of one letter.
const LETTER_EVENTS: usize = 500;
const LETTER_BYTES: usize = 96 * 1024;
/// Stands for a chain that was not read. No journal has it, so the hub takes such a run beside the journal it knows.
const UNKNOWN: Chain = Chain([0; 32]);

/// The keys a salvage is sealed with.
pub struct SealedFor {
    hub: HubPublicKey,
    node: SigningKey,
}

impl SealedFor {
    /// The hub of a bundle, by the node whose key this is.
    pub fn the_hub_of(bundle: &Bundle, node: SigningKey) -> anyhow::Result<Self> {
        let hub = bundle.hub_keys.first().context("the bundle holds no hub key")?;
        let hub = HubPublicKey(unhex(hub).context("the bundle's hub key is not 64 hexadecimal digits")?);
        ensure!(
            hub.is_usable(&mut UnwrapErr(getrandom::SysRng)),
            "the bundle's hub key cannot be sealed for"
        );
        Ok(Self { hub, node })
    }
}

/// The letters of everything in `runs`, oldest first. A run whose beginning is not known carries the chain of 32 zero
/// bytes before it.
pub fn letters(runs: &[Run], identity: Identity, sealed_for: &SealedFor) -> Vec<Vec<u8>> {
    let mut random = UnwrapErr(getrandom::SysRng);
    let mut letters = Vec::new();
    for run in runs {
        let (mut first, mut before) = (run.first, run.before.unwrap_or(UNKNOWN));
        let mut rest = run.frames.as_slice();
        while !rest.is_empty() {
            let (frames, later) = rest.split_at(one_letter(rest));
            let position = Position { node: identity.node, incarnation: identity.incarnation, first, before };
            let sealed = batch::seal(position, frames, sealed_for.hub, &sealed_for.node, &mut random);
            letters.push(Up::Batch(&sealed).write());
            before = frames.iter().fold(before, Chain::after);
            first += frames.len() as u64;
            rest = later;
        }
    }
    letters
}

/// How many of the frames go into one letter; at least one.
fn one_letter(frames: &[Frame]) -> usize {
    let mut bytes = 0;
    let fitting = frames.iter().take(LETTER_EVENTS).take_while(|frame| {
        bytes += frame.bytes().len();
        bytes <= LETTER_BYTES
    });
    fitting.count().max(1)
}
