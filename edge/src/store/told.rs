//! The hub's newest word on what is no event: who may sign in, when the posyandu meets, what is to be done.
//!
//! # Why
//! Each word stands under the feed that said it, so that the order in which two feeds are read decides nothing.

use protocol::bundle::{Posyandu, User};
use protocol::feed::{FeedId, Guest, Item, Session, Task, WebCertificate};
use protocol::registry::Leaving;
use protocol::{CitizenId, NodeId, PosyanduId, UserId};
use redb::TableDefinition;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::feed::{feed_key, feed_of};
use super::views::{decode, encode};
use super::writer::Writing;
use super::{Store, StoreError};

/// Kind ‖ what it is about ‖ feed → sealed newest word of that feed.
pub(super) const TOLD: TableDefinition<&[u8], &[u8]> = TableDefinition::new("told");

/// What is told about; the number is the first byte of its keys.
#[derive(Debug, Clone, Copy)]
enum About {
    User = 1,
    Posyandu = 2,
    Setting = 3,
    Session = 4,
    Task = 5,
    WebCertificate = 6,
}

impl Writing<'_> {
    /// Takes a word of a feed in place of its word before.
    pub(super) fn take_word(&mut self, feed: FeedId, item: &Item) -> Result<(), StoreError> {
        match item {
            Item::Event(_) => Ok(()),
            Item::Left { citizen, leaving } => self.told_left(feed, *citizen, *leaving),
            Item::User(user) => self.tell(About::User, user.id.bytes(), feed, &Some(user)),
            Item::UserGone(user) => self.tell(About::User, user.bytes(), feed, &None::<User>),
            Item::Posyandu(posyandu) => self.tell(About::Posyandu, posyandu.id.bytes(), feed, posyandu),
            Item::Setting { key, value } => self.tell(About::Setting, key.as_bytes(), feed, value),
            Item::Session(session) => self.tell(About::Session, session.id.as_bytes(), feed, session),
            Item::Task(task) => {
                let about = [task.citizen.bytes().as_slice(), task.id.as_bytes()].concat();
                self.tell(About::Task, &about, feed, task)
            }
            Item::HubKeys(keys) => self.keep_hub_keys(keys),
            Item::WebCertificate { node, certificate } => {
                self.tell(About::WebCertificate, node.bytes(), feed, certificate)
            }
            Item::Guest(guest) => self.told_guest(feed, guest),
        }
    }

    fn told_left(&mut self, feed: FeedId, citizen: CitizenId, leaving: Leaving) -> Result<(), StoreError> {
        match feed {
            FeedId::Posyandu(posyandu) => self.change_child(citizen, |row| row.told_left(posyandu, leaving)),
            FeedId::Common => Ok(()),
        }
    }

    fn told_guest(&mut self, feed: FeedId, told: &Guest) -> Result<(), StoreError> {
        let FeedId::Posyandu(feed) = feed else { return Ok(()) };
        self.change_child(told.home, |row| row.told_guest(feed, told.guest, told.at.as_deref()))?;
        self.change_child(told.guest, |row| row.told_home(feed, told.home, told.at.is_some()))
    }

    fn tell(
        &mut self,
        about: About,
        what: &[u8],
        feed: FeedId,
        word: &impl Serialize,
    ) -> Result<(), StoreError> {
        let key = told_key(about, what, feed);
        let sealed = encode(&self.shelf.seal, "told", &key, word)?;
        self.feed.told.insert(key.as_slice(), sealed.as_slice())?;
        Ok(())
    }
}

impl Store {
    /// What the feeds say of who may sign in: with a user, she may; without, this one may not. Somebody they say nothing
    /// of is not in the list.
    pub fn told_users(&self) -> Result<Vec<(UserId, Option<User>)>, StoreError> {
        let words: Vec<(Vec<u8>, Option<User>)> = self.told(About::User, &[])?;
        let mut users: Vec<(UserId, Option<User>)> = Vec::new();
        for (about, word) in words {
            let Ok(id) = uuid::Uuid::from_slice(&about) else { continue };
            match users.last_mut() {
                // gone from one posyandu's feed, still there in another's
                Some((last, known)) if *last == UserId(id) => *known = word.or(known.take()),
                _ => users.push((UserId(id), word)),
            }
        }
        Ok(users)
    }

    /// The posyandu the feeds tell of, as they call them now.
    pub fn told_posyandu(&self) -> Result<Vec<Posyandu>, StoreError> {
        Ok(self.told(About::Posyandu, &[])?.into_iter().map(|(_, posyandu)| posyandu).collect())
    }

    /// A setting the hub has made; `None` if it has not, or has taken it away.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let words: Vec<(Vec<u8>, String)> = self.told(About::Setting, key.as_bytes())?;
        let exact = words.into_iter().find(|(about, _)| about == key.as_bytes());
        Ok(exact.map(|(_, value)| value).filter(|value| !value.is_empty()))
    }

    /// What the feeds give a node to serve its pages with over TLS; usually one, of each feed the newest.
    pub fn web_certificates(&self, node: NodeId) -> Result<Vec<WebCertificate>, StoreError> {
        let words: Vec<(Vec<u8>, Option<WebCertificate>)> = self.told(About::WebCertificate, node.bytes())?;
        Ok(words.into_iter().filter_map(|(_, certificate)| certificate).collect())
    }

    /// The days a posyandu meets, in order; those that will not take place are among them.
    pub fn sessions(&self, posyandu: PosyanduId) -> Result<Vec<Session>, StoreError> {
        let words: Vec<(Vec<u8>, FeedId, Session)> = self.told_by(About::Session, &[])?;
        let mut sessions: Vec<Session> = words
            .into_iter()
            .filter(|(_, feed, _)| *feed == FeedId::Posyandu(posyandu))
            .map(|(_, _, session)| session)
            .collect();
        sessions.sort_by_key(|session| (session.day, session.from_min));
        Ok(sessions)
    }

    /// What is still to be done for one child, the most urgent first.
    pub fn tasks_of(&self, citizen: CitizenId) -> Result<Vec<Task>, StoreError> {
        Ok(open_tasks(self.told(About::Task, citizen.bytes())?))
    }

    /// What is still to be done for anybody, the most urgent first.
    pub fn tasks(&self) -> Result<Vec<Task>, StoreError> {
        Ok(open_tasks(self.told(About::Task, &[])?))
    }

    fn told<T: DeserializeOwned>(
        &self,
        about: About,
        begins: &[u8],
    ) -> Result<Vec<(Vec<u8>, T)>, StoreError> {
        let words = self.told_by(about, begins)?;
        Ok(words.into_iter().map(|(what, _, word)| (what, word)).collect())
    }

    /// What is told about everything whose key begins so, with the feed that tells it.
    fn told_by<T: DeserializeOwned>(
        &self,
        about: About,
        begins: &[u8],
    ) -> Result<Vec<(Vec<u8>, FeedId, T)>, StoreError> {
        let seal = &self.0.shelf.seal;
        let first = [&[about as u8], begins].concat();
        self.read(|reading| {
            let mut words = Vec::new();
            for row in reading.open_table(TOLD)?.range(first.as_slice()..)? {
                let (key, stored) = row?;
                let key = key.value();
                let Some(what) = key.strip_prefix(&[about as u8]).filter(|what| what.starts_with(begins))
                else {
                    break;
                };
                let (what, feed) = what.split_last_chunk::<17>().ok_or(StoreError::Damaged)?;
                words.push((what.to_vec(), feed_of(feed), decode(seal, "told", key, stored.value())?));
            }
            Ok(words)
        })
    }
}

/// Each task once, without those that any feed says are done.
fn open_tasks(words: Vec<(Vec<u8>, Task)>) -> Vec<Task> {
    let mut tasks: Vec<Task> = words.into_iter().map(|(_, task)| task).collect();
    tasks.sort_by_key(|task| (task.id, !task.done));
    tasks.dedup_by_key(|task| task.id);
    tasks.retain(|task| !task.done);
    tasks.sort_by_key(|task| (task.due.is_none(), task.due, task.id));
    tasks
}

fn told_key(about: About, what: &[u8], feed: FeedId) -> Vec<u8> {
    [&[about as u8], what, &feed_key(feed)].concat()
}
