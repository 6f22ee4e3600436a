//! From what the kader tapped to an event in the journal: never a number a browser made up, never twice.

use growth::plausibility::{Concern, Concerns, Limits, check};
use growth::{Measures, Visit};
use protocol::event::{Body, Entry, Instrument, Replaces};
use protocol::growth::{Carried, Clothing, LengthTaken, NotTaken, Posture, Taken, Weighed, Window};
use protocol::{EventId, VisitId};
use serde::Deserialize;
use uuid::Uuid;

use super::carry;
use super::repeat::Repeat;
use crate::app::Edge;
use crate::scales::{About, Quantity};
use crate::staff::Staff;
use crate::store::{NewEvent, StoreError, Ticket, whole};
use crate::visits::case::Case;
use crate::visits::draft::{Carrying, Locked};
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
    /// Both steps of a child in somebody's arms are to be kept: the readings the page showed, as [`carry::shown`] names
    /// them.
    pub(in crate::visits) carried: Option<String>,
    /// What was measured is kept, and the child is measured again.
    pub(in crate::visits) repeat: Option<String>,
    /// The twin's visit that the reading settled for: it was this child.
    pub(in crate::visits) from: Option<VisitId>,
}

/// What was read, and how it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::visits) enum Said {
    /// An instrument settled on it.
    Read(Locked),
    /// Two readings of a scale, with the child and without.
    Carried(Carried, Instrument),
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
    /// The twin's visit it settled for.
    from: Option<VisitId>,
    /// The division it was read by: grams, or tenths of a millimetre; 0 for what was typed.
    division: u32,
}

/// What follows a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::visits) enum After {
    /// The next station.
    Done,
    /// The same once more; this one counts until then.
    Again,
}

impl Entered {
    /// Reads the form against what the node itself knows.
    pub(in crate::visits) fn read(
        edge: &Edge,
        case: &Case,
        quantity: Quantity,
        form: &SaveForm,
    ) -> Result<Self, Unclear> {
        let said = said(edge, case, quantity, form)?;
        if let Said::Read(Locked { instrument, .. }) | Said::Carried(_, instrument) = &said {
            allowed(edge, quantity, instrument)?;
        }
        Ok(Self {
            division: division(edge, quantity, &said),
            said,
            from: form.from.filter(|from| case.twins.iter().any(|twin| twin.ticket.visit == *from)),
            posture: form.posture.as_deref().and_then(posture).unwrap_or_else(|| case.posture()),
            oedema: form.oedema.is_some(),
            clothing: if form.clothed.is_some() { Clothing::Clothed } else { Clothing::Light },
        })
    }

    pub(in crate::visits) fn value(&self) -> Option<u32> {
        self.taken().value()
    }

    pub(in crate::visits) fn taken(&self) -> Taken<u32> {
        match &self.said {
            Said::Read(locked) => Taken::Value(locked.value),
            Said::Carried(carried, _) => Taken::Value(carried.mass_g()),
            Said::Typed(value) => Taken::Value(*value),
            Said::Not(why) => Taken::Not(*why),
        }
    }

    fn entry(&self) -> (Entry, Option<Instrument>, Option<Window>) {
        match &self.said {
            Said::Read(locked) => (Entry::Instrument, Some(locked.instrument.clone()), Some(locked.window)),
            Said::Carried(_, instrument) => (Entry::Instrument, Some(instrument.clone()), None),
            Said::Typed(_) | Said::Not(_) => (Entry::Typed, None, None),
        }
    }

    /// What should be asked before this is kept, beside what she was already asked at the other station.
    pub(in crate::visits) fn concerns(&self, case: &Case, quantity: Quantity) -> Concerns {
        let Some(child) = growing::grower(&case.child.registered) else { return Concerns::default() };
        if self.value().is_none() {
            return Concerns::default();
        }
        let month = growth::Month(case.report_month().0);
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
        let unlikely = check(&child, &now, &case.earlier(), today, &Limits::default()).without(asked);
        let twin = (!case.twins.is_empty(), Concern::Twin);
        let repeats = self.repeat(case, quantity).map(|repeat| repeat.concern());
        unlikely.union([twin].into_iter().collect()).union(repeats.into_iter().flatten().collect())
    }

    /// Of the concerns, those a second measurement has answered: it came to the same.
    pub(in crate::visits) fn answered(&self, case: &Case, quantity: Quantity) -> Concerns {
        self.repeat(case, quantity).map(|repeat| repeat.answers()).unwrap_or_default()
    }

    /// This measurement beside those of the same visit before it; `None` if there is no value.
    pub(in crate::visits) fn repeat(&self, case: &Case, quantity: Quantity) -> Option<Repeat> {
        let part = crate::visits::part_of(&case.ticket.draft, quantity);
        let before = case.this().filter(|_| part.replaces.is_some());
        let seen = before.and_then(|record| match quantity {
            Quantity::Weight => {
                record.weighed.as_ref().map(|seen| (seen.value.mass_g.value(), &seen.value.insisted))
            }
            Quantity::Length => {
                record.length.as_ref().map(|seen| (seen.value.length_tenth_mm.value(), &seen.value.insisted))
            }
        });
        let (first, insisted) = seen.unzip();
        Some(Repeat {
            quantity,
            value: self.value()?,
            division: self.division,
            first: first.flatten(),
            insisted: insisted.into_iter().flatten().filter_map(|&code| Concern::from_code(code)).collect(),
            repeats: part.repeats,
            is_first_ever: case.last(quantity).is_none(),
        })
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
                carried: match &self.said {
                    Said::Carried(carried, _) => Some(*carried),
                    Said::Read(_) | Said::Typed(_) | Said::Not(_) => None,
                },
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

    /// Keeps it: one event under the id minted with the ticket, and the ticket ticked off, in one transaction. What had
    /// settled for a twin was this child's: the twin waits for a number of its own.
    pub(in crate::visits) async fn record(
        self,
        edge: &Edge,
        staff: &Staff,
        case: &Case,
        quantity: Quantity,
        insisted: Concerns,
        after: After,
    ) -> Result<Ticket, StoreError> {
        let insisted = insisted.iter().map(Concern::as_code).collect();
        let event = self.event(staff, case, quantity, insisted);
        let tick = move |ticket: &mut Ticket| {
            tick_off(ticket, quantity);
            if after == After::Again {
                put_aside(ticket, quantity);
            }
        };
        let (edge, visit, from) = (edge.clone(), case.ticket.visit, self.from);
        let recorded = whole(async move {
            let ticket = match from {
                Some(twin) => {
                    let give_up = move |ticket: &mut Ticket| empty(ticket, quantity);
                    edge.store.record_on_tickets(event, (visit, tick), (twin, give_up)).await?
                }
                None => edge.store.record_on_ticket(event, visit, tick).await?,
            };
            match after {
                After::Done => edge.instruments.release(visit, quantity),
                After::Again => edge.instruments.discard(visit, quantity),
            }
            from.into_iter().for_each(|twin| edge.instruments.discard(twin, quantity));
            ticket.ok_or(StoreError::Damaged)
        });
        recorded.await
    }

    /// The event it becomes, as it would stand at the posyandu.
    pub(in crate::visits) fn event(
        &self,
        staff: &Staff,
        case: &Case,
        quantity: Quantity,
        insisted: Vec<u8>,
    ) -> NewEvent {
        let ticket = &case.ticket;
        let (entry, instrument, _) = self.entry();
        let (id, part, again) = match quantity {
            Quantity::Weight => (ticket.weight_event, &ticket.draft.weight, "ditimbang ulang"),
            Quantity::Length => (ticket.length_event, &ticket.draft.length, "diukur ulang"),
        };
        NewEvent {
            entry,
            instrument,
            replaces: part.replaces.map(|event| Replaces { event, reason: again.into() }),
            ..case.event(staff, id, self.body(case, quantity, insisted))
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

fn tick_off(ticket: &mut Ticket, quantity: Quantity) {
    match quantity {
        Quantity::Weight => ticket.weighed = true,
        Quantity::Length => ticket.measured = true,
    }
    empty(ticket, quantity);
    if quantity == Quantity::Weight {
        ticket.draft.carrying = ticket.draft.carrying.take().map(|_| Carrying::default());
    }
}

/// Empties a half-filled measurement. Of a child in somebody's arms a single step stays: the other one is what failed.
pub(in crate::visits) fn empty(ticket: &mut Ticket, quantity: Quantity) {
    let part = crate::visits::part(&mut ticket.draft, quantity);
    part.typed.clear();
    part.locked = None;
    if let (Quantity::Weight, Some(carrying)) = (quantity, &mut ticket.draft.carrying)
        && carry::next(carrying).is_none()
    {
        *carrying = Carrying::default();
    }
}

/// What was read or typed does not count; what was already saved does, until a newer event replaces it.
pub(in crate::visits) fn put_aside(ticket: &mut Ticket, quantity: Quantity) {
    empty(ticket, quantity);
    let (event, saved) = match quantity {
        Quantity::Weight => (&mut ticket.weight_event, &mut ticket.weighed),
        Quantity::Length => (&mut ticket.length_event, &mut ticket.measured),
    };
    let part = crate::visits::part(&mut ticket.draft, quantity);
    if std::mem::take(saved) {
        part.replaces = Some(std::mem::replace(event, EventId(Uuid::now_v7())));
        part.repeats = part.repeats.saturating_add(1);
        ticket.closed = false;
    }
}

fn said(edge: &Edge, case: &Case, quantity: Quantity, form: &SaveForm) -> Result<Said, Unclear> {
    if let Some(why) = &form.not {
        return reason(why).map(Said::Not).ok_or(Unclear("Pilih alasannya sekali lagi."));
    }
    if let Some(shown) = &form.carried {
        let carrying = case.ticket.draft.carrying.clone().unwrap_or_default();
        let between = carry::between(&carrying).map_err(|doubt| Unclear(doubt.say()))?;
        if *shown != carry::shown(&carrying) {
            return Err(Unclear("Salah satu langkah sudah diulang. Lihat lagi angkanya, lalu simpan."));
        }
        return Ok(Said::Carried(between.0, between.1));
    }
    if let Some(id) = form.reading {
        return settled(edge, case, quantity, form, id).map(Said::Read);
    }
    match &form.typed {
        Some(text) => typed(quantity, text).map(Said::Typed),
        None => Err(Unclear("Tunggu sampai siap, lalu simpan.")),
    }
}

/// The settled reading of this name: of this visit, or of a twin's of whom the kader said that it was this child.
pub(super) fn settled(
    edge: &Edge,
    case: &Case,
    quantity: Quantity,
    form: &SaveForm,
    reading: Uuid,
) -> Result<Locked, Unclear> {
    let twin = case.twins.iter().map(|twin| &twin.ticket).find(|ticket| Some(ticket.visit) == form.from);
    let ticket = twin.unwrap_or(&case.ticket);
    let kept = crate::visits::part_of(&ticket.draft, quantity).locked.clone();
    kept.filter(|locked| locked.reading == reading)
        .or_else(|| edge.instruments.adopt(ticket.visit, quantity, reading))
        .ok_or(Unclear("Angkanya sudah berganti. Lihat lagi, lalu simpan."))
}

/// The instrument something was read from, whatever it is called by now: a name that one has ever borne is nobody else's.
/// `None` if it has been let go.
fn read_from(edge: &Edge, quantity: Quantity, instrument: &Instrument) -> Option<About> {
    let all = edge.instruments.all().into_iter().map(|(about, _)| about);
    let mut all = all.filter(|about| about.quantity() == Some(quantity));
    all.find(|about| edge.workshop.names(&about.id, &about.name).contains(&instrument.name))
}

/// A check may have found an instrument wrong after something settled on it: where the settings refuse such a one, that
/// counts for what is not saved yet. One that was let go meanwhile cannot be asked.
fn allowed(edge: &Edge, quantity: Quantity, instrument: &Instrument) -> Result<(), Unclear> {
    let Some(about) = read_from(edge, quantity, instrument) else {
        return Err(Unclear("Alat ini sudah dilepas. Ulangi dengan alat lain, atau ketik angkanya."));
    };
    if !edge.instruments.list(quantity).iter().any(|usable| usable.id == about.id) {
        return Err(Unclear(
            "Alat ini tidak dipakai dulu, sampai diperiksa dan tepat. Ulangi dengan alat lain, atau ketik angkanya.",
        ));
    }
    Ok(())
}

/// The division of the instrument something was read from.
fn division(edge: &Edge, quantity: Quantity, said: &Said) -> u32 {
    match said {
        Said::Read(locked) => read_from(edge, quantity, &locked.instrument).map_or(0, |about| about.division),
        Said::Carried(carried, _) => carried.division_g,
        Said::Typed(_) | Said::Not(_) => 0,
    }
}

/// A typed figure in grams or tenths of a millimetre. Nothing is rounded: too many decimals are said to be too many.
pub(in crate::visits) fn typed(quantity: Quantity, text: &str) -> Result<u32, Unclear> {
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
