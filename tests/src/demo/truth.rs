//! What the script chose and the instruments sent, and what it means: the yardstick the hub is held against.

use std::fmt::Write;
use std::path::Path;

use chrono::NaiveDate;
use growth::kms::{self, Rules};
use growth::{Measures, Month, Nutrition, Posture, Sex, Visit, assess};
use protocol::VisitId;

use crate::population::{Child, Coming, PastVisit};

/// A visit as both files write it; text, so that a difference anywhere is a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The visit.
    pub visit_id: String,
    /// The child.
    pub child_id: String,
    /// `m` or `f`, as WHO's files have it.
    pub sex: String,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// The day.
    pub observed_on: NaiveDate,
    /// Kilograms, three decimals.
    pub weight_kg: String,
    /// Centimetres as read, two decimals.
    pub lenhei_cm: String,
    /// `l` lying, `h` standing.
    pub measured: String,
}

/// What a visit means: z-scores with two decimals, the status, N/T/O/B.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// Weight-for-age, length-for-age, weight-for-length, BMI-for-age; empty where none is due.
    pub z: [String; 4],
    /// The one nutrition status by its machine word.
    pub status: String,
    /// N, T, O or B.
    pub gain: String,
}

/// The columns of truth.csv.
pub const COLUMNS: &str = "visit_id,child_id,sex,birth_date,observed_on,weight_kg,lenhei_cm,measured";
/// What hub.csv has beside them.
pub const MEANING_COLUMNS: &str = "waz,lhaz,whz,baz,status,gain";

/// Writes truth.csv, sorted by visit.
pub fn export<'a>(rows: impl Iterator<Item = &'a Row>, folder: &Path) -> anyhow::Result<()> {
    let mut rows: Vec<&Row> = rows.collect();
    rows.sort_by(|a, b| a.visit_id.cmp(&b.visit_id));
    let lines: String = rows.iter().map(|row| row.line() + "\n").collect();
    Ok(std::fs::write(folder.join("truth.csv"), format!("{COLUMNS}\n{lines}"))?)
}

impl Row {
    /// The truth of a visit that was saved under `visit`.
    pub fn of(child: &Child, coming: &Coming, on: NaiveDate, visit: VisitId) -> Self {
        Self::measured(child, on, visit, coming.mass_g, coming.length_tenth_mm, coming.posture)
    }

    /// The truth of a visit with these measures.
    pub fn measured(
        child: &Child,
        on: NaiveDate,
        visit: VisitId,
        mass_g: u32,
        length_tenth_mm: u32,
        posture: Posture,
    ) -> Self {
        Self {
            visit_id: visit.to_string(),
            child_id: child.id.to_string(),
            sex: child.sex.who_code().into(),
            birth_date: child.birth_date,
            observed_on: on,
            weight_kg: kilograms(mass_g),
            lenhei_cm: centimetres(length_tenth_mm),
            measured: posture.code().into(),
        }
    }

    /// One line of CSV without its end. Nothing in it needs quoting.
    pub fn line(&self) -> String {
        let Self { visit_id, child_id, sex, birth_date, observed_on, weight_kg, lenhei_cm, measured } = self;
        format!("{visit_id},{child_id},{sex},{birth_date},{observed_on},{weight_kg},{lenhei_cm},{measured}")
    }
}

impl Meaning {
    /// What a visit means by the standards and by the child's own past.
    pub fn of(child: &Child, coming: &Coming, on: NaiveDate) -> Self {
        let measures = Measures {
            mass_g: Some(coming.mass_g),
            length_tenth_mm: Some(coming.length_tenth_mm),
            posture: Some(coming.posture),
            ..Measures::default()
        };
        let said = assess(&child.for_growth(), on, &measures);
        let line = weight_line(child, coming.mass_g, on);
        let z = [said.scores.waz, said.scores.lhaz, said.scores.whz, said.scores.baz];
        Self {
            z: z.map(|z| z.map(|z| z.to_string()).unwrap_or_default()),
            status: said.status.map(Nutrition::code).unwrap_or_default().into(),
            gain: line.map(|line| line.gain.code().to_string()).unwrap_or_default(),
        }
    }

    /// The further columns of a line.
    pub fn line(&self) -> String {
        let mut line = self.z.join(",");
        let _ = write!(line, ",{},{}", self.status, self.gain);
        line
    }
}

/// What the child's own line says of a weight today.
pub(crate) fn weight_line(child: &Child, mass_g: u32, on: NaiveDate) -> Option<kms::Line> {
    let today = Visit::new(on, Measures { mass_g: Some(mass_g), ..Measures::default() });
    let visits = child.visits.iter().map(past_visit).chain([today]);
    let weighings: Vec<_> = visits.filter_map(|visit| visit.weighing()).collect();
    kms::month(&child.for_growth(), weighings.iter().copied(), Rules::default(), Month::of(on))
}

fn past_visit(visit: &PastVisit) -> Visit {
    Visit {
        on: visit.on,
        month: Month::of(visit.on),
        from_book: false,
        measures: Measures {
            mass_g: Some(visit.mass_g),
            length_tenth_mm: visit.length_tenth_mm,
            posture: Some(visit.posture),
            ..Measures::default()
        },
    }
}

/// Grams as kilograms, three decimals.
pub fn kilograms(mass_g: u32) -> String {
    format!("{}.{:03}", mass_g / 1000, mass_g % 1000)
}

/// Tenths of a millimetre as centimetres, two decimals.
pub fn centimetres(tenth_mm: u32) -> String {
    format!("{}.{:02}", tenth_mm / 100, tenth_mm % 100)
}

/// A z in hundredths, as WHO's files write it.
pub fn z_text(centi: i16) -> String {
    let sign = if centi < 0 { "-" } else { "" };
    let size = centi.unsigned_abs();
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

/// The letter the hub stores for a sex, as WHO's files have it.
pub fn sex_of_gender(gender: &str) -> String {
    let code = gender.chars().next().and_then(Sex::from_code).map(Sex::who_code);
    code.map_or_else(|| gender.into(), String::from)
}

/// Used by the script to answer the page's question how a child is held.
pub fn posture_word(posture: Posture) -> &'static str {
    match posture {
        Posture::Lying => "lying",
        Posture::Standing => "standing",
    }
}
