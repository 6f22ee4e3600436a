//! The catalogue as a text: read line by line, and refused with the line and the reason.

use core::fmt;

use chrono::NaiveDate;

use super::{Only, Rule, Span, When};

/// A catalogue has no more doses.
pub const MOST_RULES: usize = 96;
/// A catalogue has no more lines on where its areas are.
const MOST_AREAS: usize = 48;
const LONGEST_NAME: usize = 24;
/// Where the text leaves a distance open.
const MONTH: Span = Span::Months(1);
const SHORTEST: Span = Span::Days(28);

/// What is given to whom and when, as a text says it. It borrows the text and needs no memory of its own.
#[derive(Debug, Clone)]
pub struct Catalogue<'a> {
    rules: [Option<Rule<'a>>; MOST_RULES],
    areas: [Option<Area<'a>>; MOST_AREAS],
}

/// Where an area is, and since when.
#[derive(Debug, Clone, Copy)]
struct Area<'a> {
    name: &'a str,
    /// Codes of provinces, with spaces.
    provinces: &'a str,
    since: Option<NaiveDate>,
}

/// Why a text is no catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1; 0 for the text as a whole.
    pub line: usize,
    /// What is wrong with it.
    pub what: What,
}

/// What may be wrong with a line of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// No name, or one that is too long or has strange signs.
    Name,
    /// The dose is no number from 1 to 9.
    Dose,
    /// An age or a class nobody understands.
    Age,
    /// A distance nobody understands, or the shortest is longer than the planned one.
    Distance,
    /// The ages of a line do not follow each other.
    Order,
    /// A date that is none.
    Date,
    /// A code of a province that is none.
    Province,
    /// More columns than there are.
    Columns,
    /// The same dose for the same children twice.
    Twice,
    /// A dose whose dose before is nowhere.
    Gap,
    /// More lines than a catalogue has.
    TooMany,
    /// No dose at all.
    Empty,
}

/// A sentence for whoever wrote the text.
impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "Baris {}: ", self.line)?;
        }
        f.write_str(match self.what {
            What::Name => "nama vaksin atau wilayah kosong, terlalu panjang, atau memakai tanda yang aneh.",
            What::Dose => "dosis ditulis sebagai angka 1 sampai 9.",
            What::Age => "umur ditulis seperti \"2 bulan\", \"0 hari\" atau \"kelas 1 bulan 8\".",
            What::Distance => {
                "jarak ditulis seperti \"1 bulan\" atau \"28 hari\", dan jarak terpendek tidak melebihi jaraknya."
            }
            What::Order => "umurnya harus berurutan: mulai, tepat sebelum, boleh sebelum.",
            What::Date => "tanggal ditulis seperti 2026-01-31.",
            What::Province => "kode provinsi ditulis dua angka, dipisah spasi.",
            What::Columns => "kolomnya terlalu banyak.",
            What::Twice => "dosis yang sama sudah ada di baris sebelumnya.",
            What::Gap => "dosis sebelumnya tidak ada di jadwal.",
            What::TooMany => "jadwalnya terlalu panjang.",
            What::Empty => "Jadwalnya kosong.",
        })
    }
}

impl core::error::Error for Wrong {}

impl<'a> Catalogue<'a> {
    /// Reads a catalogue. The form is explained in the first lines of [`super::DEFAULT`].
    pub fn parse(text: &'a str) -> Result<Self, Wrong> {
        let mut catalogue = Self { rules: [None; MOST_RULES], areas: [None; MOST_AREAS] };
        for (place, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches('\u{feff}');
            if !line.is_empty() && !line.starts_with('#') {
                catalogue.add(line).map_err(|what| Wrong { line: place + 1, what })?;
            }
        }
        if catalogue.rules().next().is_none() {
            return Err(Wrong { line: 0, what: What::Empty });
        }
        catalogue.look_for_gaps(text)?;
        Ok(catalogue)
    }

    /// Every dose it plans, in the order of the text.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'a>> {
        self.rules.iter().flatten().copied()
    }

    /// Whether a vaccine is in it.
    pub fn has(&self, antigen: &str) -> bool {
        self.rules().any(|rule| rule.antigen == antigen)
    }

    /// The series a vaccine counts in: its own, if the catalogue does not know it.
    pub(super) fn series_of<'b>(&self, antigen: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.rules().find(|rule| rule.antigen == antigen).map_or(antigen, |rule| rule.series)
    }

    /// Whether a province is in an area on a day.
    pub(super) fn reaches(&self, area: &str, province: &str, on: NaiveDate) -> bool {
        self.areas.iter().flatten().any(|known| {
            known.name == area
                && known.since.is_none_or(|since| since <= on)
                && known.provinces.split_whitespace().any(|code| code == province)
        })
    }

    fn add(&mut self, line: &'a str) -> Result<(), What> {
        let mut columns = line.split(',').map(str::trim);
        let first = columns.next().unwrap_or_default();
        if first == "wilayah" {
            return put(&mut self.areas, area(columns)?);
        }
        let rule = rule(first, columns)?;
        if self.rules().any(|known| known.is_same_as(&rule) && known.since == rule.since) {
            return Err(What::Twice);
        }
        put(&mut self.rules, rule)
    }

    /// The dose before each must stand somewhere in its series.
    fn look_for_gaps(&self, text: &str) -> Result<(), Wrong> {
        let is_alone = |rule: &Rule<'_>| {
            rule.dose > 1
                && !self.rules().any(|other| other.series == rule.series && other.dose == rule.dose - 1)
        };
        let Some(alone) = self.rules().find(is_alone) else { return Ok(()) };
        let is_its = |line: &str| {
            let mut columns = line.split(',').map(str::trim);
            columns.next() == Some(alone.antigen)
                && columns.next().is_some_and(|dose| dose.parse() == Ok(alone.dose))
        };
        let line = text.lines().position(is_its).map_or(0, |place| place + 1);
        Err(Wrong { line, what: What::Gap })
    }
}

fn put<T>(places: &mut [Option<T>], new: T) -> Result<(), What> {
    *places.iter_mut().find(|place| place.is_none()).ok_or(What::TooMany)? = Some(new);
    Ok(())
}

fn area<'a>(mut columns: impl Iterator<Item = &'a str>) -> Result<Area<'a>, What> {
    let mut next = || columns.next().unwrap_or_default();
    let area = Area { name: name(next())?, provinces: next(), since: date(next())? };
    let mut codes = area.provinces.split_whitespace();
    if !codes.all(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(What::Province);
    }
    end(columns)?;
    Ok(area)
}

fn rule<'a>(antigen: &'a str, mut columns: impl Iterator<Item = &'a str>) -> Result<Rule<'a>, What> {
    let antigen = name(antigen)?;
    let mut next = || columns.next().unwrap_or_default();
    let dose = next().parse().ok().filter(|dose| (1..=9).contains(dose)).ok_or(What::Dose)?;
    let when = when(next()).ok_or(What::Age)?;
    let (on_time_before, allowed_before) = (span(next(), What::Age)?, span(next(), What::Age)?);
    let (interval, shortest) = (span(next(), What::Distance)?, span(next(), What::Distance)?);
    let rule = Rule {
        antigen,
        dose,
        when,
        on_time_before,
        allowed_before,
        interval: interval.or(shortest).unwrap_or(MONTH),
        shortest: shortest.unwrap_or(SHORTEST),
        only: only(next())?,
        since: date(next())?,
        series: Some(next()).filter(|series| !series.is_empty()).map_or(Ok(antigen), name)?,
    };
    end(columns)?;
    if rule.shortest.about_days() > rule.interval.about_days() {
        return Err(What::Distance);
    }
    let from = match rule.when {
        When::Age(age) => age.about_days(),
        When::School { .. } => 0,
    };
    let ages = [Some(from), on_time_before.map(Span::about_days), allowed_before.map(Span::about_days)];
    if ages.iter().flatten().is_sorted() { Ok(rule) } else { Err(What::Order) }
}

fn end<'a>(mut columns: impl Iterator<Item = &'a str>) -> Result<(), What> {
    if columns.all(str::is_empty) { Ok(()) } else { Err(What::Columns) }
}

fn name(text: &str) -> Result<&str, What> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ' ' | '.' | '/');
    let is_name = !text.is_empty() && text.len() <= LONGEST_NAME && text.chars().all(is_plain);
    if is_name { Ok(text) } else { Err(What::Name) }
}

fn only(text: &str) -> Result<Only<'_>, What> {
    match (text, text.strip_prefix("bukan ")) {
        ("", _) => Ok(Only::Everyone),
        ("perempuan", _) => Ok(Only::Girls),
        (_, Some(area)) => Ok(Only::Outside(name(area.trim())?)),
        (area, None) => Ok(Only::Within(name(area)?)),
    }
}

fn when(text: &str) -> Option<When> {
    let Some(school) = text.strip_prefix("kelas ") else { return Span::parse(text).map(When::Age) };
    let (class, month) = school.split_once(" bulan ")?;
    let class = class.trim().parse().ok().filter(|class| (1..=6).contains(class))?;
    let month = month.trim().parse().ok().filter(|month| (1..=12).contains(month))?;
    Some(When::School { class, month })
}

fn span(text: &str, wrong: What) -> Result<Option<Span>, What> {
    if text.is_empty() { Ok(None) } else { Span::parse(text).map(Some).ok_or(wrong) }
}

fn date(text: &str) -> Result<Option<NaiveDate>, What> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| What::Date) }
}
