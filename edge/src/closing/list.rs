//! The children behind a number, each with the way to correct what was measured.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use care::f1::{Figure, Group, Sex};
use protocol::{CitizenId, VisitId};
use serde::Deserialize;

use super::asked;
use super::count::{self, Counted};
use crate::app::Edge;
use crate::staff::Staff;
use crate::store::Weighed;
use crate::web::{Shell, Trouble, page, words};
use crate::{day, roster};

/// Longer lists are for a screen that scrolls by itself.
const AT_MOST: usize = 300;

#[derive(Deserialize)]
pub(super) struct Asked {
    figure: String,
    #[serde(default)]
    sex: Option<String>,
    #[serde(default)]
    from: Option<u8>,
    #[serde(default)]
    bulan: Option<i32>,
    #[serde(default)]
    guests: Option<String>,
}

#[derive(Template)]
#[template(path = "closing/list.html")]
struct ListPage {
    shell: Shell,
    title: String,
    month: i32,
    month_name: String,
    count: usize,
    rows: Vec<Row>,
}

struct Row {
    id: CitizenId,
    name: String,
    about: String,
    said: String,
    visit: Option<VisitId>,
}

/// The page.
pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Query(wanted): Query<Asked>,
) -> Result<Response, Trouble> {
    let figure = Figure::from_code(&wanted.figure).ok_or(Trouble::Nowhere)?;
    let sex = wanted.sex.as_deref().and_then(Sex::from_code);
    let group = Group::ALL.into_iter().find(|group| Some(group.from) == wanted.from);
    let guests = wanted.guests.is_some();
    let month = asked(wanted.bulan, day::report_month(&edge, staff.posyandu.id, edge.clock.now().today));
    let mut counted = count::month(&edge, staff.posyandu.id, month);
    counted.retain(|child| {
        let line = &child.line;
        line.is_guest == guests
            && figure.counts(line)
            && sex.is_none_or(|sex| sex == line.sex)
            && group.is_none_or(|group| Group::of(line.age_months) == Some(group))
    });
    counted.sort_by(|one, other| one.card.person.name.cmp(&other.card.person.name));
    let count = counted.len();
    let cell =
        [sex.map(|sex| sex.code().to_owned()), group.map(|group| format!("{}–{} bln", group.from, group.to))];
    let title: Vec<String> = [Some(figure.code().to_owned())]
        .into_iter()
        .chain(cell)
        .flatten()
        .chain(guests.then(|| "tamu".into()))
        .collect();
    page(&ListPage {
        shell: Shell::of(&edge, &staff),
        title: format!("{}: {}", title.join(" "), label(figure)),
        month: month.0,
        month_name: words::month_year(month),
        count,
        rows: counted.iter().take(AT_MOST).map(|child| row(&edge, &staff, child)).collect(),
    })
}

fn row(edge: &Edge, staff: &Staff, counted: &Counted) -> Row {
    let is_here = |weighed: &&Weighed| weighed.posyandu == staff.posyandu.id;
    let person = &counted.card.person;
    let said = counted.weighed.as_ref().map(|(weighed, line)| {
        let day = words::date(weighed.on);
        let marks = [(line.twice_not_risen, " · 2T"), (line.below_red_line, " · BGM")];
        let marks: String = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
        let place = Some(weighed).filter(|weighed| !is_here(weighed));
        let place = place.map(|weighed| roster::place_of(edge, &counted.card, weighed));
        let place = place.map(|place| format!(" · ditimbang di {place}")).unwrap_or_default();
        format!("{day} · {} · {}{marks}{place}", words::kg(weighed.mass_g), line.gain.code())
    });
    Row {
        id: counted.card.citizen,
        name: person.name.clone(),
        about: format!(
            "{} {} bln · Ibu {}",
            words::sex_sign(person.sex),
            counted.line.age_months,
            person.mother
        ),
        said: said.unwrap_or_else(|| "belum ditimbang".into()),
        visit: counted.weighed.as_ref().map(|(weighed, _)| weighed).filter(is_here).map(|here| here.visit),
    }
}

/// What a number counts.
pub(super) const fn label(figure: Figure) -> &'static str {
    match figure {
        Figure::S => "semua balita",
        Figure::K => "punya buku KIA",
        Figure::D => "ditimbang",
        Figure::N => "naik",
        Figure::T => "tidak naik",
        Figure::O => "bulan lalu tidak ditimbang",
        Figure::B => "baru pertama ditimbang",
        Figure::TwoT => "dua kali tidak naik",
        Figure::Bgm => "di bawah garis merah",
        Figure::Absent => "belum ditimbang",
    }
}
