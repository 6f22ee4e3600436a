//! People, as the posyandu know them.

mod cards;
mod edits;
mod household;
mod record;
mod routes;
mod store;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use protocol::event::Bpjs;
use protocol::registry::{Field, Leaving, Person, Sex};
use protocol::versions::Standing;
use protocol::{Body, Month};
use uuid::Uuid;

pub(crate) use edits::keep_changes;
pub use household::{Elsewhere, Member, elsewhere, household};
pub(crate) use routes::routes;
pub use store::one;
pub(crate) use store::{keep, known};

use crate::growth::Entered;

/// A person served by a posyandu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citizen {
    /// The person's id, minted where the person was first written down.
    pub id: Uuid,
    /// The posyandu whose roster the person stands in.
    pub posyandu_id: Uuid,
    /// Name as the family says it.
    pub name: String,
    /// National identity number, 16 digits; a newborn may have none yet.
    pub nik: Option<String>,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// `L` or `P`.
    pub gender: String,
    /// Mother's (or guardian's) name.
    pub guardian_name: String,
    /// Weeks of gestation at birth, where known.
    pub gestation_weeks: Option<i16>,
    /// Weight at birth in grams, where known.
    pub birth_weight_g: Option<i32>,
    /// Order among twins, from 1.
    pub birth_order: Option<i16>,
    /// Owns a KIA book: the K of SKDN.
    pub has_kia_book: bool,
    /// The event that says all this.
    pub event_id: Uuid,
    /// The day it was written down.
    pub registered_on: NaiveDate,
    /// `aktif`, `pindah`, `meninggal`, `keliru`, `lulus`, `ganda` or `pergi`.
    pub status: String,
    /// The day the person left the roster.
    pub left_on: Option<NaiveDate>,
    /// As whom the person was written down: `balita` or `dewasa`.
    pub category: String,
    /// The date of birth is an estimate.
    pub is_birth_estimated: bool,
    /// Number of the family card (KK).
    pub family_card_number: Option<String>,
    /// Where the person lives.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Who looks after the child, where that is not the mother.
    pub carer_name: Option<String>,
    /// The mother as a person of her own.
    pub mother_id: Option<Uuid>,
    /// Number on the person's card.
    pub card_number: Option<String>,
    /// The posyandu a guest belongs to.
    pub home_posyandu: Option<String>,
    /// `aktif`, `tidak_aktif` or `bukan_peserta`, as last said.
    pub bpjs_status: Option<String>,
    /// Who agreed.
    pub consent_by: Option<String>,
    /// The day that was said.
    pub consent_on: Option<NaiveDate>,
    /// A photograph may be kept.
    pub consents_photo: bool,
    /// Reminders may be sent.
    pub consents_reminders: bool,
    /// Fields two people corrected without seeing each other, as words with commas between: a person must choose.
    pub disputed_fields: String,
}

impl Citizen {
    /// The person as an event registers it.
    pub(crate) fn registered(entered: &Entered, child: &Person) -> Self {
        Self {
            id: entered.citizen(),
            posyandu_id: entered.posyandu(),
            name: child.name.trim().to_owned(),
            nik: child.nik.clone(),
            birth_date: child.birth_date.to_naive().expect("judged before it was let in"),
            gender: gender(child.sex).to_owned(),
            guardian_name: child.mother.trim().to_owned(),
            gestation_weeks: child.gestation_weeks.map(i16::from),
            birth_weight_g: child.birth_mass_g.map(|mass_g| mass_g as i32),
            birth_order: child.birth_order.map(i16::from),
            has_kia_book: child.kia_book,
            event_id: entered.event_id(),
            registered_on: entered.known_since(),
            status: "aktif".into(),
            left_on: None,
            category: if matches!(entered.event.body, Body::AdultRegistered(_)) {
                "dewasa"
            } else {
                "balita"
            }
            .into(),
            is_birth_estimated: child.is_birth_estimated,
            family_card_number: child.family_card.clone(),
            address: child.address.clone(),
            phone: child.phone.clone(),
            carer_name: child.guardian.clone(),
            mother_id: child.mother_id.map(|mother| mother.0),
            card_number: child.card.clone(),
            home_posyandu: child.home.clone(),
            bpjs_status: child.bpjs.map(|status| bpjs(status).to_owned()),
            consent_by: child.consent.as_ref().map(|consent| consent.by.clone()),
            consent_on: child.consent.as_ref().and_then(|consent| consent.on.to_naive()),
            consents_photo: child.consent.as_ref().is_some_and(|consent| consent.photo),
            consents_reminders: child.consent.as_ref().is_some_and(|consent| consent.reminders),
            disputed_fields: String::new(),
        }
    }

    /// Whether somebody was written down as no child.
    pub(crate) fn is_adult(&self) -> bool {
        self.category == "dewasa"
    }

    /// Notes which fields are disputed.
    pub(crate) fn dispute(&mut self, fields: &BTreeMap<Field, Standing>) {
        let disputed = fields.iter().filter(|(_, standing)| standing.is_disputed());
        self.disputed_fields = disputed.map(|(&field, _)| edits::word(field)).collect::<Vec<_>>().join(",");
    }

    /// Takes the person off the roster, or back onto it.
    pub(crate) fn leave(&mut self, leaving: Leaving, on: NaiveDate) {
        let status = match leaving {
            Leaving::Moved => "pindah",
            Leaving::Died => "meninggal",
            Leaving::Mistake => "keliru",
            Leaving::Back => "aktif",
            Leaving::Graduated => "lulus",
            Leaving::Double => "ganda",
            Leaving::Away => "pergi",
        };
        status.clone_into(&mut self.status);
        self.left_on = (leaving != Leaving::Back).then_some(on);
    }

    /// Whether the person lives in the area in a month, by the posyandu's own book; whoever left did so before its end.
    pub(crate) fn lives_here(&self, month: i32) -> bool {
        let by = |day: NaiveDate| Month::of(day).0 <= month;
        // Whoever is away for a while still lives here.
        let left_on = self.left_on.filter(|_| self.status != "pergi");
        self.home_posyandu.is_none() && by(self.registered_on) && !left_on.is_some_and(by)
    }

    /// What the person is served as today, by age; a pregnancy is told where it is written down.
    pub fn served_as(&self, today: &NaiveDate) -> &'static str {
        let months = growth::completed_months(self.birth_date, *today);
        match months / 12 {
            _ if months < 60 => "balita",
            60.. => "lansia",
            45.. => "pra-lansia",
            19.. => "dewasa",
            _ => "anak dan remaja",
        }
    }

    /// What is known of the person besides growth, by its name; what nobody said is left out.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("NIK", Field::Nik),
            ("Nomor KK", Field::FamilyCard),
            ("Alamat", Field::Address),
            ("HP", Field::Phone),
            ("Pengasuh", Field::Guardian),
            ("BPJS", Field::Bpjs),
            ("Tamu dari", Field::Home),
        ];
        let said =
            fields.into_iter().map(|(name, field)| (name, self.shown(field))).filter(|(_, said)| said != "-");
        let consent = self.consent_by.as_ref().map(|by| {
            let what = match (self.consents_photo, self.consents_reminders) {
                (true, true) => "foto dan pengingat",
                (true, false) => "foto, tanpa pengingat",
                (false, true) => "pengingat",
                (false, false) => "tanpa foto dan pengingat",
            };
            ("Persetujuan", format!("{what}, kata {by}"))
        });
        let consent = consent.unwrap_or(("Persetujuan", "belum ditanyakan: pengingat tidak dikirim".into()));
        said.chain([consent]).collect()
    }

    /// What stands in a field, as a person reads it.
    fn shown(&self, field: Field) -> String {
        let number = |number: Option<i64>, unit: &str| {
            number.map_or_else(|| "-".into(), |number| format!("{number}{unit}"))
        };
        let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
        match field {
            Field::Name => self.name.clone(),
            Field::Nik => or_dash(self.nik.as_deref()),
            Field::BirthDate => self.birth_date.format("%d-%m-%Y").to_string(),
            Field::Sex => if self.gender == "L" { "laki-laki" } else { "perempuan" }.into(),
            Field::Mother => self.guardian_name.clone(),
            Field::GestationWeeks => number(self.gestation_weeks.map(i64::from), " minggu"),
            Field::BirthMass => number(self.birth_weight_g.map(i64::from), " gram"),
            Field::BirthOrder => number(self.birth_order.map(i64::from), ""),
            Field::KiaBook => if self.has_kia_book { "punya" } else { "belum punya" }.into(),
            Field::FamilyCard => or_dash(self.family_card_number.as_deref()),
            Field::Address => or_dash(self.address.as_deref()),
            Field::Phone => or_dash(self.phone.as_deref()),
            Field::Guardian => or_dash(self.carer_name.as_deref()),
            Field::MotherId => if self.mother_id.is_some() { "ada di daftar" } else { "-" }.into(),
            Field::Card => or_dash(self.card_number.as_deref()),
            Field::Consent => or_dash(self.consent_by.as_deref()),
            Field::Home => or_dash(self.home_posyandu.as_deref()),
            Field::Bpjs => or_dash(self.bpjs_status.as_deref()).replace('_', " "),
            Field::BirthEstimated => if self.is_birth_estimated { "perkiraan" } else { "pasti" }.into(),
        }
    }

    /// What the growth standards ask of a child.
    pub fn as_child(&self) -> growth::Child {
        growth::Child {
            sex: if self.gender == "L" { growth::Sex::Male } else { growth::Sex::Female },
            birth_date: self.birth_date,
            gestation_weeks: self.gestation_weeks.and_then(|weeks| u8::try_from(weeks).ok()),
            birth_mass_g: self.birth_weight_g.and_then(|mass_g| u32::try_from(mass_g).ok()),
        }
    }
}

const fn bpjs(status: Bpjs) -> &'static str {
    match status {
        Bpjs::Active => "aktif",
        Bpjs::Inactive => "tidak_aktif",
        Bpjs::None => "bukan_peserta",
    }
}

const fn gender(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "L",
        Sex::Female => "P",
    }
}
