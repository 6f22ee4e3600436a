//! A node in a folder, phones that look at it, and scales with children on them.

mod meter;
mod phone;
mod scale;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use axum::Router;
use axum::http::StatusCode;
use chrono::NaiveDate;
use ed25519_dalek::SigningKey;
use edge::clock::Clock;
use edge::config::{ClockSettings, Config, InstrumentKind};
use edge::instruments::Workshop;
use edge::roster::Roster;
use edge::scales::{Instruments, Live, Phase};
use edge::store::{Identity, NewEvent, Store, Word, file_in};
use edge::{Edge, uplink, web};
use protocol::bundle::{Bundle, HubAddress, Posyandu, Roster as People, User};
use protocol::event::{Author, Body as Said, Entry, Place, Role, Visit};
use protocol::feed::{self, FeedHash, FeedId, FeedMark, Item};
use protocol::growth::{Clothing, LengthTaken, Posture, Taken, Weighed};
use protocol::registry::{ChildRegistered, Sex};
use protocol::{
    Ack, Chain, CitizenId, EventId, LocalDate, Month, NodeId, PosyanduId, Quarantined, Standing, UserId,
    VisitId,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) use phone::{Page, Phone};
pub(crate) use scale::{Scale, instrument};

/// How much faster than the world a test's node runs.
pub(crate) const PACE: u32 = 15;

/// Longer than anything here may take; a test that waits for it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const MAWAR: PosyanduId = PosyanduId(Uuid::from_u128(0x3a));
pub(crate) const RAHMA: UserId = UserId(Uuid::from_u128(0x11));
pub(crate) const DEWI: UserId = UserId(Uuid::from_u128(0x12));

/// A node with its folder.
pub(crate) struct Node {
    pub(crate) edge: Edge,
    pub(crate) app: Router,
    pub(crate) scales: HashMap<&'static str, Scale>,
    stop: CancellationToken,
}

/// What a test's node is.
pub(crate) struct Setup {
    pub(crate) today: Option<&'static str>,
    pub(crate) posyandu: Vec<Posyandu>,
    pub(crate) instruments: Vec<(&'static str, InstrumentKind)>,
    /// More of the settings file.
    pub(crate) settings: String,
    /// How much faster than the world its clock runs.
    pub(crate) pace: u32,
}

impl Default for Setup {
    fn default() -> Self {
        let mawar = Posyandu { id: MAWAR, name: "Mawar 3".into(), village: "Cibadak".into() };
        Self {
            today: Some("2026-02-10T08:00:00"),
            posyandu: vec![mawar],
            instruments: vec![
                ("timbangan-a", InstrumentKind::InfantScale),
                ("papan", InstrumentKind::LengthBoard),
            ],
            settings: String::new(),
            pace: PACE,
        }
    }
}

impl Node {
    pub(crate) async fn start(folder: &Path) -> Self {
        Self::start_as(folder, Setup::default()).await
    }

    pub(crate) async fn start_as(folder: &Path, setup: Setup) -> Self {
        let bundle = bundle(setup.posyandu);
        let roster = Roster::default();
        let store = open(folder, &bundle, &roster).await;
        let start = setup.today.map(|text| text.parse().unwrap());
        let clock = Clock::start(&ClockSettings { pace: setup.pace, start, trust_machine: false }, 420, 0);
        let stop = CancellationToken::new();
        let settings: Vec<_> = setup.instruments.iter().map(|(id, kind)| instrument(id, *kind)).collect();
        let (mut ports, mut scales) = (Vec::new(), HashMap::new());
        for ((id, _), setting) in setup.instruments.iter().zip(&settings) {
            let (mut scale, socket) = Scale::new(setting);
            ports.push((setting, socket));
            scale.plug().await;
            scales.insert(*id, scale);
        }
        let instruments = Instruments::start_on(ports, clock.clone(), store.clone(), stop.clone()).unwrap();
        let config: Config =
            toml::from_str(&format!("[web]\nlisten = '127.0.0.1:0'\n{}", setup.settings)).unwrap();
        let workshop = Workshop::open(&config, &store, &instruments);
        let edge = Edge {
            store,
            clock,
            roster,
            instruments,
            workshop,
            config: Arc::new(config),
            bundle: Arc::new(bundle),
            uplink: uplink::Status::default(),
            node_key: Arc::new(node_key()),
        };
        Self { app: web::router(edge.clone()), edge, scales, stop }
    }

    /// Stops the node as if its power went.
    pub(crate) fn stop(self) {
        self.stop.cancel();
    }

    /// A phone on which somebody has signed in.
    pub(crate) async fn phone(&self, user: UserId) -> Phone {
        let mut phone = Phone { app: self.app.clone(), cookie: None };
        let page = phone.post(&format!("/sign-in/{user}"), &[("pin", "123456")]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        phone
    }

    pub(crate) async fn child(&self, child: NewChild) -> CitizenId {
        self.born(child, None).await
    }

    /// One of twins.
    pub(crate) async fn twin(&self, child: NewChild, birth_order: u8) -> CitizenId {
        self.born(child, Some(birth_order)).await
    }

    async fn born(&self, child: NewChild, birth_order: Option<u8>) -> CitizenId {
        let id = CitizenId(Uuid::now_v7());
        let registered = ChildRegistered {
            name: child.name.into(),
            nik: child.nik.map(Into::into),
            birth_date: child.born.parse::<NaiveDate>().unwrap().into(),
            sex: child.sex,
            mother: child.mother.into(),
            gestation_weeks: None,
            birth_mass_g: None,
            birth_order,
            kia_book: true,
        };
        let said = Said::ChildRegistered(registered);
        self.record(id, "2025-03-01", None, said).await;
        for (on, mass_g, length_tenth_mm) in child.past {
            let visit = Some(Visit { id: VisitId(Uuid::now_v7()), ticket: 0, bpjs: None });
            self.record(id, on, visit, Said::Weighed(weighed(mass_g))).await;
            self.record(id, on, visit, Said::LengthTaken(length(length_tenth_mm))).await;
        }
        id
    }

    async fn record(&self, citizen: CitizenId, on: &str, visit: Option<Visit>, body: Said) {
        let on: NaiveDate = on.parse().unwrap();
        let event = NewEvent {
            id: EventId(Uuid::now_v7()),
            author: Author { user: RAHMA, role: Role::Kader },
            posyandu: MAWAR,
            citizen: Some(citizen),
            visit,
            observed_on: LocalDate::from(on),
            recorded_at: self.edge.clock.now().stamp,
            report_month: Month::of(on),
            place: Place::Posyandu,
            entry: Entry::FromBook,
            instrument: None,
            replaces: None,
            body,
        };
        self.edge.store.record(vec![event]).await.unwrap();
    }

    /// Waits until an instrument shows what is wanted.
    pub(crate) async fn see(&self, id: &str, wanted: impl FnMut(&Live) -> bool) -> Live {
        let mut live = self.edge.instruments.watch(id).unwrap();
        let seen = tokio::time::timeout(PATIENCE, live.wait_for(wanted)).await;
        seen.expect("the instrument never showed it").unwrap().clone()
    }

    /// Lets a child be weighed until the number settles for a visit. Where nobody saw it rise, because the machine was
    /// busy with something else, the child is lifted and put on again.
    pub(crate) async fn settle(&self, id: &str, value: i64, visit: VisitId) {
        let settled = |live: &Live| live.locked.as_ref().is_some_and(|locked| locked.visit == visit);
        let unseen = |live: &Live| live.phase == Phase::Resting && i64::from(live.value) == value;
        loop {
            self.scales[id].put(value);
            if settled(&self.see(id, |live| settled(live) || unseen(live)).await) {
                return;
            }
            self.scales[id].put(0);
            self.ready(id).await;
        }
    }

    /// Lifts the child.
    pub(crate) async fn lift(&self, id: &str) {
        self.scales[id].put(0);
        self.see(id, |live| live.phase == Phase::Empty && live.value == 0).await;
    }

    /// Waits until an instrument is heard and at rest.
    pub(crate) async fn ready(&self, id: &str) {
        // An instrument that was not heard yet counts as empty, too.
        let heard = async {
            let mut beat = tokio::time::interval(Duration::from_millis(5));
            while self.edge.instruments.heard(id).is_none_or(|heard| heard.good < 2) {
                beat.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.expect("the instrument was never heard");
        self.see(id, |live| live.connected && live.phase == Phase::Empty && live.upset.is_none()).await;
    }

    /// The hub tells this node something of its posyandu.
    pub(crate) async fn hear(&self, items: Vec<Item>) {
        let feed = FeedId::Posyandu(MAWAR);
        let after = self.edge.store.feed_marks().unwrap().first().map_or(0, |mark| mark.position);
        let mark = FeedMark { feed, position: after + 1, hash: FeedHash([after as u8; 16]) };
        let page = feed::Page {
            feed,
            after,
            mark,
            head: after + 1,
            restart: false,
            items: items.iter().map(Item::encode).collect(),
        };
        assert_eq!(self.edge.store.take_page(page).await.unwrap(), mark);
    }

    /// The hub's word that it has everything up to a place, less what it set aside.
    pub(crate) async fn answer(&self, watermark: u64, quarantined: Vec<Quarantined>) {
        let outbox = self.edge.store.outbox(0, watermark as usize, usize::MAX).unwrap().unwrap();
        let ack = Ack {
            node: self.edge.bundle.node,
            incarnation: 1,
            watermark,
            chain: outbox.frames.iter().fold(outbox.before, Chain::after),
            gaps: Vec::new(),
            hub_epoch: [1; 16],
            quarantined_total: quarantined.len() as u32,
            quarantined,
            retry_after_s: 0,
            standing: Standing::Current,
        };
        assert_eq!(self.edge.store.take_ack(ack).await.unwrap(), Word::Taken);
    }

    pub(crate) fn events(&self) -> u64 {
        self.edge.store.safety().on_device
    }
}

/// A child to begin with, and its past visits: day, grams, tenths of a millimetre.
pub(crate) struct NewChild {
    pub(crate) name: &'static str,
    pub(crate) mother: &'static str,
    pub(crate) born: &'static str,
    pub(crate) sex: Sex,
    pub(crate) nik: Option<&'static str>,
    pub(crate) past: Vec<(&'static str, u32, u32)>,
}

impl NewChild {
    /// A girl of twelve months who was weighed last month.
    pub(crate) fn siti() -> Self {
        Self {
            name: "Siti Aminah",
            mother: "Rahma",
            born: "2025-02-03",
            sex: Sex::Female,
            nik: Some("9971014302250001"),
            past: vec![("2026-01-10", 8_600, 7_280)],
        }
    }

    pub(crate) fn budi() -> Self {
        Self {
            name: "Budi Santoso",
            mother: "Wati",
            born: "2025-05-20",
            sex: Sex::Male,
            nik: None,
            past: vec![("2026-01-10", 7_900, 6_900)],
        }
    }
}

fn weighed(mass_g: u32) -> Weighed {
    Weighed {
        mass_g: Taken::Value(mass_g),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
        carried: None,
    }
}

fn length(length_tenth_mm: u32) -> LengthTaken {
    LengthTaken {
        length_tenth_mm: Taken::Value(length_tenth_mm),
        posture: Posture::Lying,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
    }
}

/// The store's file is free again once the node before has let go of it.
async fn open(folder: &Path, bundle: &Bundle, roster: &Roster) -> Store {
    let identity = Identity { node: bundle.node, incarnation: 1 };
    let opening = async {
        loop {
            match Store::open(&file_in(folder), &[7; 32], identity, roster.clone()) {
                Ok(store) => return store,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, opening).await.expect("the store never opened")
}

/// The key whose signature the Puskesmas would check.
pub(crate) fn node_key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

/// Somebody who may sign in.
pub(crate) fn user(id: UserId, name: &str, role: Role, pin: &str) -> User {
    User { id, name: name.into(), role, pin_verifier: verifier(pin) }
}

fn bundle(posyandu: Vec<Posyandu>) -> Bundle {
    let user = |id, name: &str, role| user(id, name, role, "123456");
    Bundle {
        version: 1,
        node: NodeId(Uuid::from_u128(1)),
        label: "SIMPUL-001".into(),
        incarnation: 1,
        offset_min: 420,
        certificate_pem: String::new(),
        authority_pem: String::new(),
        hub: HubAddress { host: "127.0.0.1".into(), port: 1, server_name: "hub".into(), https_port: None },
        hub_keys: Vec::new(),
        hub_verifier: String::new(),
        roster: People {
            puskesmas: "Cibadak".into(),
            posyandu,
            users: vec![user(RAHMA, "Rahma", Role::Kader), user(DEWI, "Dewi", Role::Bidan)],
        },
    }
}

/// A verifier that is cheap to check: the tests are about counting, not about memory.
fn verifier(pin: &str) -> String {
    let params = Params::new(16, 1, 1, None).unwrap();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    // always the same salt: a node that starts again has the bundle it had before
    argon.hash_password_with_salt(pin.as_bytes(), b"salt of a trial").unwrap().to_string()
}
