//! The card that goes home: a page to print, a PDF made here without a browser, and a strip for a thermal printer.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use protocol::CitizenId;
use qrcode::{EcLevel, QrCode};
use serde::Deserialize;

use super::case::Case;
use super::{pdf, strip};
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page, words};

/// What a printed card says. No NIK, but its last four digits.
pub(super) struct Card {
    pub(super) posyandu: String,
    pub(super) name: String,
    /// `lahir 03-02-2025 · perempuan`.
    pub(super) about: String,
    pub(super) mother: String,
    pub(super) nik_tail: Option<String>,
    /// The number on the child's card, which the picture holds too; its id here, if it has no card.
    pub(super) number: String,
    pub(super) printed_on: String,
    pub(super) lines: Vec<CardLine>,
    pub(super) qr: QrCode,
}

/// One dose on the card.
pub(super) struct CardLine {
    pub(super) age: String,
    pub(super) name: String,
    /// Its day, or when it is due.
    pub(super) when: String,
    /// Batch, or where else it was given.
    pub(super) from: String,
    pub(super) is_done: bool,
}

impl Card {
    async fn load(edge: &Edge, staff: &Staff, id: CitizenId) -> Result<Self, Trouble> {
        staff.may(Act::PrintCard)?;
        let case = Case::load(edge, staff, id).await?;
        staff.printed(edge, id, "kartu imunisasi");
        let who = case.who(edge);
        let number = case.child.registered.card.clone().unwrap_or_else(|| id.to_string());
        let qr = QrCode::with_error_correction_level(&number, EcLevel::M).map_err(|err| {
            tracing::error!("the number of a card cannot be drawn: {err}");
            Trouble::Broken
        })?;
        Ok(Self {
            posyandu: staff.posyandu.name.clone(),
            about: format!("lahir {} · {}", words::date(case.born), who.sex),
            name: who.name,
            mother: who.mother,
            nik_tail: who.nik_tail,
            number,
            printed_on: words::date(case.today).to_string(),
            lines: lines(&case),
            qr,
        })
    }

    fn svg(&self) -> String {
        let svg = self.qr.render::<qrcode::render::svg::Color<'_>>().min_dimensions(160, 160).build();
        // the page is a document of its own, so the picture's prologue has no place in it
        let svg = svg.split_once("?>").map_or(svg.as_str(), |(_, svg)| svg);
        svg.replacen("<svg ", "<svg role=\"img\" aria-label=\"Kode QR nomor kartu\" ", 1)
    }
}

fn lines(case: &Case) -> Vec<CardLine> {
    let record_of = |event| case.history.doses.iter().find(|record| Some(record.fact.id()) == event);
    let line = |row: super::row::Row| {
        let record = record_of(row.event);
        // a narrow column: the day, without why it is that one
        let when = row.say.split_once(", ").map_or(row.say.as_str(), |(day, _)| day);
        let from = record.map(|record| match (&record.dose.batch, &record.dose.given_by) {
            (Some(batch), _) => format!("batch {batch}"),
            (None, Some(by)) => by.clone(),
            (None, None) => "dari buku".into(),
        });
        CardLine {
            age: row.age.clone(),
            name: row.name(),
            when: if row.is_early() { format!("{when} (menunggu bidan)") } else { when.to_owned() },
            from: from.unwrap_or_default(),
            is_done: record.is_some(),
        }
    };
    let mut lines: Vec<CardLine> = case.rows().into_iter().map(line).collect();
    if lines.is_empty() {
        // While nobody knows the date there is no schedule; what was given is known all the same.
        lines.extend(case.history.doses.iter().map(|record| CardLine {
            age: String::new(),
            name: format!("{} {}", record.dose.antigen, record.dose.number),
            when: words::date(record.on).to_string(),
            from: record.dose.batch.clone().unwrap_or_default(),
            is_done: true,
        }));
    }
    lines
}

#[derive(Template)]
#[template(path = "immunization/card.html")]
struct CardPage {
    child: CitizenId,
    card: Card,
    is_narrow: bool,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// `58` for a roll of 58 mm.
    #[serde(default)]
    width: String,
}

pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let card = Card::load(&edge, &staff, id).await?;
    page(&CardPage { child: id, card, is_narrow: wanted.width == "58" })
}

pub(super) async fn pdf(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    let card = Card::load(&edge, &staff, id).await?;
    Ok(file("application/pdf", "inline; filename=\"kartu-imunisasi.pdf\"", pdf::drawn(&card)))
}

pub(super) async fn strip(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    let card = Card::load(&edge, &staff, id).await?;
    let name = "attachment; filename=\"kartu-imunisasi.bin\"";
    Ok(file("application/octet-stream", name, strip::printed(&card)))
}

fn file(kind: &'static str, name: &'static str, bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response()
}
