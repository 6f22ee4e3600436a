//! What the hub has said about this journal: how far it is safe there, what was set aside, what this node is to it.
//!
//! # Why
//! A word is believed only if it speaks of this very journal: its chain at the watermark must be ours. A lower watermark
//! is an old word that came late, unless the hub's database has begun a new life since: then the hub went back in time,
//! and what it lost is sent again. That it lives another life is believed only from an answer to a question of ours: an
//! old ack, by a slow road, must not take this node back to a life that is over.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::ask::Heard;
use protocol::{Ack, Quarantined, Standing};
use redb::{ReadableTable, ReadableTableMetadata};
use serde::{Deserialize, Serialize};

use super::journal::{MARKS, QUARANTINED};
use super::writer::Writing;
use super::{Store, StoreError};

const HUB_MARK: &str = "hub";
const REPLACED_MARK: &str = "replaced";
const KEYS_MARK: &str = "hub keys";
const GREETING_MARK: &str = "greeting";

/// How far the hub's word reaches.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct HubMark {
    heard: Heard,
}

/// What of the hub's word is asked for at every page, kept in memory.
#[derive(Default)]
pub(super) struct Known {
    replaced: AtomicBool,
    hub_keys: RwLock<Vec<[u8; 32]>>,
    /// The life of its database in which the hub last answered a question of ours.
    epoch: RwLock<Option<[u8; 16]>>,
}

/// What became of the hub's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It stands.
    Taken,
    /// It stands, and the hub has less than it once had: everything from its watermark on is to be sent again.
    Rewound,
    /// An old word that came late; nothing changed.
    Stale,
    /// It is of another life of the hub's database, and no answer has said yet that this is so; nothing changed.
    OtherLife,
    /// It does not speak of this journal as it is here; nothing changed.
    Foreign,
}

impl Writing<'_> {
    /// Takes the hub's word.
    pub(super) fn take_ack(&mut self, ack: &Ack) -> Result<Word, StoreError> {
        if !self.speaks_of_us(ack)? {
            return Ok(Word::Foreign);
        }
        let before = hub_mark(&self.marks)?;
        let mark = match following(before.as_ref(), ack, self.shelf.known.epoch()) {
            Ok(mark) => mark,
            Err(word) => return Ok(word),
        };
        let stored = postcard::to_allocvec(&mark).map_err(|_| StoreError::Damaged)?;
        self.marks.insert(HUB_MARK, stored.as_slice())?;
        if ack.quarantined.len() == ack.quarantined_total as usize {
            self.take_aside(0, &ack.quarantined, true)?;
        } else {
            ack.quarantined.iter().try_for_each(|aside| self.set_aside(aside))?;
            self.count_aside()?;
        }
        self.note_standing(ack.standing)?;
        let rewound = before.filter(|before| ack.watermark < before.heard.watermark);
        let (shelf, watermark) = (self.shelf.clone(), ack.watermark);
        let had = rewound.as_ref().map(|before| before.heard.watermark);
        self.after_commit(move || {
            // what had been received was sent, and that is all that can be said of it now
            if let Some(had) = had {
                shelf.sent.fetch_max(had, Ordering::AcqRel);
            }
            shelf.received.store(watermark, Ordering::Release);
        });
        Ok(if rewound.is_some() { Word::Rewound } else { Word::Taken })
    }

    fn speaks_of_us(&self, ack: &Ack) -> Result<bool, StoreError> {
        let identity = self.shelf.identity;
        Ok(ack.node == identity.node
            && ack.incarnation == identity.incarnation
            && ack.watermark <= self.head.sequence
            && self.chain_at(ack.watermark)? == Some(ack.chain))
    }

    /// The hub's list of what it set aside after `after`: it takes the place of what was known of those.
    pub(super) fn take_aside(
        &mut self,
        after: u64,
        list: &[Quarantined],
        complete: bool,
    ) -> Result<(), StoreError> {
        let listed = list.iter().map(|aside| aside.sequence).max();
        let last = if complete { Some(u64::MAX) } else { listed };
        if let Some(last) = last.filter(|last| *last > after) {
            self.quarantined.retain_in(after + 1..=last, |_, _| false)?;
        }
        list.iter().try_for_each(|aside| self.set_aside(aside))?;
        self.count_aside()
    }

    fn set_aside(&mut self, aside: &Quarantined) -> Result<(), StoreError> {
        let sealed =
            self.shelf.seal.close("quarantined", &aside.sequence.to_be_bytes(), aside.reason.as_bytes());
        self.quarantined.insert(aside.sequence, sealed.as_slice())?;
        Ok(())
    }

    fn count_aside(&mut self) -> Result<(), StoreError> {
        let (shelf, count) = (self.shelf.clone(), self.quarantined.len()?);
        self.after_commit(move || shelf.quarantined.store(count, Ordering::Release));
        Ok(())
    }

    pub(super) fn note_standing(&mut self, standing: Standing) -> Result<(), StoreError> {
        let replaced = standing == Standing::Replaced;
        if self.marks.get(REPLACED_MARK)?.is_some() == replaced {
            return Ok(());
        }
        if replaced {
            self.marks.insert(REPLACED_MARK, [].as_slice())?;
        } else {
            self.marks.remove(REPLACED_MARK)?;
        }
        let shelf = self.shelf.clone();
        self.after_commit(move || shelf.known.replaced.store(replaced, Ordering::Release));
        Ok(())
    }

    /// Keeps the public halves of the hub's keys, newest first: what is sealed once this is durable is sealed for them.
    pub(super) fn keep_hub_keys(&mut self, keys: &[[u8; 32]]) -> Result<(), StoreError> {
        self.marks.insert(KEYS_MARK, keys.concat().as_slice())?;
        let (shelf, keys) = (self.shelf.clone(), keys.to_vec());
        self.after_commit(move || {
            *shelf.known.hub_keys.write().expect("nobody panics while holding the hub's keys") = keys;
        });
        Ok(())
    }
}

/// The mark after this word, or why it is not taken.
fn following(before: Option<&HubMark>, ack: &Ack, spoken: Option<[u8; 16]>) -> Result<HubMark, Word> {
    let heard = Heard { watermark: ack.watermark, chain: ack.chain, hub_epoch: ack.hub_epoch };
    let Some(before) = before else { return Ok(HubMark { heard }) };
    let same_life = before.heard.hub_epoch == ack.hub_epoch || cfg!(feature = "planted-ignore-epoch");
    if same_life && ack.watermark < before.heard.watermark {
        return Err(Word::Stale);
    }
    if !same_life && spoken != Some(ack.hub_epoch) {
        return Err(Word::OtherLife);
    }
    Ok(HubMark { heard })
}

impl Known {
    fn epoch(&self) -> Option<[u8; 16]> {
        *self.epoch.read().expect("nobody panics while holding the epoch")
    }
}

impl Store {
    /// Takes the hub's signed word on what it has of this journal.
    pub async fn take_ack(&self, ack: Ack) -> Result<Word, StoreError> {
        self.write(move |writing| writing.take_ack(&ack)).await
    }

    /// Notes in which life of its database the hub has just answered a question. True if the last word taken is of another
    /// one: then the hub should be greeted again, for its word on this journal counts only now.
    pub fn note_epoch(&self, epoch: [u8; 16]) -> Result<bool, StoreError> {
        *self.0.shelf.known.epoch.write().expect("nobody panics while holding the epoch") = Some(epoch);
        let heard = self.read(|reading| heard(&reading.open_table(MARKS)?))?;
        Ok(heard.is_some_and(|heard| heard.hub_epoch != epoch))
    }

    /// Remembers the nonce of the greeting that left with a courier.
    pub async fn note_greeting(&self, nonce: u64) -> Result<(), StoreError> {
        self.write(move |writing| {
            writing.marks.insert(GREETING_MARK, nonce.to_le_bytes().as_slice())?;
            Ok(())
        })
        .await
    }

    /// The nonce of the last greeting that left with a courier; 0 if none has.
    pub fn greeting(&self) -> Result<u64, StoreError> {
        self.read(|reading| {
            let stored = reading.open_table(MARKS)?.get(GREETING_MARK)?;
            let bytes = stored.map_or([0; 8], |stored| stored.value().try_into().unwrap_or([0; 8]));
            Ok(u64::from_le_bytes(bytes))
        })
    }

    /// Takes a page of the hub's list of what it set aside: everything after `after`, up to the last named or, if the
    /// page is `complete`, to the end. What is not named any more has been taken after all.
    pub async fn take_aside(
        &self,
        after: u64,
        list: Vec<Quarantined>,
        complete: bool,
    ) -> Result<(), StoreError> {
        self.write(move |writing| writing.take_aside(after, &list, complete)).await
    }

    /// Remembers what this node is to the hub.
    pub async fn note_standing(&self, standing: Standing) -> Result<(), StoreError> {
        if (standing == Standing::Replaced) == self.is_replaced() {
            return Ok(());
        }
        self.write(move |writing| writing.note_standing(standing)).await
    }

    /// True once the hub has said that another card took this one's place.
    pub fn is_replaced(&self) -> bool {
        self.0.shelf.known.replaced.load(Ordering::Acquire)
    }

    /// Keeps the public halves of the hub's keys, newest first.
    pub async fn keep_hub_keys(&self, keys: Vec<[u8; 32]>) -> Result<(), StoreError> {
        self.write(move |writing| writing.keep_hub_keys(&keys)).await
    }

    /// The public halves of the hub's keys as the feed last gave them, newest first; none before it did.
    pub fn hub_keys(&self) -> Vec<[u8; 32]> {
        self.0.shelf.known.hub_keys.read().expect("nobody panics while holding the hub's keys").clone()
    }

    /// Remembers that everything up to `sequence` was handed to the road.
    pub fn note_sent(&self, sequence: u64) {
        self.0.shelf.sent.fetch_max(sequence, Ordering::AcqRel);
    }

    /// What was handed over and not acknowledged counts as not sent again: the connection it went by is gone.
    pub fn forget_sent(&self) {
        let shelf = &self.0.shelf;
        shelf.sent.store(shelf.received.load(Ordering::Acquire), Ordering::Release);
    }

    /// What the hub set aside, with its reasons, oldest first.
    pub fn quarantined(&self) -> Result<Vec<(u64, String)>, StoreError> {
        let seal = &self.0.shelf.seal;
        self.read(|reading| {
            let mut all = Vec::new();
            for row in reading.open_table(QUARANTINED)?.iter()? {
                let (sequence, sealed) = row?;
                let reason = seal.open("quarantined", &sequence.value().to_be_bytes(), sealed.value())?;
                all.push((sequence.value(), String::from_utf8(reason).map_err(|_| StoreError::Damaged)?));
            }
            Ok(all)
        })
    }

    pub(super) fn load_marks(&self) -> Result<(), StoreError> {
        let shelf = &self.0.shelf;
        self.read(|reading| {
            let marks = reading.open_table(MARKS)?;
            shelf.received.store(received(&marks)?, Ordering::Release);
            shelf.quarantined.store(reading.open_table(QUARANTINED)?.len()?, Ordering::Release);
            shelf.known.replaced.store(marks.get(REPLACED_MARK)?.is_some(), Ordering::Release);
            let keys = marks.get(KEYS_MARK)?.map(|stored| stored.value().as_chunks().0.to_vec());
            *shelf.known.hub_keys.write().expect("nobody panics while holding the hub's keys") =
                keys.unwrap_or_default();
            Ok(())
        })
    }
}

/// Up to where the hub has everything.
pub(super) fn received(marks: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<u64, StoreError> {
    Ok(heard(marks)?.map_or(0, |heard| heard.watermark))
}

/// The last word that was taken.
pub(super) fn heard(
    marks: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<Option<Heard>, StoreError> {
    Ok(hub_mark(marks)?.map(|mark| mark.heard))
}

fn hub_mark(marks: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<Option<HubMark>, StoreError> {
    let stored = marks.get(HUB_MARK)?;
    stored.map(|stored| postcard::from_bytes(stored.value()).map_err(|_| StoreError::Damaged)).transpose()
}
