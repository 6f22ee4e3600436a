//! From what the kader tapped to an event in the journal: never a number a browser made up, never twice.

use growth::plausibility::{Concern, Concerns, Limits, check};
use growth::{Measures, Visit};
use protocol::event::{Body, Entry, Instrument, Place, Replaces};
use protocol::growth::{Clothing, LengthTaken, NotTaken, Posture, Taken, Weighed, Window};
use protocol::{EventId, Month, event};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::Edge;
use crate::scales::Quantity;
use crate::staff::Staff;
use crate::store::{NewEvent, StoreError, Ticket};
use crate::visits::case::Case;
use crate::visits::draft::Locked;
use crate::visits::growing;
use crate::web::words;

/// What the page sends when *Simpan* is tapped.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::visits) struct SaveForm {
    /// The event this form was made for: an old page in another tab cannot overwrite a newer save.
    pub(in crate::visits) event: Option<Uuid>,
    /// The settled reading to keep.
    #[serde(deserialize_with = "blank_is_none")]
    pub(in crate::visits) reading: Option<Uuid>,
    /// Digits typed instead.
    pub(in crate::visits) typed: Option<String>,
    /// The reason there is no value.
    pub(in crate::visits) not: Option<String>,
    pub(in crate::visits) posture: Option<String>,
    pub(in crate::visits) oedema: Option<String>,
    pub(in crate::visits) clothed: Option<String>,
    /// The concerns she was asked about and insists on, by number, with commas.
    pub(in crate::visits) insisted: String,
}

/// What was read, and how it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::visits) enum Said {
    /// An instrument settled on it.
    Read(Locked),
    /// Typed by hand: grams, or tenths of a millimetre.
    Typed(u32),
    /// Nothing could be read.
    Not(NotTaken),
}

/// A form that cannot be saved as it is, in the words the page then shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::visits) struct Unclear(pub(in crate::visits) &'static str);

/// Everything that goes into the event beside its value.
pub(in crate::visits) struct Entered {
    pub(in crate::visits) said: Said,
    pub(in crate::visits) posture: Posture,
    pub(in crate::visits) oedema: bool,
    pub(in crate::visits) clothing: Clothing,
}

impl Entered {
    /// Reads the form against what the node itself knows.
    pub(in crate::visits) fn read(
        edge: &Edge,
        case: &Case,
        quantity: Quantity,
        form: &SaveForm,
    ) -> Result<Self, Unclear> {
        Ok(Self {
            said: said(edge, case, quantity, form)?,
            posture: form.posture.as_deref().and_then(posture).unwrap_or_else(|| case.posture()),
            oedema: form.oedema.is_some(),
            clothing: if form.clothed.is_some() { Clothing::Clothed } else { Clothing::Light },
        })
    }

    fn value(&self) -> Option<u32> {
        match &self.said {
            Said::Read(locked) => Some(locked.value),
            Said::Typed(value) => Some(*value),
            Said::Not(_) => None,
        }
    }

    fn taken(&self) -> Taken<u32> {
        match &self.said {
            Said::Read(locked) => Taken::Value(locked.value),
            Said::Typed(value) => Taken::Value(*value),
            Said::Not(why) => Taken::Not(*why),
        }
    }

    fn entry(&self) -> (Entry, Option<Instrument>, Option<Window>) {
        match &self.said {
            Said::Read(locked) => (Entry::Instrument, Some(locked.instrument.clone()), Some(locked.window)),
            Said::Typed(_) | Said::Not(_) => (Entry::Typed, None, None),
        }
    }

    /// What should be asked before this is kept, beside what she was already asked at the other station.
    pub(in crate::visits) fn concerns(&self, case: &Case, quantity: Quantity) -> Concerns {
        let Some(child) = growing::grower(&case.child.registered) else { return Concerns::default() };
        if self.value().is_none() {
            return Concerns::default();
        }
        let month = growth::Month(report_month(case).0);
        let now =
            Visit { on: case.now.today, month, from_book: false, measures: self.measures(case, quantity) };
        let today = case.now.believable.then_some(case.now.today);
        let asked = case.this().map(|record| match quantity {
            Quantity::Weight => {
                record.length.iter().flat_map(|seen| &seen.value.insisted).collect::<Vec<_>>()
            }
            Quantity::Length => record.weighed.iter().flat_map(|seen| &seen.value.insisted).collect(),
        });
        let asked = asked.into_iter().flatten().filter_map(|&code| Concern::from_code(code)).collect();
        check(&child, &now, &case.earlier(), today, &Limits::default()).without(asked)
    }

    fn measures(&self, case: &Case, quantity: Quantity) -> Measures {
        let saved = case.this().map(growing::measures).unwrap_or_default();
        let posture = Some(growing::posture(self.posture));
        match quantity {
            Quantity::Weight => Measures { mass_g: self.value(), oedema: self.oedema, ..saved },
            Quantity::Length => Measures { length_tenth_mm: self.value(), posture, ..saved },
        }
    }

    fn body(&self, case: &Case, quantity: Quantity, insisted: Vec<u8>) -> Body {
        let window = self.entry().2;
        match quantity {
            Quantity::Weight => Body::Weighed(Weighed {
                mass_g: self.taken(),
                oedema: self.oedema,
                clothing: self.clothing,
                repeat: case.ticket.draft.weight.repeats.saturating_add(1),
                window,
                insisted,
            }),
            Quantity::Length => Body::LengthTaken(LengthTaken {
                length_tenth_mm: self.taken(),
                posture: self.posture,
                repeat: case.ticket.draft.length.repeats.saturating_add(1),
                window,
                insisted,
            }),
        }
    }

    /// Keeps it: one event under the id minted with the ticket, and the ticket ticked off, in one transaction.
    pub(in crate::visits) async fn record(
        self,
        edge: &Edge,
        staff: &Staff,
        case: &Case,
        quantity: Quantity,
        insisted: Concerns,
    ) -> Result<Ticket, StoreError> {
        let insisted = insisted.iter().map(Concern::as_code).collect();
        let event = self.event(staff, case, quantity, insisted);
        let tick = move |ticket: &mut Ticket| tick_off(ticket, quantity);
        let ticket = edge.store.record_on_ticket(event, case.ticket.visit, tick).await?;
        ticket.ok_or(StoreError::Damaged)
    }

    fn event(&self, staff: &Staff, case: &Case, quantity: Quantity, insisted: Vec<u8>) -> NewEvent {
        let ticket = &case.ticket;
        let (entry, instrument, _) = self.entry();
        let (id, part, again) = match quantity {
            Quantity::Weight => (ticket.weight_event, &ticket.draft.weight, "ditimbang ulang"),
            Quantity::Length => (ticket.length_event, &ticket.draft.length, "diukur ulang"),
        };
        NewEvent {
            id,
            author: staff.author(),
            posyandu: ticket.posyandu,
            citizen: Some(ticket.citizen),
            visit: Some(event::Visit { id: ticket.visit, ticket: ticket.number, bpjs: None }),
            observed_on: case.now.today.into(),
            // one moment: a clock that is set meanwhile must not give it a day of before and a time of after
            recorded_at: case.now.stamp,
            report_month: report_month(case),
            place: Place::Posyandu,
            entry,
            instrument,
            replaces: part.replaces.map(|event| Replaces { event, reason: again.into() }),
            body: self.body(case, quantity, insisted),
        }
    }
}

/// The event a form for `quantity` is made for.
pub(in crate::visits) fn pending_event(ticket: &Ticket, quantity: Quantity) -> EventId {
    match quantity {
        Quantity::Weight => ticket.weight_event,
        Quantity::Length => ticket.length_event,
    }
}

/// A session's month: that of its first day; this visit's own first record, where there is one with a date.
fn report_month(case: &Case) -> Month {
    let first = case.this().filter(|record| !record.clock_unset);
    first.map_or_else(|| Month::of(case.now.today), |record| record.report_month)
}

fn tick_off(ticket: &mut Ticket, quantity: Quantity) {
    match quantity {
        Quantity::Weight => ticket.weighed = true,
        Quantity::Length => ticket.measured = true,
    }
    let part = crate::visits::part(&mut ticket.draft, quantity);
    part.typed.clear();
    part.locked = None;
}

fn said(edge: &Edge, case: &Case, quantity: Quantity, form: &SaveForm) -> Result<Said, Unclear> {
    if let Some(why) = &form.not {
        return reason(why).map(Said::Not).ok_or(Unclear("Pilih alasannya sekali lagi."));
    }
    if let Some(id) = form.reading {
        let kept = crate::visits::part_of(&case.ticket.draft, quantity).locked.clone();
        let locked = kept.filter(|locked| locked.reading == id);
        let locked = locked.or_else(|| edge.instruments.adopt(case.ticket.visit, quantity, id));
        return locked.map(Said::Read).ok_or(Unclear("Angkanya sudah berganti. Lihat lagi, lalu simpan."));
    }
    match &form.typed {
        Some(text) => typed(quantity, text).map(Said::Typed),
        None => Err(Unclear("Tunggu sampai siap, lalu simpan.")),
    }
}

/// A typed figure in grams or tenths of a millimetre. Nothing is rounded: too many decimals are said to be too many.
fn typed(quantity: Quantity, text: &str) -> Result<u32, Unclear> {
    let milli = words::typed_milli(text).filter(|&milli| milli > 0);
    match quantity {
        Quantity::Weight => milli.ok_or(Unclear("Tulis beratnya dalam kg, misalnya 8,45.")),
        Quantity::Length => milli
            .filter(|milli| milli % 10 == 0)
            .map(|milli| milli / 10)
            .ok_or(Unclear("Tulis panjangnya dalam cm, misalnya 73,2.")),
    }
}

pub(in crate::visits) fn reason(word: &str) -> Option<NotTaken> {
    match word {
        "cries" => Some(NotTaken::Cries),
        "refuses" => Some(NotTaken::Refuses),
        "ill" => Some(NotTaken::Ill),
        "no_instrument" => Some(NotTaken::NoInstrument),
        _ => None,
    }
}

pub(in crate::visits) fn posture(word: &str) -> Option<Posture> {
    match word {
        "lying" => Some(Posture::Lying),
        "standing" => Some(Posture::Standing),
        _ => None,
    }
}

/// The concerns a form insists on. Numbers that are none are passed over.
pub(in crate::visits) fn insisted(codes: &str) -> Concerns {
    codes.split(',').filter_map(|code| Concern::from_code(code.trim().parse().ok()?)).collect()
}

fn blank_is_none<'de, D: serde::Deserializer<'de>>(text: D) -> Result<Option<Uuid>, D::Error> {
    let text = String::deserialize(text)?;
    Ok(Uuid::parse_str(text.trim()).ok())
}
