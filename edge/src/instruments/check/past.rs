//! Every check there has been, kept in memory: the home page asks at each load which instruments are due.

use std::sync::{Arc, RwLock};

use super::standing::{self, Check};
use crate::store::{Store, StoreError};

/// The checks of the journal, read again only after one was recorded or a day was found out; cheap to clone.
#[derive(Clone)]
pub(in crate::instruments) struct Past {
    store: Store,
    read: Arc<RwLock<Option<Read>>>,
}

/// What was read, and the store's version then.
struct Read {
    version: u64,
    checks: Arc<[Check]>,
}

impl Past {
    pub(in crate::instruments) fn of(store: &Store) -> Self {
        Self { store: store.clone(), read: Arc::default() }
    }

    /// All of them, oldest first.
    pub(in crate::instruments) fn all(&self) -> Result<Arc<[Check]>, StoreError> {
        // before reading: what is recorded meanwhile must not go unnoticed
        let version = self.store.checks_version();
        let unharmed = "nobody panics while holding the checks";
        if let Some(read) = &*self.read.read().expect(unharmed)
            && read.version == version
        {
            return Ok(read.checks.clone());
        }
        let checks: Arc<[Check]> = standing::checks(&self.store)?.into();
        *self.read.write().expect(unharmed) = Some(Read { version, checks: checks.clone() });
        Ok(checks)
    }
}

#[cfg(test)]
mod tests {
    use protocol::check::{InstrumentChecked, InstrumentKind, Verdict};
    use protocol::event::{Author, Body, Entry, Place, Role};
    use protocol::time::{ClockFound, ClockSource};
    use protocol::{EventId, LocalDate, Month, NodeId, PosyanduId, Stamp, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::roster::Roster;
    use crate::store::{Identity, NewEvent, file_in};

    const BOOT: [u8; 16] = [3; 16];

    async fn record(store: &Store, body: Body) {
        let stamp = Stamp {
            wall_ms: 0,
            offset_min: 420,
            source: ClockSource::Unset,
            boot: BOOT,
            monotonic_ns: 1_000_000_000,
        };
        let event = NewEvent {
            id: EventId(Uuid::now_v7()),
            author: Author { user: UserId(Uuid::nil()), role: Role::Kader },
            posyandu: PosyanduId(Uuid::nil()),
            citizen: None,
            visit: None,
            observed_on: LocalDate(0),
            recorded_at: stamp,
            report_month: Month(0),
            place: Place::Posyandu,
            entry: Entry::Instrument,
            instrument: None,
            replaces: None,
            body,
        };
        store.record(vec![event]).await.unwrap();
    }

    fn checked() -> Body {
        Body::InstrumentChecked(InstrumentChecked {
            device: "usb-x".into(),
            kind: InstrumentKind::InfantScale,
            division: 10,
            loads: vec![],
            spread_limit: Some(10),
            verdict: Verdict::Good,
        })
    }

    #[tokio::test]
    async fn the_checks_are_read_once_and_again_only_when_there_is_another_or_its_day_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity { node: NodeId(Uuid::from_u128(1)), incarnation: 1 };
        let store = Store::open(&file_in(folder.path()), &[7; 32], identity, Roster::default()).unwrap();
        let past = Past::of(&store);
        record(&store, checked()).await;
        let first = past.all().unwrap();
        assert_eq!((first.len(), first[0].day), (1, None));
        assert!(Arc::ptr_eq(&first, &past.all().unwrap()), "nothing was read for this");

        record(&store, checked()).await;
        let second = past.all().unwrap();
        assert_eq!(second.len(), 2);
        assert!(Arc::ptr_eq(&second, &past.clone().all().unwrap()), "all share what was read");

        let wall_ms = 1_770_699_600_000; // the 10th of February 2026
        let (monotonic_ns, source) = (2_000_000_000, ClockSource::Hub);
        let found = ClockFound { boot: BOOT, monotonic_ns, wall_ms, offset_min: 420, source };
        record(&store, Body::ClockFound(found)).await;
        let dated = past.all().unwrap();
        assert_eq!(dated[0].day.and_then(LocalDate::to_naive), "2026-02-10".parse().ok());
        assert!(Arc::ptr_eq(&dated, &past.all().unwrap()));
    }
}
