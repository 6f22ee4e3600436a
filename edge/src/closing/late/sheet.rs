//! A sheet of rows: each is read against the children of the posyandu, and becomes a weighing and a length.

use std::collections::HashMap;
use std::sync::Arc;

use axum::response::Response;
use chrono::NaiveDate;
use growth::Visit;
use growth::plausibility::{Concerns, Limits, check};
use protocol::event::{self, Entry, Place};
use protocol::growth::{Clothing, LengthTaken, Posture, Taken, Weighed};
use protocol::{Body, EventId, Month, VisitId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{ROWS, Row, RowsPage, When};
use crate::app::Edge;
use crate::closing::{count, row_code};
use crate::day;
use crate::staff::Staff;
use crate::store::{self, Card, NewEvent};
use crate::web::{Shell, Trouble, page, words};

/// Standing from this age in months.
const STANDS: i32 = 24;

/// Everything a row is read against.
pub(super) struct Sheet {
    day: NaiveDate,
    place: (&'static str, Place),
    month: Month,
    today: Option<NaiveDate>,
    children: HashMap<String, Vec<Arc<Card>>>,
}

/// A row that can be kept.
pub(super) struct Measured {
    child: Arc<Card>,
    mass_g: Option<u32>,
    length_tenth_mm: Option<u32>,
    posture: Posture,
    insisted: Concerns,
}

impl Sheet {
    pub(super) fn of(edge: &Edge, staff: &Staff, when: &When) -> Result<Option<Self>, Trouble> {
        let now = edge.clock.now();
        let (Some(day), Some(place)) = (when.day(now.today), when.place()) else { return Ok(None) };
        let month = match place.1 {
            Place::Posyandu => day::report_month(edge, staff.posyandu.id, day),
            _ => day::month_away(edge, day)?,
        };
        let mut children: HashMap<String, Vec<Arc<Card>>> = HashMap::new();
        for card in edge.store.cards().into_iter().filter(|card| card.stay.posyandu == staff.posyandu.id) {
            children.entry(row_code::of(card.citizen)).or_default().push(card);
        }
        let today = now.believable.then_some(now.today);
        Ok(Some(Self { day, place, month, today, children }))
    }

    /// Reads a row; what is wrong or asked is written into it.
    pub(super) fn read(
        &self,
        row: &mut Row,
        visit_id: VisitId,
        which: Option<Uuid>,
        insists: bool,
    ) -> Option<Measured> {
        let say = |row: &mut Row, what: &str| {
            row.wrong = Some(what.into());
            None
        };
        let Some(code) = row_code::typed(&row.code) else {
            return say(row, "Kode baris ini salah ketik. Lihat lagi di kertas.");
        };
        let here = self.children.get(&code).map(Vec::as_slice).unwrap_or_default();
        let child = match here {
            [] => return say(row, "Tidak ada anak dengan kode ini di posyandu ini."),
            [one] => one.clone(),
            several => match several.iter().find(|card| Some(card.citizen.0) == which) {
                Some(one) => one.clone(),
                None => {
                    row.which = several.iter().map(|card| (card.citizen, card.person.name.clone())).collect();
                    return say(row, "Dua anak berkode sama. Pilih yang mana.");
                }
            },
        };
        row.name = Some(child.person.name.clone());
        let figure = |text: &str| words::typed_milli(text).filter(|&milli| milli > 0);
        let mass_g = if row.mass.is_empty() { Some(None) } else { figure(&row.mass).map(Some) };
        let Some(mass_g) = mass_g else { return say(row, "Tulis beratnya dalam kg, misalnya 8,45.") };
        let tenths = figure(&row.length).filter(|milli| milli % 10 == 0).map(|milli| Some(milli / 10));
        let length = if row.length.is_empty() { Some(None) } else { tenths };
        let Some(length_tenth_mm) = length else {
            return say(row, "Tulis panjangnya dalam cm, misalnya 73,2.");
        };
        if mass_g.is_none() && length_tenth_mm.is_none() {
            return say(row, "Berat atau panjangnya belum diisi.");
        }
        let grower = count::grower(&child).filter(|grower| grower.birth_date <= self.day);
        let Some(grower) = grower else { return say(row, "Anak ini belum lahir pada tanggal itu.") };
        let stands = growth::completed_months(grower.birth_date, self.day) >= STANDS;
        let posture = if stands { Posture::Standing } else { Posture::Lying };
        // a second tap finds what the first one kept
        let others = || child.weighings.iter().filter(|weighed| weighed.visit != visit_id);
        let same_day = others().find(|weighed| weighed.on == self.day && mass_g.is_some());
        let now = Visit {
            on: self.day,
            month: growth::Month(self.month.0),
            from_book: false,
            measures: growth::Measures {
                mass_g,
                length_tenth_mm,
                posture: Some(if stands { growth::Posture::Standing } else { growth::Posture::Lying }),
                ..growth::Measures::default()
            },
        };
        let earlier: Vec<Visit> = others().map(visit).collect();
        let concerns = check(&grower, &now, &earlier, self.today, &Limits::default());
        let mut asked: Vec<String> = concerns.iter().map(|concern| concern.ask().to_owned()).collect();
        asked.extend(same_day.map(|seen| format!("Tanggal itu sudah tercatat {}.", words::kg(seen.mass_g))));
        if !asked.is_empty() && !insists {
            row.asks = true;
            return say(row, &asked.join(" "));
        }
        Some(Measured { child, mass_g, length_tenth_mm, posture, insisted: concerns })
    }

    pub(super) fn draw(
        &self,
        edge: &Edge,
        staff: &Staff,
        when: When,
        again: Vec<Row>,
        saved: usize,
    ) -> Result<Response, Trouble> {
        let mut rows = again;
        let used: Vec<usize> = rows.iter().map(|row| row.number).collect();
        let free = (0..ROWS).filter(|number| !used.contains(number));
        rows.extend(free.map(|number| Row { number, ..Row::default() }));
        page(&RowsPage {
            shell: Shell::of(edge, staff),
            day: words::weekday_date(self.day),
            place: self.place.0,
            month: words::month_year(self.month),
            is_other_month: self.month != Month::of(self.day),
            when,
            sheet: Uuid::now_v7(),
            saved,
            rows,
        })
    }
}

fn visit(weighed: &store::Weighed) -> Visit {
    let (on, month) = (weighed.on, growth::Month(weighed.month.0));
    Visit { on, month, from_book: weighed.from_book, measures: count::measures(weighed) }
}

impl Measured {
    /// Its events; their ids follow from the sheet and the row, so that a double tap is the same.
    pub(super) fn events(
        &self,
        edge: &Edge,
        staff: &Staff,
        sheet: &Sheet,
        id: Uuid,
        number: usize,
    ) -> impl Iterator<Item = NewEvent> + use<> {
        let now = edge.clock.now();
        let visit = derived(id, number, "visit");
        let insisted: Vec<u8> = self.insisted.iter().map(|concern| concern.as_code()).collect();
        let (author, posyandu, citizen) = (staff.author(), staff.posyandu.id, self.child.citizen);
        let (day, month, place) = (sheet.day, sheet.month, sheet.place.1);
        let event = move |word: &str, body| NewEvent {
            id: EventId(derived(id, number, word)),
            author,
            posyandu,
            citizen: Some(citizen),
            visit: Some(event::Visit { id: VisitId(visit), ticket: 0, bpjs: None }),
            observed_on: day.into(),
            recorded_at: now.stamp,
            report_month: month,
            place,
            entry: Entry::Late,
            instrument: None,
            replaces: None,
            body,
        };
        let weighed = self.mass_g.map(|mass_g| Weighed {
            mass_g: Taken::Value(mass_g),
            oedema: false,
            clothing: Clothing::Light,
            repeat: 1,
            window: None,
            insisted: insisted.clone(),
            carried: None,
        });
        let posture = self.posture;
        let length = self.length_tenth_mm.map(|length| LengthTaken {
            length_tenth_mm: Taken::Value(length),
            posture,
            repeat: 1,
            window: None,
            insisted,
        });
        let weighed = weighed.map(|weighed| event("weight", Body::Weighed(weighed)));
        let length = length.map(|length| event("length", Body::LengthTaken(length)));
        weighed.into_iter().chain(length)
    }
}

pub(super) fn derived(sheet: Uuid, row: usize, word: &str) -> Uuid {
    let digest =
        Sha256::new().chain_update(sheet.as_bytes()).chain_update(format!("{row} {word}")).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
