//! A node as far as it reads feeds.

use std::collections::BTreeSet;

use hub::feed;
use protocol::ask::FeedQuestion;
use protocol::feed::{FeedHash, FeedId, FeedMark, Item, Page};
use protocol::{Body, Event, Frame, NodeId, Reply};
use sqlx::PgPool;
use uuid::Uuid;

use crate::journal::Node;

/// One life of a node reading one feed.
pub(crate) struct Reader {
    pub(crate) db: PgPool,
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) mark: FeedMark,
    pub(crate) at_most: u32,
    /// The last sequence its own journal holds.
    pub(crate) head: u64,
}

impl Reader {
    pub(crate) fn fresh(db: &PgPool, node: &Node, feed: FeedId) -> Self {
        let mark = FeedMark { feed, position: 0, hash: FeedHash::EMPTY };
        Self {
            db: db.clone(),
            node: node.id,
            incarnation: node.incarnation,
            mark,
            at_most: 500,
            head: u64::MAX,
        }
    }

    pub(crate) fn of(db: &PgPool, node: &Node, posyandu: Uuid) -> Self {
        Self::fresh(db, node, FeedId::Posyandu(posyandu.into()))
    }

    pub(crate) async fn ask(&self) -> Reply {
        let question = FeedQuestion { from: self.mark, at_most: self.at_most, head: self.head };
        feed::page(&self.db, self.node, self.incarnation, &question).await.unwrap()
    }

    /// The next page, taken.
    pub(crate) async fn page(&mut self) -> Page {
        let Reply::Page(page) = self.ask().await else { panic!("it may read this feed") };
        if !page.restart {
            assert_eq!(page.after, self.mark.position);
        }
        assert!(page.items.len() <= self.at_most as usize);
        assert!(page.mark.position <= page.head);
        self.mark = page.mark;
        page
    }

    /// Everything up to where the feed ends now.
    pub(crate) async fn rest(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            let page = self.page().await;
            let is_end = page.mark.position == page.head;
            items.extend(page.known());
            if is_end {
                return items;
            }
        }
    }

    pub(crate) async fn events(&mut self) -> Vec<Event> {
        events(&self.rest().await)
    }
}

pub(crate) fn events(items: &[Item]) -> Vec<Event> {
    let frame = |item: &Item| match item {
        Item::Event(frame) => Some(Frame::from_bytes(frame).unwrap().decode().unwrap()),
        _ => None,
    };
    items.iter().filter_map(frame).collect()
}

/// The weights among events, with the day.
pub(crate) fn weights(events: &[Event]) -> BTreeSet<(Uuid, i32, u32)> {
    let weight = |event: &Event| match &event.body {
        Body::Weighed(weighed) => {
            let citizen = event.header.citizen.unwrap().0;
            Some((citizen, event.header.observed_on.0, weighed.mass_g.value()?))
        }
        _ => None,
    };
    events.iter().filter_map(weight).collect()
}

pub(crate) fn names(events: &[Event]) -> BTreeSet<String> {
    let name = |event: &Event| match &event.body {
        Body::ChildRegistered(child) => Some(child.name.clone()),
        _ => None,
    };
    events.iter().filter_map(name).collect()
}

/// Follows every feed from its beginning: numbers without gaps, and the hash that each place bears.
pub(crate) async fn assert_unbroken(db: &PgPool) {
    type Line = (Uuid, i64, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);
    let rows: Vec<Line> = sqlx::query_as(
        "select feed_id, item.position, hash, item, frame
         from feed_items item
         left join event_log using (node_id, incarnation, sequence, received_at)
         order by feed_id, item.position",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let mut at = (Uuid::nil(), 0, FeedHash::EMPTY);
    for (feed, position, hash, item, frame) in rows {
        let (_, before, chain) = if at.0 == feed { at } else { (feed, 0, FeedHash::EMPTY) };
        assert_eq!(position, before + 1, "feed {feed} has a gap");
        let bytes = item.unwrap_or_else(|| Item::Event(frame.expect("the event is in the log")).encode());
        let chain = chain.after(position as u64, &bytes);
        assert_eq!(hash, chain.0);
        let kept: (i64, Vec<u8>) = sqlx::query_as("select position, hash from feeds where id = $1")
            .bind(feed)
            .fetch_one(db)
            .await
            .unwrap();
        assert!(kept.0 > position || kept.1 == chain.0, "the counter says what the last item says");
        at = (feed, position, chain);
    }
}
