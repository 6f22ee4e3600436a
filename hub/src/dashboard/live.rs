//! Pages that bring themselves up to date: server-sent events with the parts of a page that changed.
//!
//! # Why
//!
//! A part is rendered again and sent whole, by the same template that drew it first, so a page that was just opened and
//! one that has stood open all day cannot differ. Changes in quick succession are sent as one. With every beat the page
//! is looked at again even if nothing was heard, for what happens while the database is away is told to nobody.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::Sse;
use axum::response::sse::Event;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, Interval, interval_at, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::{Changed, Hub};
use crate::staff::Staff;
use crate::web::{PageError, Web};

/// How often a quiet page is looked at again and hears that the line still holds; also how soon a revoked session loses
/// its live page.
const BEAT: Duration = Duration::from_secs(15);

/// How soon a browser asks again after the line broke.
const RETRY: Duration = Duration::from_secs(3);

/// A page that can say what changed in it.
pub(super) trait Live: Send + 'static {
    /// The shortest time between two parts of this page.
    const PACE: Duration;

    /// Whether a change concerns this page.
    fn wants(&self, change: Changed) -> bool;

    /// The parts to send, each one HTML element with an id the page holds.
    fn parts(&self, hub: &Hub, news: &News) -> impl Future<Output = Result<Vec<String>, PageError>> + Send;
}

/// What happened since the last part was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// Anything: the page was just opened, or too much happened to tell apart.
    Anything,
    /// Only these posyandu changed.
    In(BTreeSet<Uuid>),
}

/// Sends `page` whatever changes in it, beginning with all of it, until its reader leaves or the session ends.
pub(super) fn watch<L: Live>(
    web: Web,
    staff: Staff,
    page: L,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    // Listening begins before the first look, so nothing can happen between the two.
    let changes = web.hub.changed.subscribe();
    let watch = Watch {
        hub: web.hub,
        closing: web.closing,
        staff,
        page,
        changes,
        beat: interval_at(Instant::now() + BEAT, BEAT),
        last: None,
        whole: Vec::new(),
        ended: false,
    };
    let events = stream::unfold(watch, async |mut watch| watch.next().await.map(|events| (events, watch)));
    Sse::new(events.flat_map(stream::iter).map(Ok))
}

struct Watch<L> {
    hub: Hub,
    closing: CancellationToken,
    staff: Staff,
    page: L,
    changes: Receiver<Changed>,
    beat: Interval,
    last: Option<Instant>,
    /// The page as it was last sent whole.
    whole: Vec<String>,
    ended: bool,
}

enum Turn {
    News(News),
    Beat,
    Closing,
}

impl<L: Live> Watch<L> {
    async fn next(&mut self) -> Option<Vec<Event>> {
        if self.ended {
            return None;
        }
        let turn = self.turn().await;
        if matches!(turn, Turn::Closing) {
            return None;
        }
        match self.events(turn).await {
            Ok(events) => Some(events),
            // The browser comes back by itself and is told everything anew.
            Err(error) => {
                tracing::warn!("live page broke off: {error:#}");
                None
            }
        }
    }

    async fn events(&mut self, turn: Turn) -> anyhow::Result<Vec<Event>> {
        if !self.staff.is_still_signed_in(&self.hub.db).await? {
            self.ended = true;
            // Browsers drop an event that carries nothing.
            return Ok(vec![Event::default().event("ended").data("session")]);
        }
        let news = if let Turn::News(news) = turn { news } else { News::Anything };
        let parts = self.page.parts(&self.hub, &news).await?;
        if news == News::Anything {
            if parts == self.whole {
                return Ok(vec![Event::default().comment("")]);
            }
            self.whole.clone_from(&parts);
        }
        self.last = Some(Instant::now());
        Ok(parts.into_iter().map(part).collect())
    }

    async fn turn(&mut self) -> Turn {
        if self.last.is_none() {
            return Turn::News(News::Anything);
        }
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return Turn::Closing,
                _ = self.beat.tick() => return Turn::Beat,
                change = self.changes.recv() => match change {
                    Ok(change) if self.page.wants(change) => return Turn::News(self.gather(change).await),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return Turn::News(News::Anything),
                    Err(RecvError::Closed) => return Turn::Closing,
                },
            }
        }
    }

    /// Waits out the page's pace and takes everything that happened meanwhile.
    async fn gather(&mut self, first: Changed) -> News {
        if let Some(last) = self.last {
            sleep_until(last + L::PACE).await;
        }
        let mut posyandu = BTreeSet::from([first.posyandu]);
        loop {
            match self.changes.try_recv() {
                Ok(change) if self.page.wants(change) => {
                    posyandu.insert(change.posyandu);
                }
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => return News::Anything,
                Err(_) => return News::In(posyandu),
            }
        }
    }
}

fn part(html: String) -> Event {
    // A carriage return would end a line of the event; names do not need them.
    Event::default().event("part").retry(RETRY).data(html.replace('\r', " "))
}
