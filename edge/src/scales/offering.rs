//! Finished measurements, as the pages of people offer and take them.

use protocol::VisitId;
use tokio::sync::watch;
use uuid::Uuid;

use super::readings::{Measured, Moment, Offered};
use super::{About, Instruments, Vital};
use crate::clock::{self, Clock};
use crate::store::StoreError;

impl Instruments {
    /// The finished measurements nobody has taken yet, the latest first; none that is older than the settings say.
    pub fn offered(&self, vital: Vital) -> Vec<Offered> {
        let there: Vec<About> = self.everyone().iter().map(|one| one.about.clone()).collect();
        self.0.readings.offered(vital, moment(&self.0.clock).ms, &there)
    }

    /// Gives an offered measurement to a visit, durably, because a kader tapped it on that person's page. The same
    /// visit gets it again however often it is tapped. `None` if another visit has it, or it is too old by now.
    ///
    /// # Errors
    /// When the store cannot write it down; it is still offered then.
    pub async fn take(&self, id: Uuid, visit: VisitId) -> Result<Option<Measured>, StoreError> {
        self.0.readings.claim(id, visit, moment(&self.0.clock).ms).await
    }

    /// Offers a measurement again that a visit had taken: it was somebody else's.
    ///
    /// # Errors
    /// When the store cannot write it down; it is still that visit's then.
    pub async fn give_back(&self, id: Uuid, visit: VisitId) -> Result<(), StoreError> {
        self.0.readings.give_back(id, visit).await
    }

    /// Changes whenever a measurement is new, taken or given back. That time passes is no change: ages are for whoever
    /// shows them.
    pub fn watch_offered(&self) -> watch::Receiver<u64> {
        self.0.readings.changes()
    }
}

/// Now: by the running clock, and by the wall where the node knows it.
pub(super) fn moment(clock: &Clock) -> Moment {
    let now = clock.now();
    let wall = clock::local(now.stamp.wall_ms, now.stamp.offset_min).filter(|_| now.believable);
    Moment { ms: i64::try_from(clock.monotonic_ms()).unwrap_or(i64::MAX), wall }
}
