//! A node's card: its journal and what it remembers of the hub. It asks, and takes acks as a node does.

use std::collections::BTreeMap;

use bytes::Bytes;
use hub::gate::Upload;
use protocol::ask::{Ask, Heard, Hello, Question};
use protocol::feed::FeedMark;
use protocol::letter::{Down, Up};
use protocol::sum::{DaySum, Numbered, Sum, fingerprint};
use protocol::time::ClockSource;
use protocol::{Ack, Answer, LocalDate, Reply, Stamp};
use tokio::sync::mpsc;

use crate::harness::{TestHub, signing_key, wait};
use crate::journal::Node;

/// A card with its memory.
#[derive(Clone)]
pub(crate) struct Card {
    pub(crate) node: Node,
    pub(crate) heard: Option<Heard>,
    /// The gaps of the last ack taken.
    pub(crate) gaps: Vec<(u64, u64)>,
    pub(crate) marks: Vec<FeedMark>,
    nonce: u64,
}

/// What came back for one letter.
pub(crate) struct Heardback {
    pub(crate) acks: Vec<Ack>,
    pub(crate) answers: Vec<Answer>,
    /// The letters' bytes together.
    pub(crate) bytes: usize,
}

impl Card {
    pub(crate) fn new(node: Node) -> Self {
        Self { node, heard: None, gaps: Vec::new(), marks: Vec::new(), nonce: 0 }
    }

    pub(crate) fn watermark(&self) -> u64 {
        self.heard.map_or(0, |heard| heard.watermark)
    }

    /// Sends part of its journal and takes what comes back.
    pub(crate) async fn send(&mut self, hub: &TestHub, first: u64, last: u64) {
        let batch = self.node.sealed(first, last);
        let back = self.post(hub, Up::Batch(&batch).write()).await;
        assert!(!back.acks.is_empty(), "a batch is acknowledged");
    }

    /// Sends what is not acknowledged yet: everything above the mark if there are no gaps, the gaps otherwise.
    pub(crate) async fn send_all(&mut self, hub: &TestHub) {
        let last = self.node.frames.len() as u64;
        while self.watermark() < last {
            let (first, last) = self.gaps.first().copied().unwrap_or((self.watermark() + 1, last));
            self.send(hub, first, last).await;
        }
    }

    /// Asks and gives the reply; acks that come with it are taken.
    pub(crate) async fn ask(&mut self, hub: &TestHub, question: Question) -> Reply {
        let letter = self.letter(question);
        let mut back = self.post(hub, letter).await;
        let answer = back.answers.pop().expect("a question is answered");
        assert_eq!((answer.nonce, back.answers.len()), (self.nonce, 0));
        answer.reply
    }

    /// Asks for the events of the days that differ, as a node does; gives all replies.
    pub(crate) async fn reconcile(&mut self, hub: &TestHub) -> Vec<Reply> {
        let through = self.watermark();
        let Reply::Days(days) = self.ask(hub, self.days()).await else { panic!("days are answered by days") };
        let mut replies = Vec::new();
        for day in days {
            replies.push(self.ask(hub, self.numbers(through, day)).await);
        }
        replies
    }

    pub(crate) fn letter(&mut self, question: Question) -> Vec<u8> {
        self.nonce += 1;
        let ask = Ask { node: self.node.id, incarnation: self.node.incarnation, nonce: self.nonce, question };
        Up::Ask(&ask.sign(&self.node.key)).write()
    }

    /// Hands a letter in by a road of its own and takes what comes back by it.
    pub(crate) async fn post(&mut self, hub: &TestHub, letter: Vec<u8>) -> Heardback {
        let (reply, mut letters) = mpsc::channel(64);
        let (upload, taken) = Upload::with_reply(self.node.id, Bytes::from(letter), reply);
        hub.uploads.send(upload).await.unwrap();
        let _ = wait(taken).await;
        let mut back = Heardback { acks: Vec::new(), answers: Vec::new(), bytes: 0 };
        while let Some(letter) = wait(letters.recv()).await {
            back.bytes += letter.len();
            match Down::read(&letter).expect("the hub writes letters") {
                Down::Ack(ack) => {
                    back.acks.push(Ack::verify(ack, &signing_key().verifying_key()).unwrap());
                }
                Down::Answer(answer) => {
                    let (node, key) = (self.node.id, &self.node.key);
                    back.answers
                        .push(Answer::open(answer, node, key, &signing_key().verifying_key()).unwrap());
                }
            }
        }
        back.acks.iter().for_each(|ack| self.take(ack));
        back
    }

    /// Takes an ack if it speaks of this very journal and is not stale.
    pub(crate) fn take(&mut self, ack: &Ack) {
        let known = self.node.frames.len() as u64;
        if ack.watermark > known || self.node.chain(ack.watermark) != ack.chain {
            return;
        }
        let is_stale = self
            .heard
            .is_some_and(|heard| heard.hub_epoch == ack.hub_epoch && ack.watermark < heard.watermark);
        if !is_stale {
            let Ack { watermark, chain, hub_epoch, .. } = *ack;
            self.heard = Some(Heard { watermark, chain, hub_epoch });
            self.gaps = ack.gaps.iter().map(|gap| (gap.first, gap.last)).collect();
        }
    }

    pub(crate) fn hello(&self) -> Question {
        let mut sum = Sum::default();
        self.node.frames[..self.watermark() as usize].iter().for_each(|frame| sum.add(frame));
        Question::Hello(Hello {
            head: self.node.frames.len() as u64,
            heard: self.heard,
            sum,
            aside: 0,
            feeds: self.marks.clone(),
            now: Stamp {
                wall_ms: 1_795_000_000_000,
                offset_min: 420,
                source: ClockSource::Ntp,
                boot: [7; 16],
                monotonic_ns: 86_400_000_000_000,
            },
            certificate_until_s: 1_803_000_000,
            version: "0.1.0".into(),
        })
    }

    pub(crate) fn days(&self) -> Question {
        let mut days: BTreeMap<LocalDate, Sum> = BTreeMap::new();
        for frame in &self.node.frames[..self.watermark() as usize] {
            days.entry(day_of(frame)).or_default().add(frame);
        }
        let days = days.into_iter().map(|(day, sum)| DaySum { day, sum }).collect();
        Question::Days { through: self.watermark(), days }
    }

    fn numbers(&self, through: u64, day: LocalDate) -> Question {
        let events = (1..=through).zip(&self.node.frames).filter(|(_, frame)| day_of(frame) == day);
        let events =
            events.map(|(sequence, frame)| Numbered { sequence, fingerprint: fingerprint(frame.bytes()) });
        Question::Numbers { through, day, events: events.collect() }
    }
}

fn day_of(frame: &protocol::Frame) -> LocalDate {
    frame.decode().expect("only readable events are compared by day").header.observed_on
}
