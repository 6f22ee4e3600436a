//! Why there are as many under-fives this month as there are: last month's, who came and who went, each with its list.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use protocol::{CitizenId, Month};
use serde::Deserialize;

use super::asked;
use crate::app::Edge;
use crate::day;
use crate::roster::balance::{Balance, Flow};
use crate::staff::Staff;
use crate::web::{Shell, Trouble, page, words};

/// One line of the sum.
pub(super) struct Move {
    /// `+`, `−` or nothing.
    pub(super) sign: &'static str,
    pub(super) label: &'static str,
    pub(super) count: u32,
    /// The list behind it; the sums have none.
    pub(super) door: Option<String>,
}

/// The sum of a month, as it is read from top to bottom.
pub(super) fn lines(balance: &Balance, month: Month) -> Vec<Move> {
    let sum = |label, count| Move { sign: "", label, count, door: None };
    let step = |sign, flow, count| {
        let door = format!("/closing/moves?bulan={}&flow={}", month.0, word(flow));
        Move { sign, label: label(flow), count, door: Some(door) }
    };
    vec![
        sum("Akhir bulan lalu", balance.before),
        step("+", Flow::Born, balance.born),
        step("+", Flow::MovedIn, balance.moved_in),
        step("−", Flow::TurnedFive, balance.turned_five),
        step("−", Flow::MovedOut, balance.moved_out),
        step("−", Flow::Died, balance.died),
        sum("Akhir bulan ini", balance.now),
    ]
}

/// What moves a number, and is listed by name.
const MOVES: [Flow; 5] = [Flow::Born, Flow::MovedIn, Flow::TurnedFive, Flow::MovedOut, Flow::Died];

/// As addresses have it.
const fn word(flow: Flow) -> &'static str {
    match flow {
        Flow::Stays => "tetap",
        Flow::Born => "lahir",
        Flow::MovedIn => "masuk",
        Flow::TurnedFive => "lulus",
        Flow::MovedOut => "pindah",
        Flow::Died => "meninggal",
    }
}

const fn label(flow: Flow) -> &'static str {
    match flow {
        Flow::Stays => "Tetap",
        Flow::Born => "Lahir",
        Flow::MovedIn => "Pindah masuk",
        Flow::TurnedFive => "Genap 5 tahun",
        Flow::MovedOut => "Pindah keluar",
        Flow::Died => "Meninggal",
    }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    flow: String,
    #[serde(default)]
    bulan: Option<i32>,
}

#[derive(Template)]
#[template(path = "closing/moves.html")]
struct MovesPage {
    shell: Shell,
    title: &'static str,
    month: i32,
    month_name: String,
    rows: Vec<Row>,
}

struct Row {
    id: CitizenId,
    name: String,
    about: String,
}

/// Those behind one line of the sum.
pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Query(wanted): Query<Asked>,
) -> Result<Response, Trouble> {
    let flow = MOVES.into_iter().find(|flow| word(*flow) == wanted.flow).ok_or(Trouble::Nowhere)?;
    let posyandu = staff.posyandu.id;
    let month = asked(wanted.bulan, day::report_month(&edge, posyandu, edge.clock.now().today));
    let mut moved = edge.roster.flows(posyandu, month);
    moved.retain(|(of, _)| *of == flow);
    let row = |(_, child): (Flow, crate::roster::Listed)| Row {
        id: child.id,
        about: format!(
            "{} lahir {} · Ibu {}",
            words::sex_sign(child.sex),
            words::date(child.birth_date),
            child.mother
        ),
        name: child.name,
    };
    page(&MovesPage {
        shell: Shell::of(&edge, &staff),
        title: label(flow),
        month: month.0,
        month_name: words::month_year(month),
        rows: moved.into_iter().map(row).collect(),
    })
}
