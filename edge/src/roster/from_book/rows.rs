//! A table's rows as children with their past: what would be taken, and what is wrong, in words.

use chrono::NaiveDate;
use protocol::{CitizenId, PosyanduId};
use uuid::Uuid;

use super::sheet::Table;
use super::{Past, letter, past};
use crate::import::{ChildHistory, derived};
use crate::roster::{fields, nik};

/// One row of the table.
pub(super) struct Line {
    /// Its number as a spreadsheet shows it.
    pub(super) number: usize,
    /// The child, or what keeps it from being taken.
    pub(super) child: Result<ChildHistory, Vec<String>>,
    /// What is worth knowing although it is taken.
    pub(super) notes: Vec<String>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Sex,
    Born,
    Mother,
    Nik,
    FamilyCard,
    Address,
    Phone,
    BirthMass,
    Weight(NaiveDate),
    Length(NaiveDate),
}

/// The columns of a table, by the headings people give them.
pub(super) struct Columns(Vec<Option<Column>>);

impl Columns {
    /// Reads the headings; the error says which are missing.
    pub(super) fn of(headings: &[String], today: NaiveDate) -> Result<Self, String> {
        let columns: Vec<Option<Column>> = headings.iter().map(|heading| column(heading, today)).collect();
        let needed = [
            (Column::Name, "nama"),
            (Column::Sex, "jk"),
            (Column::Born, "tanggal lahir"),
            (Column::Mother, "nama ibu"),
        ];
        let missing = needed.iter().filter(|(column, _)| !columns.contains(&Some(*column)));
        let missing: Vec<&str> = missing.map(|(_, word)| *word).collect();
        if missing.is_empty() {
            return Ok(Self(columns));
        }
        Err(format!(
            "Kolom ini belum ada di baris pertama: {}. Tambahkan, lalu pilih lagi.",
            missing.join(", ")
        ))
    }

    /// The headings nobody here understands.
    pub(super) fn unknown<'a>(&self, headings: &'a [String]) -> Vec<&'a str> {
        let pairs = headings.iter().zip(&self.0);
        pairs
            .filter(|(text, known)| known.is_none() && !text.is_empty())
            .map(|(text, _)| text.as_str())
            .collect()
    }

    fn cell<'a>(&self, row: &'a [String], wanted: Column) -> &'a str {
        let at = self.0.iter().position(|column| *column == Some(wanted));
        at.and_then(|at| row.get(at)).map_or("", String::as_str)
    }
}

fn column(heading: &str, today: NaiveDate) -> Option<Column> {
    let plain: String = heading.to_lowercase().chars().filter(|sign| sign.is_alphanumeric()).collect();
    let known = match plain.as_str() {
        "nama" | "namaanak" | "namabalita" => Column::Name,
        "jk" | "lp" | "jeniskelamin" | "kelamin" => Column::Sex,
        "tanggallahir" | "tgllahir" | "lahir" => Column::Born,
        "ibu" | "namaibu" | "namaortu" | "namaorangtua" => Column::Mother,
        "nik" | "nikanak" | "nikbalita" => Column::Nik,
        "kk" | "nokk" | "nomorkk" => Column::FamilyCard,
        "alamat" => Column::Address,
        "hp" | "nohp" | "nomorhp" | "telepon" => Column::Phone,
        "bblahir" | "beratlahir" => Column::BirthMass,
        _ => return dated(heading, today),
    };
    Some(known)
}

/// `BB 08-2026`, `Berat 12-08-2026`, `TB Agustus 2026`.
fn dated(heading: &str, today: NaiveDate) -> Option<Column> {
    let heading = heading.to_lowercase();
    let (what, when) = heading.trim().split_once([' ', '_'])?;
    let day = day_or_month(when.trim(), today)?;
    match what {
        "bb" | "berat" => Some(Column::Weight(day)),
        "tb" | "pb" | "tinggi" | "panjang" => Some(Column::Length(day)),
        _ => None,
    }
}

fn day_or_month(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    if let Some(day) = date(text) {
        return Some(day);
    }
    let parts: Vec<&str> = text.split(['-', '/', ' ', '.']).filter(|part| !part.is_empty()).collect();
    let [one, other] = parts[..] else { return None };
    let (month, year) = if one.len() == 4 { (other, one) } else { (one, other) };
    let named = (1..=12).find(|&nth| {
        let name = crate::roster::routes::month(nth).to_lowercase();
        name == month || month.len() >= 3 && name.starts_with(month)
    });
    let month: u32 = month.parse().ok().or(named)?;
    let year: i32 = year.parse().ok()?;
    super::day_in(&format!("{year}-{month}"), today)
}

/// A date as people write it in a table.
fn date(text: &str) -> Option<NaiveDate> {
    let text = text.split(['T', ' ']).next().unwrap_or(text);
    let forms = ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"];
    let read = |form: &&str| NaiveDate::parse_from_str(text, form).ok();
    forms.iter().find_map(read).filter(|day| (1900..=2200).contains(&chrono::Datelike::year(day)))
}

/// Reads every row below the headings.
pub(super) fn lines(table: &Table, columns: &Columns, posyandu: PosyanduId, today: NaiveDate) -> Vec<Line> {
    let rows = table.iter().enumerate().skip(1);
    rows.map(|(at, row)| line(at + 1, row, columns, posyandu, today)).collect()
}

fn line(number: usize, row: &[String], columns: &Columns, posyandu: PosyanduId, today: NaiveDate) -> Line {
    let (mut wrong, mut notes): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let cell = |column| columns.cell(row, column);
    let mut heard = |say: &'static str| wrong.push(say.into());
    let name = fields::name(cell(Column::Name)).map_err(&mut heard).ok();
    let mother = fields::mother(cell(Column::Mother)).map_err(&mut heard).ok();
    let sex = fields::sex(sex_letter(cell(Column::Sex))).map_err(&mut heard).ok();
    let birth_mass_g = fields::birth_mass(cell(Column::BirthMass)).map_err(&mut heard).ok();
    let born = date(cell(Column::Born)).filter(|born| *born <= today);
    if born.is_none() {
        wrong.push("Tanggal lahir ditulis hari-bulan-tahun, misalnya 03-02-2025.".into());
    }
    let nik = number_of(cell(Column::Nik), "NIK", &mut notes);
    let id =
        born.map(|born| own_id(posyandu, nik.as_deref(), cell(Column::Name), born, cell(Column::Mother)));
    let mut visits = Vec::new();
    for day in days(columns) {
        let (kg, cm) = (cell(Column::Weight(day)), cell(Column::Length(day)));
        let typed = Past { child: id.unwrap_or_default(), day: Some(day), kg, cm };
        match past(typed, born, today) {
            Ok(visit) => visits.extend(visit),
            Err(say) => wrong.push(format!("{}: {say}", crate::web::words::date(day))),
        }
    }
    if let Some((nik, (born, sex))) = nik.as_deref().zip(born.zip(sex)) {
        notes.extend(nik::odd(nik, born, sex).map(String::from));
    }
    let family_card = number_of(cell(Column::FamilyCard), "Nomor KK", &mut notes);
    let text = |column| fields::text(cell(column)).unwrap_or_default();
    let child = || {
        Some(ChildHistory {
            id: CitizenId(id?),
            name: name?,
            nik,
            birth_date: born?,
            sex: letter(sex?),
            mother: mother?,
            gestation_weeks: None,
            birth_mass_g: birth_mass_g?,
            birth_order: None,
            kia_book: true,
            family_card,
            address: text(Column::Address),
            phone: text(Column::Phone),
            visits,
        })
    };
    let child = child().filter(|_| wrong.is_empty()).ok_or(wrong);
    Line { number, child, notes }
}

/// The days of all weights and lengths, oldest first.
fn days(columns: &Columns) -> Vec<NaiveDate> {
    let day = |column: &Option<Column>| match column {
        Some(Column::Weight(day) | Column::Length(day)) => Some(*day),
        _ => None,
    };
    let mut days: Vec<NaiveDate> = columns.0.iter().filter_map(day).collect();
    days.sort();
    days.dedup();
    days
}

fn sex_letter(cell: &str) -> &'static str {
    match cell.to_lowercase().as_str() {
        "l" | "lk" | "laki" | "laki-laki" | "pria" | "1" => "l",
        "p" | "pr" | "perempuan" | "wanita" | "2" => "p",
        _ => "",
    }
}

/// The digits of a long number. A spreadsheet that took it for a figure has lost its end.
fn number_of(cell: &str, name: &str, notes: &mut Vec<String>) -> Option<String> {
    if cell.contains(['E', 'e', ',']) {
        notes.push(format!("{name} terpotong oleh Excel, jadi dikosongkan. Isi nanti dari kartunya."));
        return None;
    }
    nik::digits(cell)
}

/// The id of a row's child: the same table brought twice names the same children.
fn own_id(posyandu: PosyanduId, nik: Option<&str>, name: &str, born: NaiveDate, mother: &str) -> Uuid {
    let fold = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    match nik.filter(|nik| nik.len() == 16) {
        Some(nik) => derived(posyandu.0, &format!("nik {nik}")).0,
        None => derived(posyandu.0, &format!("{}/{born}/{}", fold(name), fold(mother))).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn read(text: &str) -> Vec<Line> {
        let table = super::super::sheet::read(text.as_bytes()).unwrap();
        let columns = Columns::of(&table[0], day("2026-11-30")).unwrap_or_else(|say| panic!("{say}"));
        lines(&table, &columns, PosyanduId(Uuid::nil()), day("2026-11-30"))
    }

    #[test]
    fn headings_are_known_in_the_words_people_use() {
        let today = day("2026-11-30");
        for (heading, column) in [
            ("NAMA ANAK", Some(Column::Name)),
            ("Tgl. Lahir", Some(Column::Born)),
            ("L/P", Some(Column::Sex)),
            ("No. KK", Some(Column::FamilyCard)),
            ("BB 08-2026", Some(Column::Weight(day("2026-08-30")))),
            ("bb 2026-02", Some(Column::Weight(day("2026-02-28")))),
            ("TB Agustus 2026", Some(Column::Length(day("2026-08-30")))),
            ("Berat 12/08/2026", Some(Column::Weight(day("2026-08-12")))),
            ("Keterangan", None),
            ("BB 13-2026", None),
        ] {
            assert_eq!(super::column(heading, today), column, "{heading}");
        }
        let missing = Columns::of(&["nama".into(), "jk".into()], today).err().unwrap();
        assert!(missing.contains("tanggal lahir, nama ibu"), "{missing}");
    }

    #[test]
    fn a_good_row_is_a_child_with_its_past_and_a_wrong_one_says_what_is_wrong() {
        let lines = read(
            "nama;jk;tgl lahir;nama ibu;nik;BB 09-2026;TB 09-2026;BB 10-2026\n\
             Siti;P;03-02-2025;Rahma;9971014302250001;8,4;71,5;8.7\n\
             Budi;x;31-02-2025;;;84;;\n\
             Ani;P;03-02-2025;Wati;9,97101E+15;;;7,9\n",
        );
        let siti = lines[0].child.as_ref().unwrap();
        let visits: Vec<_> = siti.visits.iter().map(|visit| (visit.mass_g, visit.length_tenth_mm)).collect();
        assert_eq!(visits, [(Some(8_400), Some(7_150)), (Some(8_700), None)]);
        assert!(lines[0].notes.is_empty());
        let wrong = lines[1].child.as_ref().unwrap_err().join(" ");
        for say in ["nama ibu", "laki-laki atau perempuan", "Tanggal lahir ditulis"] {
            assert!(wrong.contains(say), "{wrong}");
        }
        assert!(lines[2].child.as_ref().unwrap().nik.is_none() && lines[2].notes[0].contains("terpotong"));
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn the_same_row_is_the_same_child() {
        let id = |text: &str| read(text)[0].child.as_ref().unwrap().id;
        let head = "nama;jk;tgl lahir;nama ibu\n";
        let siti = id(&format!("{head}Siti Aminah;P;03-02-2025;Rahma"));
        assert_eq!(siti, id(&format!("{head} siti  aminah;p;2025-02-03;RAHMA")));
        assert_ne!(siti, id(&format!("{head}Siti Aminah;P;04-02-2025;Rahma")));
    }
}
