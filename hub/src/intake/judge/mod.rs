//! Can this event be taken? If not, the reason in words a kader can read.

mod service;

use chrono::{Datelike, NaiveDate};
use protocol::check::InstrumentChecked;
use protocol::growth::{Carried, Taken};
use protocol::registry::{Person, PersonEdited, Sex};
use protocol::{Body, Event, Frame, FrameError, Header, LocalDate, NodeId, Stamp};
use uuid::Uuid;

use service::check_service;

/// Heavier than any person on any instrument, in grams.
const HEAVIEST_G: u32 = 300_000;
/// Heavier than any newborn, in grams.
const HEAVIEST_BIRTH_G: u32 = 20_000;
/// Longer than any person on any instrument, in tenths of a millimetre.
const LONGEST_TENTH_MM: u32 = 25_000;
/// Characters of a NIK, even a wrong one.
const LONGEST_NIK: usize = 100;
/// Characters of anything else said of a person in words.
const LONGEST_TEXT: usize = 200;
/// Characters of a name.
const LONGEST_NAME: usize = 100;

/// What was found in one frame.
#[derive(Debug)]
pub(crate) struct Judged {
    /// Its place in the journal, by the batch it came in.
    pub(crate) sequence: u64,
    pub(crate) frame: Frame,
    /// The event's own id, if it could be read.
    pub(crate) event_id: Option<Uuid>,
    /// The day it says it happened on, if it could be read and people write such years.
    pub(crate) observed_on: Option<NaiveDate>,
    /// The event, or why it must be set aside.
    pub(crate) event: Result<Box<Event>, Refusal>,
}

/// Why an event cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// In words a kader can read.
    pub(crate) reason: String,
    /// Nobody can read it yet; a later version of the hub may.
    pub(crate) is_unknown: bool,
}

/// Judges a frame that came as `sequence` of this life of this node's journal. Pure; whether the node serves the
/// posyandu is asked where the answer cannot change any more.
pub(crate) fn judge(node: NodeId, incarnation: u32, sequence: u64, frame: Frame) -> Judged {
    let decoded = frame.decode();
    let header = match &decoded {
        Ok(event) => Some(&event.header),
        Err(FrameError::UnknownKind { header, .. }) => Some(&**header),
        Err(_) => None,
    };
    let event_id = header.map(|header| header.id.0);
    let observed_on = header.and_then(|header| date(header.observed_on));
    let event = decoded.map_err(|error| unreadable(&error)).and_then(|event| {
        let checked = check(&event, node, incarnation, sequence);
        checked.map_err(|reason| Refusal { reason, is_unknown: false })?;
        Ok(Box::new(event))
    });
    Judged { sequence, frame, event_id, observed_on, event }
}

/// The reason given to an event of a posyandu the node does not serve.
pub(crate) fn not_served() -> String {
    "Alat ini tidak terdaftar untuk posyandu pada catatan ini. Catatan disimpan; minta Puskesmas mendaftarkannya.".into()
}

/// The reason given to an event the tables refuse although nothing seemed wrong with it.
pub(crate) fn not_kept() -> String {
    "Catatan ini tidak bisa dimasukkan ke buku Puskesmas. Salinannya disimpan dan akan diperiksa petugas."
        .into()
}

fn unreadable(error: &FrameError) -> Refusal {
    let is_unknown = matches!(error, FrameError::UnknownKind { .. } | FrameError::UnknownShape(_));
    let reason = match error {
        FrameError::UnknownKind { kind, version, .. } => format!(
            "Jenis catatan {kind} versi {version} belum dikenal di Puskesmas. Catatan disimpan dan dibaca setelah \
             sistem diperbarui."
        ),
        FrameError::UnknownShape(shape) => format!(
            "Bentuk catatan {shape} belum dikenal di Puskesmas. Catatan disimpan dan dibaca setelah sistem diperbarui."
        ),
        FrameError::Truncated | FrameError::Length(_) | FrameError::Malformed => {
            refused("Catatan ini rusak dan tidak bisa dibaca")
        }
    };
    Refusal { reason, is_unknown }
}

fn refused(what: &str) -> String {
    format!("{what}. Salinannya disimpan di Puskesmas; periksa, lalu catat ulang.")
}

fn check(event: &Event, node: NodeId, incarnation: u32, sequence: u64) -> Result<(), String> {
    let header = &event.header;
    let claimed = (header.node, header.incarnation, header.sequence);
    require(claimed == (node, incarnation, sequence), "Catatan ini menyebut alat atau nomor urut yang lain")?;
    check_dates(header)?;
    let of_somebody = header.citizen.is_some() || event.body.is_of_nobody();
    require(of_somebody, "Catatan ini tidak menyebut anak siapa")?;
    if let Some(replaces) = &header.replaces {
        require(is_plain(&replaces.reason), "Alasan pembetulan tidak bisa dibaca")?;
    }
    match &event.body {
        Body::ChildRegistered(child) => check_person(&child.into()),
        Body::AdultRegistered(adult) => check_person(&adult.into()),
        Body::Weighed(weighed) => {
            require(header.visit.is_some(), "Timbangan ini tidak menyebut kunjungan mana")?;
            require(within(weighed.mass_g, HEAVIEST_G), "Berat itu tidak mungkin dari timbangan mana pun")?;
            let lies_between = weighed.carried.is_none_or(|carried| gives(&carried, weighed.mass_g));
            require(lies_between, "Berat anak ini bukan selisih kedua timbangan gendongnya")
        }
        Body::LengthTaken(length) => {
            require(header.visit.is_some(), "Pengukuran ini tidak menyebut kunjungan mana")?;
            require(
                within(length.length_tenth_mm, LONGEST_TENTH_MM),
                "Panjang itu tidak mungkin dari alat ukur mana pun",
            )
        }
        Body::ClockFound(found) => {
            let shown = found.date_of(&Stamp { boot: found.boot, ..header.recorded_at }).and_then(date);
            require(shown.is_some(), "Jam yang ditemukan tidak ada di kalender")
        }
        Body::PersonEdited(edited) => check_edit(edited),
        Body::PersonLeft(_) => Ok(()),
        Body::InstrumentChecked(checked) => check_instrument(header, checked),
        body => check_service(header, body),
    }
}

fn check_instrument(header: &Header, checked: &InstrumentChecked) -> Result<(), String> {
    let named = header.instrument.as_ref().is_some_and(|instrument| is_plain(&instrument.name));
    require(named && is_plain(&checked.device), "Pemeriksaan ini tidak menyebut alat yang mana")
}

/// A date that is merely wrong is kept and marked; one that no calendar shows cannot be.
fn check_dates(header: &Header) -> Result<(), String> {
    let reported = header.report_month.first_day();
    let possible = date(header.observed_on).is_some() && reported.is_some_and(shows);
    require(possible, "Tanggal pada catatan ini tidak ada di kalender")
}

fn check_person(child: &Person) -> Result<(), String> {
    let named = !child.name.trim().is_empty() && child.name.chars().count() <= LONGEST_NAME;
    require(named && is_plain(&child.name), "Namanya kosong atau terlalu panjang")?;
    let mother = child.mother.chars().count() <= LONGEST_NAME && is_plain(&child.mother);
    require(mother, "Nama ibu terlalu panjang")?;
    // A NIK copied wrongly is asked about at the posyandu and kept if the kader insists: no reason to lose the child.
    let nik = child.nik.as_deref().is_none_or(|nik| nik.chars().count() <= LONGEST_NIK && is_plain(nik));
    require(nik, "NIK itu tidak bisa dibaca")?;
    require(date(child.birth_date).is_some(), "Tanggal lahir itu tidak ada di kalender")?;
    let newborn = child.birth_mass_g.is_none_or(|mass_g| (1..=HEAVIEST_BIRTH_G).contains(&mass_g));
    require(newborn, "Berat lahir itu tidak mungkin")?;
    let words = [&child.family_card, &child.address, &child.phone, &child.guardian, &child.card, &child.home];
    let mut words = words.into_iter().flatten().chain(child.consent.as_ref().map(|consent| &consent.by));
    let is_short = |text: &String| text.chars().count() <= LONGEST_TEXT && is_plain(text);
    require(words.all(is_short), "Keterangan orang ini terlalu panjang")
}

/// An edit must leave a registration that could have been made so in the first place.
fn check_edit(edited: &PersonEdited) -> Result<(), String> {
    let mut person = Person::new("-".into(), None, LocalDate(0), Sex::Female);
    edited.edit.apply(&mut person);
    check_person(&person)
}

fn require(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(refused(otherwise)) }
}

fn within(taken: Taken<u32>, most: u32) -> bool {
    taken.value().is_none_or(|value| (1..=most).contains(&value))
}

/// Whether what was carried is what lies between the two readings, and they say how fine it is.
fn gives(carried: &Carried, taken: Taken<u32>) -> bool {
    let between = carried.together.mass_g.checked_sub(carried.alone.mass_g);
    carried.division_g > 0 && between.is_some_and(|mass_g| mass_g > 0 && taken == Taken::Value(mass_g))
}

/// Text a page can show: the database itself refuses the NUL.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|letter| letter.is_control() && letter != '\n')
}

/// The calendar date, in years people write with four digits.
fn date(day: LocalDate) -> Option<NaiveDate> {
    day.to_naive().filter(|&date| shows(date))
}

fn shows(date: NaiveDate) -> bool {
    (1000..=9999).contains(&date.year())
}
