//! The practice node: a store that is thrown away, a handful of invented people, instruments of memory.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Router, middleware};
use chrono::{Days, Months, NaiveDate};
use ed25519_dalek::SigningKey;
use protocol::bundle::{Bundle, Posyandu, Roster as Places, User};
use protocol::event::{Author, Entry, Place, Role};
use protocol::registry::{AdultRegistered, Sex};
use protocol::{Body, CitizenId, EventId, Month, NodeId, PosyanduId, UserId, VisitId};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::band;
use super::pan::{self, Pan, Plug};
use crate::app::Edge;
use crate::clock::Clock;
use crate::config::{ClockSettings, InstrumentKind};
use crate::import::{ChildHistory, EntryWord, History, PastVisit, PostureLetter, SexLetter};
use crate::instruments::Workshop;
use crate::roster::Roster;
use crate::scales::{Instruments, Quantity};
use crate::staff;
use crate::store::{Identity, NewEvent, Store, StoreError, file_in};
use crate::uplink;
use crate::web::Line;

/// Name, mother, months of age, girl, grams and tenths of a millimetre a month ago.
const CHILDREN: [(&str, &str, u32, bool, u32, u32); 5] = [
    ("Latihan Melati", "Bu Latih", 4, true, 6_200, 6_150),
    ("Latihan Bintang", "Bu Coba", 9, false, 8_300, 7_050),
    ("Latihan Mentari", "Bu Latih", 15, true, 9_100, 7_720),
    ("Latihan Awan", "Bu Ajar", 31, false, 12_400, 9_050),
    ("Latihan Pelangi", "Bu Ajar", 50, true, 15_100, 10_210),
];

/// Name, years of age, woman.
const ADULTS: [(&str, u32, bool); 2] = [("Latihan Ibu Hamil", 27, true), ("Latihan Mbah", 66, false)];

/// What the child gained since, as it is put on the instruments.
const GAINED: (u32, u32) = (300, 90);

/// The practice node and its pages. Dropping it stops the instruments and removes the folder.
pub(super) struct World {
    edge: Edge,
    pub(super) pages: Router,
    _stop: DropGuard,
    _folder: Folder,
}

/// A folder that goes with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // what is left of it is invented, and the next start of the machine clears it away
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the buttons of the band need.
#[derive(Clone)]
struct Hands {
    edge: Edge,
    scale: Arc<Pan>,
    board: Arc<Pan>,
}

impl World {
    pub(super) async fn begin(real: &Edge, pages: fn(Edge) -> Router) -> anyhow::Result<Self> {
        let folder = Folder(std::env::temp_dir().join(format!("simpul-latihan-{}", Uuid::new_v4())));
        std::fs::create_dir_all(&folder.0).context("no folder for practice")?;
        let now = real.clock.now();
        let local =
            crate::clock::local(now.stamp.wall_ms, now.stamp.offset_min).context("no day to practise on")?;
        let settings = ClockSettings { pace: real.clock.pace(), start: Some(local), trust_machine: false };
        let clock = Clock::start(&settings, real.bundle.offset_min, 0);
        let bundle = bundle(&real.bundle);
        let roster = Roster::default();
        let identity = Identity { node: bundle.node, incarnation: 1 };
        let mut key = [0; 32];
        getrandom::fill(&mut key).context("no random numbers")?;
        let store = Store::open(&file_in(&folder.0), &key, identity, roster.clone())?;
        let stop = CancellationToken::new();
        let [(scale, one), (board, other)] = [InstrumentKind::InfantScale, InstrumentKind::LengthBoard]
            .map(|kind| Pan::new(&pan::settings(kind), clock.pace(), stop.clone()))
            .map(|pan| pan.expect("the practice instruments speak dialects we have"));
        let instruments = plugged(one, other, &clock, &store, &stop)?;
        let mut config = (*real.config).clone();
        config.instruments.clear();
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
            node_key: Arc::new(SigningKey::from_bytes(&key)),
        };
        people(&edge).await?;
        let hands = Hands { edge: edge.clone(), scale: Arc::new(scale), board: Arc::new(board) };
        let buttons = Router::new()
            .route("/practice/put", post(put))
            .route("/practice/lift", post(lift))
            .with_state(hands);
        let pages = pages(edge.clone()).merge(buttons).layer(middleware::map_response(band::over));
        Ok(Self { edge, pages, _stop: stop.drop_guard(), _folder: folder })
    }

    /// Signs a phone in, in the part its holder has in real life.
    pub(super) async fn sign_in(&self, role: Role) -> Result<HeaderValue, StoreError> {
        let users = &self.edge.bundle.roster.users;
        let user = users.iter().find(|user| user.role == role).unwrap_or(&users[0]);
        staff::sign_in(&self.edge, user, None, Line::Plain).await
    }
}

fn plugged(
    scale: Plug,
    board: Plug,
    clock: &Clock,
    store: &Store,
    stop: &CancellationToken,
) -> anyhow::Result<Instruments> {
    let settings = [InstrumentKind::InfantScale, InstrumentKind::LengthBoard].map(pan::settings);
    let ports = settings.iter().zip([scale, board]).collect();
    Instruments::start_on(ports, clock.clone(), store.clone(), stop.clone())
}

/// A node of another name, so that its cookie is another one; nobody's PIN opens it.
fn bundle(real: &Bundle) -> Bundle {
    let user = |name: &str, role| User {
        id: UserId(Uuid::new_v4()),
        name: name.into(),
        role,
        pin_verifier: String::new(),
    };
    let posyandu =
        Posyandu { id: PosyanduId(Uuid::new_v4()), name: "Latihan".into(), village: "Latihan".into() };
    Bundle {
        node: NodeId(Uuid::new_v4()),
        incarnation: 1,
        label: "LATIHAN".into(),
        certificate_pem: String::new(),
        authority_pem: String::new(),
        hub_keys: Vec::new(),
        hub_verifier: String::new(),
        roster: Places {
            puskesmas: "Latihan".into(),
            posyandu: vec![posyandu],
            users: vec![
                user("Kader latihan", Role::Kader),
                user("Bidan latihan", Role::Bidan),
                user("Petugas latihan", Role::Petugas),
            ],
        },
        ..real.clone()
    }
}

async fn people(edge: &Edge) -> anyhow::Result<()> {
    let now = edge.clock.now();
    let posyandu = edge.bundle.roster.posyandu[0].id;
    let author = Author { user: edge.bundle.roster.users[0].id, role: Role::Alat };
    let history =
        History { posyandu: None, children: CHILDREN.map(|child| history(child, now.today)).into() };
    history.record(&edge.store, posyandu, author, now.stamp).await?;
    let adults = ADULTS.map(|(name, years, is_woman)| NewEvent {
        id: EventId(Uuid::now_v7()),
        author,
        posyandu,
        citizen: Some(CitizenId(Uuid::now_v7())),
        visit: None,
        observed_on: now.today.into(),
        recorded_at: now.stamp,
        report_month: Month::of(now.today),
        place: Place::Posyandu,
        entry: Entry::FromBook,
        instrument: None,
        replaces: None,
        body: Body::AdultRegistered(AdultRegistered {
            name: name.into(),
            nik: None,
            birth_date: before(now.today, years * 12).into(),
            is_birth_estimated: true,
            sex: if is_woman { Sex::Female } else { Sex::Male },
        }),
    });
    edge.store.record(adults.into()).await?;
    Ok(())
}

fn before(today: NaiveDate, months: u32) -> NaiveDate {
    let born = today.checked_sub_months(Months::new(months)).unwrap_or(today);
    born.checked_sub_days(Days::new(9)).unwrap_or(born)
}

fn history(
    (name, mother, months, is_girl, mass_g, length): (&str, &str, u32, bool, u32, u32),
    today: NaiveDate,
) -> ChildHistory {
    let birth_date = before(today, months);
    let visit = |back: u32| PastVisit {
        id: VisitId(Uuid::new_v4()),
        observed_on: today.checked_sub_months(Months::new(back)).unwrap_or(today),
        mass_g: Some(mass_g - (back - 1) * GAINED.0),
        length_tenth_mm: Some(length - (back - 1) * GAINED.1),
        posture: Some(if months < 24 { PostureLetter::L } else { PostureLetter::H }),
        entry: EntryWord::Typed,
    };
    ChildHistory {
        id: CitizenId(Uuid::new_v4()),
        name: name.into(),
        nik: None,
        birth_date,
        sex: if is_girl { SexLetter::P } else { SexLetter::L },
        mother: mother.into(),
        gestation_weeks: None,
        birth_mass_g: None,
        birth_order: None,
        kia_book: true,
        family_card: None,
        address: None,
        phone: None,
        visits: vec![visit(3), visit(2), visit(1)],
    }
}

/// Puts whoever each instrument waits for on it.
async fn put(State(hands): State<Hands>, headers: HeaderMap) -> Response {
    for (quantity, pan) in [(Quantity::Weight, &hands.scale), (Quantity::Length, &hands.board)] {
        pan.put(wanted(&hands.edge, quantity));
    }
    back(&headers)
}

async fn lift(State(hands): State<Hands>, headers: HeaderMap) -> Response {
    hands.scale.lift();
    hands.board.lift();
    back(&headers)
}

/// A little more than the child of the waiting visit had the last time.
fn wanted(edge: &Edge, quantity: Quantity) -> u32 {
    let about = edge.instruments.list(quantity);
    let claim = about.first().and_then(|about| edge.instruments.watch(&about.id)?.borrow().claim);
    let ticket = claim.and_then(|visit| edge.store.ticket(visit).ok().flatten());
    let card = ticket.and_then(|ticket| edge.store.card(ticket.citizen));
    let last = card.and_then(|card| card.weighings.last().copied());
    match quantity {
        Quantity::Weight => last.map_or(8_400, |last| last.mass_g) + GAINED.0,
        Quantity::Length => last.and_then(|last| last.length_tenth_mm).unwrap_or(7_100) + GAINED.1,
    }
}

/// The page the button was on.
fn back(headers: &HeaderMap) -> Response {
    let from = headers.get(header::REFERER).and_then(|from| from.to_str().ok());
    let path =
        from.and_then(|from| from.split_once("://")?.1.split_once('/').map(|(_, path)| format!("/{path}")));
    Redirect::to(path.as_deref().unwrap_or("/")).into_response()
}
