//! Next month's roster on paper: a row for every child with its code and boxes to fill, for a day without this node.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{asked, count, row_code};
use crate::app::Edge;
use crate::day;
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page, words};

#[derive(Template)]
#[template(path = "closing/paper.html")]
struct PaperPage {
    posyandu: String,
    month: String,
    rows: Vec<Row>,
    /// Which sheet of how many, from 1; nothing where one is enough.
    sheet: Option<(usize, usize)>,
    /// The sheet after it.
    next: Option<String>,
}

/// Rows that are printed at once: more would keep a phone waiting.
const ON_A_SHEET: usize = 200;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    bulan: Option<i32>,
    #[serde(default)]
    lembar: usize,
}

struct Row {
    code: String,
    name: String,
    mother: String,
    sex: &'static str,
    born: String,
    /// `8,45 · 73,2`, the last time.
    last: String,
}

/// The sheet.
pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Query(Asked { bulan, lembar }): Query<Asked>,
) -> Result<Response, Trouble> {
    staff.may(Act::PrintCard)?;
    staff.exported(&edge, "lembar kertas");
    let posyandu = staff.posyandu.id;
    let present = day::report_month(&edge, posyandu, edge.clock.now().today);
    let month = asked(bulan, present);
    let mut children = count::month(&edge, posyandu, month);
    children.retain(|child| !child.line.is_guest);
    children.sort_by(|one, other| one.card.person.name.cmp(&other.card.person.name));
    let row = |child: &count::Counted| {
        let person = &child.card.person;
        let last = child.card.weighings.last();
        let length =
            last.and_then(|last| last.length_tenth_mm).map(|length| words::cm_figure(length).to_string());
        Row {
            code: row_code::of(child.card.citizen),
            name: person.name.clone(),
            mother: person.mother.clone(),
            sex: child.line.sex.code(),
            born: person.birth_date.to_naive().map(|born| words::date(born).to_string()).unwrap_or_default(),
            last: last
                .map(|last| {
                    format!("{} · {}", words::kg_figure(last.mass_g), length.as_deref().unwrap_or("–"))
                })
                .unwrap_or_default(),
        }
    };
    let sheets = children.len().div_ceil(ON_A_SHEET).max(1);
    let sheet = lembar.min(sheets - 1);
    let rows = children.iter().skip(sheet * ON_A_SHEET).take(ON_A_SHEET);
    page(&PaperPage {
        posyandu: staff.posyandu.name.clone(),
        month: words::month_year(month),
        rows: rows.map(row).collect(),
        sheet: (sheets > 1).then_some((sheet + 1, sheets)),
        next: (sheet + 1 < sheets).then(|| format!("/closing/paper?bulan={}&lembar={}", month.0, sheet + 1)),
    })
}
