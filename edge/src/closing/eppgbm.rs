//! The month's weighings in the order of e-PPGBM's columns, to be typed or copied there, with a tick for each that is.

use std::fmt::Write;

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use growth::kms::Gain;
use protocol::{CitizenId, Month};
use serde::Deserialize;

use super::asked;
use super::count::{self, Counted};
use super::page::Asked;
use crate::app::Edge;
use crate::day::{self, Tick};
use crate::roster;
use crate::staff::{Act, Staff};
use crate::web::{Shell, Trouble, page, words};

/// The columns in e-PPGBM's own order and words, those that a posyandu knows.
const COLUMNS: [&str; 25] = [
    "No",
    "NIK",
    "Nama",
    "JK",
    "Tgl Lahir",
    "BB Lahir",
    "Nama Ortu",
    "Desa/Kel",
    "Posyandu",
    "Alamat",
    "Usia Saat Ukur",
    "Tanggal Pengukuran",
    "Berat",
    "Tinggi",
    "Cara Ukur",
    "BB/U",
    "ZS BB/U",
    "TB/U",
    "ZS TB/U",
    "BB/TB",
    "ZS BB/TB",
    "Naik Berat Badan",
    "Jml Vit A",
    "KIA",
    "Dientri",
];

#[derive(Template)]
#[template(path = "closing/eppgbm.html")]
struct ListPage {
    shell: Shell,
    month: i32,
    month_name: String,
    done: usize,
    rows: Vec<Row>,
}

struct Row {
    id: CitizenId,
    is_typed: bool,
    name: String,
    /// What is typed, in the order of the columns.
    said: String,
    cells: Vec<String>,
}

/// The page.
pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Query(Asked { bulan }): Query<Asked>,
) -> Result<Response, Trouble> {
    let month = asked(bulan, day::report_month(&edge, staff.posyandu.id, edge.clock.now().today));
    let rows = rows(&edge, &staff, month)?;
    page(&ListPage {
        shell: Shell::of(&edge, &staff),
        month: month.0,
        month_name: words::month_year(month),
        done: rows.iter().filter(|row| row.is_typed).count(),
        rows,
    })
}

/// The same as a file.
pub(super) async fn download(
    State(edge): State<Edge>,
    staff: Staff,
    Query(Asked { bulan }): Query<Asked>,
) -> Result<Response, Trouble> {
    staff.may(Act::Export)?;
    let month = asked(bulan, day::report_month(&edge, staff.posyandu.id, edge.clock.now().today));
    staff.exported(&edge, "daftar e-PPGBM");
    let mut text = line(&COLUMNS.map(str::to_owned));
    rows(&edge, &staff, month)?.iter().for_each(|row| text.push_str(&line(&row.cells)));
    let (year, number) = (month.0.div_euclid(12), month.0.rem_euclid(12) + 1);
    let name = format!("attachment; filename=\"eppgbm-{year}-{number:02}.csv\"");
    let kind = "text/csv; charset=utf-8".to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], text).into_response())
}

fn line(cells: &[String]) -> String {
    let mut line = String::new();
    for (place, cell) in cells.iter().enumerate() {
        // a spreadsheet must not take what somebody typed for a formula
        let guard = if cell.starts_with(['=', '+', '@', '\t']) { "'" } else { "" };
        let comma = if place > 0 { "," } else { "" };
        let _ = write!(line, "{comma}\"{guard}{}\"", cell.replace('"', "\"\""));
    }
    line.push_str("\r\n");
    line
}

fn rows(edge: &Edge, staff: &Staff, month: Month) -> Result<Vec<Row>, Trouble> {
    let typed = day::ticked(edge, Tick::Typed, staff.posyandu.id, month)?;
    let mut counted = count::month(edge, staff.posyandu.id, month);
    counted.retain(|child| child.weighed.is_some() && !child.line.is_guest);
    counted.sort_by(|one, other| one.card.person.name.cmp(&other.card.person.name));
    let row = |(place, child): (usize, &Counted)| {
        let is_typed = typed.contains(&child.card.citizen);
        let cells = cells(staff, place + 1, child, month, is_typed);
        let said =
            cells[10..15].iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(" · ");
        Row { id: child.card.citizen, is_typed, name: child.card.person.name.clone(), said, cells }
    };
    Ok(counted.iter().enumerate().map(row).collect())
}

fn cells(staff: &Staff, number: usize, child: &Counted, month: Month, is_typed: bool) -> Vec<String> {
    let person = &child.card.person;
    let Some((weighed, line)) = &child.weighed else { return Vec::new() };
    let found = count::grower(&child.card)
        .map(|grower| growth::assess(&grower, weighed.on, &count::measures(weighed)));
    let z = |index| {
        let z = found.and_then(|found| found.scores.get(index).ok());
        z.map(|z| growth::words::z(z).to_string()).unwrap_or_default()
    };
    let classes = found.map(|found| found.categories).unwrap_or_default();
    let word = |code: Option<&str>| code.unwrap_or_default().replace('_', " ");
    let born = person.birth_date.to_naive();
    let capsules = child
        .card
        .marks
        .iter()
        .filter(|mark| mark.month == month && mark.what == crate::store::What::VitaminA);
    vec![
        number.to_string(),
        person.nik.clone().unwrap_or_default(),
        person.name.clone(),
        child.line.sex.code().into(),
        born.map(|born| born.format("%Y-%m-%d").to_string()).unwrap_or_default(),
        person.birth_mass_g.map(|mass_g| words::kg_figure(mass_g).to_string()).unwrap_or_default(),
        person.mother.clone(),
        staff.posyandu.village.clone(),
        staff.posyandu.name.clone(),
        person.address.clone().unwrap_or_default(),
        born.map(|born| words::age(born, weighed.on).to_string()).unwrap_or_default(),
        weighed.on.format("%Y-%m-%d").to_string(),
        words::kg_figure(weighed.mass_g).to_string(),
        weighed.length_tenth_mm.map(|length| words::cm_figure(length).to_string()).unwrap_or_default(),
        weighed
            .length_tenth_mm
            .map(|_| if weighed.lying { "Terlentang" } else { "Berdiri" })
            .unwrap_or_default()
            .into(),
        word(classes.bb_u.map(|class| class.code())),
        z(growth::Index::Waz),
        word(classes.tb_u.map(|class| class.code())),
        z(growth::Index::Lhaz),
        word(classes.bb_tb.map(|class| class.code())),
        z(growth::Index::Whz),
        match line.gain {
            Gain::Risen => "N",
            Gain::NotRisen => "T",
            Gain::NoLastMonth => "O",
            Gain::First => "B",
        }
        .into(),
        capsules.count().to_string(),
        if person.kia_book { "Ya" } else { "Tidak" }.into(),
        if is_typed { "Ya" } else { "" }.into(),
    ]
}

#[derive(Deserialize)]
pub(super) struct TickForm {
    citizen: CitizenId,
    bulan: i32,
    #[serde(default)]
    on: Option<String>,
}

/// *Sudah dientri*, or not yet.
pub(super) async fn tick(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<TickForm>,
) -> Result<Response, Trouble> {
    roster::of_child(&edge, &staff, form.citizen)?;
    day::toggle(&edge, &staff, Tick::Typed, Month(form.bulan), form.citizen, form.on.is_some()).await?;
    Ok(Redirect::to(&format!("/closing/eppgbm?bulan={}#a{}", form.bulan, form.citizen)).into_response())
}
