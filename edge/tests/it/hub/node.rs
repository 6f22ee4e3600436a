//! A node without pages, on the way to a [`Hub`].

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use edge::app::{Folder, finder};
use edge::clock::Clock;
use edge::config::{ClockSettings, UplinkSettings};
use edge::roster::Roster;
use edge::store::{Identity, NewEvent, Store, file_in};
use edge::uplink::{self, NoFeeds, Post, Road, Status};
use protocol::bundle::{Bundle, HubAddress, Posyandu, Roster as People};
use protocol::event::{Author, Entry, Place, Role, Visit};
use protocol::growth::{Clothing, Taken, Weighed};
use protocol::{Body, CitizenId, EventId, LocalDate, Month, PosyanduId, UserId, VisitId};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Hub, NODE, Years};

/// Longer than anything here may take; a test that waits for it has failed.
pub(crate) const SOON: Duration = Duration::from_secs(15);

/// A node that is on its way to the hub until it is stopped or dropped.
pub(crate) struct Wired {
    pub(crate) hub: Hub,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) status: Status,
    pub(crate) folder: TempDir,
    stop: CancellationToken,
}

/// A clock that is right.
pub(crate) fn known() -> ClockSettings {
    ClockSettings { start: Some("2026-11-24T08:00:00".parse().unwrap()), ..ClockSettings::default() }
}

/// Settings that lose no time.
pub(crate) fn quick() -> UplinkSettings {
    UplinkSettings { longest_pause_s: 1, hello_every_s: 1, ..UplinkSettings::default() }
}

impl Hub {
    /// The bundle of a node whose certificate lasts from one year to another.
    pub(crate) fn bundle(&self, years: Years) -> Bundle {
        let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let hub =
            HubAddress { host: "127.0.0.1".into(), port: 1, server_name: "hub".into(), https_port: None };
        let posyandu = Posyandu { id: MAWAR, name: "Mawar 3".into(), village: "Cibadak".into() };
        Bundle {
            version: 1,
            node: NODE,
            label: "SIMPUL 001".into(),
            incarnation: 1,
            offset_min: 420,
            certificate_pem: self.authority().node(NODE, &self.node_key_pem(), years),
            authority_pem: self.authority().pem.clone(),
            hub,
            hub_keys: vec![hex(self.key(0).0)],
            hub_verifier: hex(self.verifier().to_bytes()),
            roster: People { puskesmas: "Cibadak".into(), posyandu: vec![posyandu], users: Vec::new() },
        }
    }

    /// Puts into a folder what a node's folder holds.
    pub(crate) fn furnish(&self, folder: &Path, years: Years) -> Bundle {
        let bundle = self.bundle(years);
        std::fs::write(folder.join("node.key"), self.node_key_pem()).unwrap();
        std::fs::write(folder.join("data.key"), "07".repeat(32)).unwrap();
        std::fs::write(folder.join("bundle.json"), serde_json::to_vec(&bundle).unwrap()).unwrap();
        bundle
    }

    /// A node on its way here that knows what time it is.
    pub(crate) fn node(&self, settings: UplinkSettings) -> Wired {
        Wired::start(self, settings, (2000, 2100), known())
    }

    /// A node on its way here that has just been switched on.
    pub(crate) fn node_without_time(&self, settings: UplinkSettings) -> Wired {
        Wired::start(self, settings, (2000, 2100), ClockSettings::default())
    }
}

const MAWAR: PosyanduId = PosyanduId(Uuid::from_u128(0x3a));

impl Wired {
    pub(crate) fn start(hub: &Hub, settings: UplinkSettings, years: Years, clock: ClockSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = hub.furnish(folder.path(), years);
        let identity = Identity { node: NODE, incarnation: 1 };
        let store = Store::open(&file_in(folder.path()), &[7; 32], identity, Roster::default()).unwrap();
        let clock = Clock::start(&clock, 420, 0);
        let road = Road::new(&settings, &bundle, &Folder(folder.path().into()), &clock).unwrap();
        let (status, finder) = (Status::default(), finder(&clock, &store, &bundle));
        let post = Arc::new(Post::new(road, store.clone(), status.clone(), finder, Arc::new(NoFeeds)));
        let stop = CancellationToken::new();
        tokio::spawn(uplink::run(post, stop.clone()));
        Self { hub: hub.clone(), store, clock, status, folder, stop }
    }

    /// Records so many weighings, each in a save of its own.
    pub(crate) async fn record(&self, count: usize) {
        for _ in 0..count {
            self.store.record(vec![weighing(&self.clock)]).await.unwrap();
        }
    }

    /// Waits until something is so.
    #[track_caller]
    pub(crate) fn until(
        &self,
        what: &'static str,
        wanted: impl Fn(&Self) -> bool,
    ) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let started = std::time::Instant::now();
            while !wanted(self) {
                let came = || self.hub.office().came.clone();
                assert!(started.elapsed() < SOON, "{at}: never {what}; the hub was sent {:#?}", came());
                // the condition is watched, not waited for
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Waits until the hub has said that it has everything up to a sequence.
    #[track_caller]
    pub(crate) fn received(&self, sequence: u64) -> impl Future<Output = ()> {
        self.until("received", move |node| node.store.safety().received == sequence)
    }
}

impl Drop for Wired {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A weighing at this moment.
pub(crate) fn weighing(clock: &Clock) -> NewEvent {
    let now = clock.now();
    let weighed = Weighed {
        mass_g: Taken::Value(8_450),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
        carried: None,
    };
    NewEvent {
        id: EventId(Uuid::now_v7()),
        author: Author { user: UserId(Uuid::nil()), role: Role::Kader },
        posyandu: MAWAR,
        citizen: Some(CitizenId(Uuid::from_u128(0x99))),
        visit: Some(Visit { id: VisitId(Uuid::now_v7()), ticket: 1, bpjs: None }),
        observed_on: LocalDate::from(now.today),
        recorded_at: now.stamp,
        report_month: Month::of(now.today),
        place: Place::Posyandu,
        entry: Entry::Instrument,
        instrument: None,
        replaces: None,
        body: Body::Weighed(weighed),
    }
}
