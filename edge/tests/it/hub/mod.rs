//! A hub for tests: it answers every letter as the real one would, forgets, loses and lies when told to, and notes
//! everything it is sent.

mod authority;
mod doors;
mod held;
mod node;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{SigningKey, VerifyingKey};
use protocol::batch::{self, HubPrivateKey};
use protocol::feed::{FeedMark, Page};
use protocol::letter::{Down, Up};
use protocol::rand_core::UnwrapErr;
use protocol::{Ack, Answer, Ask, Gap, NodeId, Quarantined, Question, Reply, Standing};
use tokio::sync::broadcast;
use uuid::Uuid;

pub(crate) use authority::{Authority, Years};
pub(crate) use held::Held;
pub(crate) use node::{Wired, known, quick, weighing};

pub(crate) const NODE: NodeId = NodeId(Uuid::from_u128(1));

/// A hub, its doors open or shut.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Inner>);

struct Inner {
    pub(crate) authority: Authority,
    signer: SigningKey,
    keys: [HubPrivateKey; 2],
    node_key: SigningKey,
    office: Mutex<Office>,
    pushed: broadcast::Sender<Vec<u8>>,
}

/// What a hub holds of one node, and how it behaves.
pub(crate) struct Office {
    pub(crate) held: Held,
    pub(crate) epoch: [u8; 16],
    /// What became of the next batches: true for lost on the way.
    pub(crate) loses: VecDeque<bool>,
    /// It takes everything and says nothing.
    pub(crate) silent: bool,
    pub(crate) standing: Standing,
    pub(crate) aside: BTreeMap<u64, String>,
    pub(crate) aside_in_ack: usize,
    pub(crate) retry_after_s: u32,
    pub(crate) time_ms: i64,
    pub(crate) renews: Years,
    pub(crate) feeds: Vec<FeedMark>,
    pub(crate) pages: VecDeque<Page>,
    /// Everything it was sent, in order.
    pub(crate) came: Vec<Came>,
}

/// What a hub was sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Came {
    Batch { first: u64, last: u64, key: batch::KeyId },
    Asked(Question),
    Renewal,
}

impl Hub {
    pub(crate) fn new() -> Self {
        let mut random = UnwrapErr(getrandom::SysRng);
        let office = Office {
            held: Held::default(),
            epoch: [1; 16],
            loses: VecDeque::new(),
            silent: false,
            standing: Standing::Current,
            aside: BTreeMap::new(),
            aside_in_ack: protocol::ack::MAX_ASIDE,
            retry_after_s: 0,
            time_ms: 1_795_500_000_000,
            renews: (2026, 2099),
            feeds: Vec::new(),
            pages: VecDeque::new(),
            came: Vec::new(),
        };
        Self(Arc::new(Inner {
            authority: Authority::new(),
            signer: SigningKey::from_bytes(&[3; 32]),
            keys: [HubPrivateKey::generate(&mut random), HubPrivateKey::generate(&mut random)],
            node_key: SigningKey::from_bytes(&[5; 32]),
            office: Mutex::new(office),
            pushed: broadcast::channel(64).0,
        }))
    }

    pub(crate) fn office(&self) -> MutexGuard<'_, Office> {
        self.0.office.lock().unwrap()
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.0.authority
    }

    pub(crate) fn key(&self, number: usize) -> batch::HubPublicKey {
        self.0.keys[number].public()
    }

    pub(crate) fn verifier(&self) -> VerifyingKey {
        self.0.signer.verifying_key()
    }

    pub(crate) fn node_key_pem(&self) -> String {
        self.0.node_key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
    }

    /// Batches that came, by their first and last event.
    pub(crate) fn batches(&self) -> Vec<(u64, u64)> {
        let office = self.office();
        let batches = office.came.iter().filter_map(|came| match came {
            Came::Batch { first, last, .. } => Some((*first, *last)),
            _ => None,
        });
        batches.collect()
    }

    /// How many letters of a kind came.
    pub(crate) fn count(&self, wanted: impl Fn(&Came) -> bool) -> usize {
        self.office().came.iter().filter(|came| wanted(came)).count()
    }

    pub(crate) fn hellos(&self) -> usize {
        self.count(|came| matches!(came, Came::Asked(Question::Hello(_))))
    }

    /// Says something nobody asked for to every node that listens.
    pub(crate) fn push(&self, letter: Vec<u8>) {
        let _ = self.0.pushed.send(letter);
    }

    /// Its word as it stands.
    pub(crate) fn ack(&self) -> Ack {
        self.office().ack()
    }

    pub(crate) fn signed(&self, ack: &Ack) -> Vec<u8> {
        Down::Ack(&ack.sign(&self.0.signer)).write()
    }

    pub(crate) fn answer(&self, nonce: u64, reply: Reply) -> Vec<u8> {
        let answer = Answer { node: NODE, nonce, hub_time_ms: self.office().time_ms, reply };
        let node = self.0.node_key.verifying_key();
        let sealed = answer.seal(&node, &self.0.signer, &mut UnwrapErr(getrandom::SysRng)).unwrap();
        Down::Answer(&sealed).write()
    }

    /// Takes a letter and gives what it says to it.
    pub(crate) fn take(&self, letter: &[u8]) -> Vec<Vec<u8>> {
        match Up::read(letter).unwrap() {
            Up::Batch(sealed) => self.take_batch(sealed),
            Up::Ask(bytes) => self.take_ask(&Ask::verify(bytes, &self.0.node_key.verifying_key()).unwrap()),
        }
    }

    fn take_batch(&self, sealed: &[u8]) -> Vec<Vec<u8>> {
        let node = self.0.node_key.verifying_key();
        let key = |id| self.0.keys.iter().find(|key| key.public().id() == id).cloned();
        let (header, frames) = batch::open(sealed, &node, key).unwrap();
        let mut office = self.office();
        let last = header.first + u64::from(header.count) - 1;
        office.came.push(Came::Batch { first: header.first, last, key: header.hub_key });
        if office.loses.pop_front() == Some(true) {
            return Vec::new();
        }
        office.held.take(header.first, frames);
        if office.silent {
            return Vec::new();
        }
        let ack = office.ack();
        drop(office);
        vec![self.signed(&ack)]
    }

    fn take_ask(&self, ask: &Ask) -> Vec<Vec<u8>> {
        let mut office = self.office();
        office.came.push(Came::Asked(ask.question.clone()));
        if office.silent {
            return Vec::new();
        }
        let ack = matches!(ask.question, Question::Hello(_)).then(|| office.ack());
        let reply = office.reply(&ask.question, &self.0.authority);
        drop(office);
        let ack = ack.map(|ack| self.signed(&ack));
        ack.into_iter().chain(reply.map(|reply| self.answer(ask.nonce, reply))).collect()
    }
}

impl Office {
    /// What it has of the node's journal.
    pub(crate) fn ack(&self) -> Ack {
        let (watermark, chain, gaps) = self.held.word();
        let aside = self.aside.iter().take(self.aside_in_ack);
        Ack {
            node: NODE,
            incarnation: 1,
            watermark,
            chain,
            gaps,
            hub_epoch: self.epoch,
            quarantined: aside.map(quarantined).collect(),
            quarantined_total: self.aside.len() as u32,
            retry_after_s: self.retry_after_s,
            standing: self.standing,
        }
    }

    fn reply(&mut self, question: &Question, authority: &Authority) -> Option<Reply> {
        Some(match question {
            Question::Hello(hello) => Reply::Welcome(protocol::answer::Welcome {
                hub_epoch: self.epoch,
                standing: self.standing,
                differs: hello.heard.is_some_and(|heard| self.held.sum(heard.watermark) != hello.sum),
                aside: self.aside.len() as u32,
                feeds: self.feeds.clone(),
            }),
            Question::Feed(_) => Reply::Page(self.pages.pop_front()?),
            Question::Days { through, days } => Reply::Days(self.held.differing(*through, days)),
            Question::Numbers { events, .. } => Reply::Lacks(self.held.lacking(events)),
            Question::Aside { after } => {
                let mut list: Vec<_> = self.aside.range(after + 1..).map(quarantined).collect();
                let complete = list.len() <= 2;
                list.truncate(2);
                Reply::Aside { list, complete }
            }
            Question::Renew { csr_pem } => {
                self.came.push(Came::Renewal);
                Reply::Certificate {
                    certificate_pem: authority.answer(csr_pem, self.renews),
                    authority_pem: authority.pem.clone(),
                }
            }
        })
    }
}

fn quarantined((sequence, reason): (&u64, &String)) -> Quarantined {
    Quarantined { sequence: *sequence, event: None, reason: reason.clone() }
}

/// A gap, in short.
pub(crate) fn gap(first: u64, last: u64) -> Gap {
    Gap { first, last }
}
