//! The number that moves: what the instrument shows, in the words and figures of one child's page.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::carry;
use crate::app::Edge;
use crate::config::InstrumentKind;
use crate::scales::{About, Live, Phase, Quantity, Upset};
use crate::store::Store;
use crate::visits::case::Case;
use crate::web::words;
use protocol::VisitId;

/// Ten times a second, in the kader's own time.
const TICK: Duration = Duration::from_millis(100);

/// An idle stream still says something, so that a phone notices when the node is gone.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// What the live part of a page shows. The script receives exactly this, and the page is first drawn from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::visits) struct View {
    /// Chooses shape and colour: `kosong`, `bergerak`, `siap`, `tawaran`, `sisa`, `dipakai`, `putus`, `salah`.
    pub(in crate::visits) state: &'static str,
    /// The state in words.
    pub(in crate::visits) word: String,
    /// The figure without its unit.
    pub(in crate::visits) figure: String,
    /// How much of the settling is done, in percent.
    pub(in crate::visits) progress: u8,
    /// What to do now; may be empty.
    pub(in crate::visits) note: String,
    /// The settled reading *Simpan* would keep.
    pub(in crate::visits) reading: Option<Uuid>,
    /// What stands on the button.
    pub(in crate::visits) button: String,
}

/// Who looks at an instrument, for what.
#[derive(Debug, Clone)]
pub(in crate::visits) struct Looker {
    visit: VisitId,
    name: String,
    quantity: Quantity,
    about: About,
    /// The next step of a child in somebody's arms, from 1.
    step: Option<u8>,
}

impl Looker {
    pub(in crate::visits) fn new(case: &Case, quantity: Quantity, about: &About) -> Self {
        let name = case.child.registered.name.clone();
        let carrying = case.ticket.draft.carrying.as_ref().filter(|_| quantity == Quantity::Weight);
        let step = carrying.and_then(carry::next);
        Self { visit: case.ticket.visit, name, quantity, about: about.clone(), step }
    }

    /// What to show. A reading already kept for this visit stands before whatever the instrument does now.
    pub(in crate::visits) fn view(&self, live: &Live, store: &Store) -> View {
        if let Some((reading, value)) = self.kept(live, store) {
            return self.ready("siap", reading, value, self.button(), String::new());
        }
        let other = live.claim.filter(|&claimed| claimed != self.visit);
        if let (Some(offer), None) = (&live.offer, other) {
            let place = self.place();
            let note = if offer.awaited {
                format!("Angka yang baru dikirim {place}. Benar {}?", self.name)
            } else {
                format!("Sudah di {place} sebelum halaman ini dibuka. Benar {}?", self.name)
            };
            let button = format!("Ini {}. {}", self.name, self.button());
            return self.ready("tawaran", offer.reading, offer.value, button, note);
        }
        if !live.connected {
            return self.unconnected();
        }
        if let Some(other) = other {
            let other = named(store, other);
            return self.blank(
                "dipakai",
                "sedang dipakai",
                format!("{} sedang menunggu {other}.", self.about.name),
            );
        }
        match live.upset {
            Some(upset) => self.blank("salah", "belum terbaca", upset_note(upset, self.about.kind).into()),
            None => self.unsettled(live),
        }
    }

    /// A cable is pulled; what has none is asleep until somebody is weighed on it.
    fn unconnected(&self) -> View {
        let name = &self.about.name;
        if self.about.wireless {
            let note =
                format!("{name} belum tersambung. Nyalakan, timbang seperti biasa, atau ketik angkanya.");
            return self.blank("putus", "belum tersambung", note);
        }
        let note = format!("{name} terputus. Data tadi aman. Periksa kabelnya.");
        self.blank("putus", "terputus", note)
    }

    fn unsettled(&self, live: &Live) -> View {
        let (state, word, note) = match live.phase {
            Phase::Empty => ("kosong", self.emptiness(), self.invitation().to_owned()),
            Phase::Moving if live.slow => ("bergerak", "belum stabil", "Boleh ketik angkanya.".into()),
            Phase::Moving => ("bergerak", "masih bergerak", String::new()),
            Phase::Resting => ("sisa", "kosongkan dulu", format!("Kosongkan {} dulu.", self.place())),
        };
        let figure = signed_figure(self.quantity, live.value);
        let View { reading, button, .. } = self.blank(state, word, String::new());
        View { state, word: word.into(), figure, progress: live.progress, note, reading, button }
    }

    /// The reading that belongs to this visit: fresh from the instrument, or kept on the node since before.
    fn kept(&self, live: &Live, store: &Store) -> Option<(Uuid, u32)> {
        let fresh = live.locked.as_ref().filter(|locked| locked.visit == self.visit);
        if let Some(fresh) = fresh {
            return Some((fresh.reading.reading, fresh.reading.value));
        }
        let ticket = store.ticket(self.visit).ok()??;
        crate::visits::part_of(&ticket.draft, self.quantity)
            .locked
            .as_ref()
            .map(|locked| (locked.reading, locked.value))
    }

    fn button(&self) -> String {
        self.step.map_or_else(|| "Simpan".into(), |step| format!("Simpan langkah {step}"))
    }

    /// A board is never empty: it stands somewhere.
    fn emptiness(&self) -> &'static str {
        match self.quantity {
            Quantity::Weight => "kosong",
            Quantity::Length => "menunggu",
        }
    }

    fn invitation(&self) -> &'static str {
        match (self.about.kind, self.step) {
            (_, Some(1)) => "Pengasuh naik sambil menggendong anak. Boleh juga sendiri dulu.",
            (_, Some(_)) => "Sekarang yang satunya: pengasuh sendiri, atau dengan anaknya.",
            (InstrumentKind::InfantScale, None) => "Letakkan anak di timbangan.",
            (InstrumentKind::StandingScale, None) => "Anak naik dan berdiri tegak.",
            (InstrumentKind::LengthBoard, None) => "Tempelkan papan ukur ke anak.",
            (InstrumentKind::BloodPressureMeter | InstrumentKind::GlucoseMeter, None) => "",
        }
    }

    fn place(&self) -> &'static str {
        match self.quantity {
            Quantity::Weight => "timbangan",
            Quantity::Length => "papan ukur",
        }
    }

    fn ready(&self, state: &'static str, reading: Uuid, value: u32, button: String, note: String) -> View {
        let figure = figure(self.quantity, value);
        View { state, word: "siap".into(), figure, progress: 100, note, reading: Some(reading), button }
    }

    fn blank(&self, state: &'static str, word: &str, note: String) -> View {
        let figure = "–".into();
        View { state, word: word.into(), figure, progress: 0, note, reading: None, button: "Simpan".into() }
    }
}

/// What lies on the instrument, below zero included.
fn signed_figure(quantity: Quantity, value: i32) -> String {
    let sign = if value < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", figure(quantity, value.unsigned_abs()))
}

/// A value without its unit, as the large number shows it.
fn figure(quantity: Quantity, value: u32) -> String {
    match quantity {
        Quantity::Weight => words::kg_figure(value).to_string(),
        Quantity::Length => words::cm_figure(value).to_string(),
    }
}

const fn upset_note(upset: Upset, kind: InstrumentKind) -> &'static str {
    match (upset, kind) {
        (Upset::TooMuch, InstrumentKind::InfantScale) => {
            "Terlalu berat untuk timbangan bayi (paling berat 20 kg). Turunkan, lalu pakai timbangan injak."
        }
        (Upset::TooMuch, InstrumentKind::StandingScale) => {
            "Terlalu berat untuk timbangan ini. Turunkan dulu."
        }
        (Upset::TooMuch, InstrumentKind::LengthBoard) => "Terlalu panjang untuk papan ini.",
        (Upset::TooMuch, InstrumentKind::BloodPressureMeter | InstrumentKind::GlucoseMeter) => {
            "Terlalu tinggi untuk alat ini."
        }
        (Upset::TooLittle, _) => "Angkanya di bawah nol. Kosongkan, lalu tekan nol di alatnya.",
        (Upset::Unwell, _) => "Alatnya melaporkan gangguan. Matikan, nyalakan lagi, atau ketik angkanya.",
        (Upset::Unreadable, _) => "Kirimannya tidak terbaca. Periksa kabel dan pengaturannya.",
        (Upset::Undated, _) => "Jam di alatnya belum benar. Atur dulu jamnya.",
        (Upset::Silent, _) => "Alatnya belum mengirim angka. Nyalakan dulu, atau ketik angkanya.",
    }
}

/// `018 Budi`, for a visit some other phone is busy with.
pub(in crate::visits) fn named(store: &Store, visit: VisitId) -> String {
    let ticket = store.ticket(visit).ok().flatten();
    let child = ticket.as_ref().and_then(|ticket| store.child(ticket.citizen).ok().flatten());
    match (ticket, child) {
        (Some(ticket), Some(child)) => format!("{:03} {}", ticket.number, child.registered.name),
        _ => "anak lain".into(),
    }
}

/// One phone's stream of views; ends when the node stops.
pub(in crate::visits) fn stream(
    edge: &Edge,
    looker: Looker,
    live: watch::Receiver<Live>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let watching = Watching {
        looker,
        live,
        store: edge.store.clone(),
        stop: edge.instruments.stopping(),
        sent: None,
        sent_at: Instant::now(),
    };
    let events = futures_util::stream::unfold(watching, async |mut watching| {
        let view = watching.next().await?;
        let event = Event::default().json_data(&view).expect("a view is plain text and figures");
        Some((Ok(event), watching))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

struct Watching {
    looker: Looker,
    live: watch::Receiver<Live>,
    store: Store,
    stop: tokio_util::sync::CancellationToken,
    sent: Option<View>,
    sent_at: Instant,
}

impl Watching {
    /// The next view worth sending: at once when the state changes, else ten times a second while the number moves.
    async fn next(&mut self) -> Option<View> {
        loop {
            let view = self.looker.view(&self.live.borrow_and_update(), &self.store);
            let state = self.sent.as_ref().map(|sent| sent.state);
            if state != Some(view.state) || self.sent.as_ref().map(|sent| sent.reading) != Some(view.reading)
            {
                return Some(self.sending(view));
            }
            let due = self.sent_at + TICK;
            if Instant::now() >= due && (self.sent.as_ref() != Some(&view) || view.state == "bergerak") {
                return Some(self.sending(view));
            }
            self.pause(due).await?;
        }
    }

    /// Waits for a change, or for the tick if one is due for a number that moves. `None` when the node stops.
    async fn pause(&mut self, due: Instant) -> Option<()> {
        let now = Instant::now();
        let wake = if now < due { due } else { now + TICK };
        tokio::select! {
            () = self.stop.cancelled() => None,
            changed = self.live.changed() => changed.ok(),
            () = tokio::time::sleep_until(wake) => Some(()),
        }
    }

    fn sending(&mut self, view: View) -> View {
        self.sent_at = Instant::now();
        self.sent = Some(view.clone());
        view
    }
}
