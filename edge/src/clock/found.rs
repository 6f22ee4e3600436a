//! What follows when the time is found: by the kader's phone, by the hub's answer, by a network time server.

use std::time::Duration;

use protocol::event::{Entry, Place, Role};
use protocol::time::{ClockFound, ClockSource};
use protocol::{Author, Body, EventId, Month, PosyanduId, UserId};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Clock, Now};
use crate::store::{NewEvent, Store, StoreError};

/// How often the machine's own clock is looked at while nothing better is known.
const LOOK: Duration = Duration::from_secs(20);

/// The clock with the journal that is told when it is found.
#[derive(Clone)]
pub struct Finder {
    /// The clock.
    pub clock: Clock,
    /// The journal.
    pub store: Store,
    /// The posyandu of this node that the event is filed under.
    pub posyandu: PosyanduId,
    /// Whoever stands behind what the appliance itself says.
    pub user: UserId,
}

impl Finder {
    /// Tells the journal of a clock that was set since `before`; it keeps what dates anything anew. Does nothing while the
    /// clock is still unset.
    ///
    /// Dated are the events of this power-up alone. What an earlier one recorded and never learned the time of stays
    /// undated, and says so.
    pub async fn tell(&self, before: &Now) -> Result<(), StoreError> {
        let now = self.clock.now();
        if !now.believable {
            return Ok(());
        }
        let tickets_to = (now.today != before.today || !before.believable).then(|| now.today.into());
        self.store.tell_clock(self.event(&now), tickets_to).await
    }

    /// Takes the hub's time, heard `age` after it was written down.
    pub async fn hear_hub(&self, hub_time_ms: i64, age: Duration) -> Result<(), StoreError> {
        let before = self.clock.now();
        if self.clock.hear_hub(hub_time_ms, age) {
            self.store.note_time(hub_time_ms).await?;
            tracing::info!("the hub told the time");
            self.tell(&before).await?;
        }
        Ok(())
    }

    /// Looks from time to time whether the machine's clock has been set from the network; ends when it has.
    pub async fn watch_machine(self, stop: CancellationToken) {
        while self.clock.now().stamp.source < ClockSource::Ntp {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let before = self.clock.now();
            if self.clock.look_at_machine()
                && let Err(error) = self.tell(&before).await
            {
                tracing::error!("the journal could not be told the time: {error}");
            }
        }
    }

    fn event(&self, now: &Now) -> NewEvent {
        let stamp = now.stamp;
        let found = ClockFound {
            boot: stamp.boot,
            monotonic_ns: stamp.monotonic_ns,
            wall_ms: stamp.wall_ms,
            offset_min: stamp.offset_min,
            source: stamp.source,
        };
        NewEvent {
            id: EventId(Uuid::now_v7()),
            author: Author { user: self.user, role: Role::Alat },
            posyandu: self.posyandu,
            citizen: None,
            visit: None,
            observed_on: now.today.into(),
            recorded_at: stamp,
            report_month: Month::of(now.today),
            place: Place::Posyandu,
            entry: if stamp.source == ClockSource::Phone { Entry::Typed } else { Entry::Instrument },
            instrument: None,
            replaces: None,
            body: Body::ClockFound(found),
        }
    }
}
