//! Cards to print: for each person of a posyandu a name, a birth date, and a code a phone can read.
//!
//! # Why
//! The number follows from the person's id, so hub and node print the same one without asking each other, and a card that
//! is lost says nothing of anybody's health.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use protocol::card;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::Deserialize;
use uuid::Uuid;

use super::store::{self, OnCard};
use crate::app::Hub;
use crate::staff::Staff;
use crate::web::{PageError, Shell, page, words};

/// Cards of one sheet of A4, three abreast.
const PER_SHEET: i64 = 24;

#[derive(Template)]
#[template(path = "citizens/cards.html")]
struct CardsPage {
    shell: Shell,
    posyandu: Uuid,
    name: String,
    cards: Vec<Card>,
    sheet: i64,
    sheets: i64,
}

struct Card {
    name: String,
    born: String,
    mother: String,
    number: String,
    code: String,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    /// Which sheet, from 1.
    #[serde(default)]
    lembar: Option<i64>,
}

pub(super) async fn show(
    State(hub): State<Hub>,
    staff: Staff,
    Path(posyandu): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let name = store::posyandu_name(&hub.db, staff.puskesmas, posyandu).await?.ok_or(PageError::NotFound)?;
    let count = store::count_on_cards(&hub.db, posyandu).await?;
    let sheets = ((count + PER_SHEET - 1) / PER_SHEET).max(1);
    let sheet = asked.lembar.unwrap_or(1).clamp(1, sheets);
    let people = store::on_cards(&hub.db, posyandu, (sheet - 1) * PER_SHEET, PER_SHEET).await?;
    let cards = people.into_iter().map(drawn).collect::<Result<_, _>>()?;
    let shell = Shell::of(&staff, format!("Kartu {name}"));
    page(&CardsPage { shell, posyandu, name, cards, sheet, sheets })
}

fn drawn(person: OnCard) -> Result<Card, PageError> {
    let own = person.card_number.filter(|own| !own.trim().is_empty());
    let number = own.unwrap_or_else(|| card::number(person.id.into()));
    let code = QrCode::with_error_correction_level(&number, EcLevel::M)
        .map_err(|error| anyhow::Error::new(error).context("drawing a card's code"))?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(120, 120).build();
    // the page is a document of its own, so the picture's prologue has no place in it
    let svg = svg.split_once("?>").map_or(svg.as_str(), |(_, svg)| svg);
    Ok(Card {
        name: person.name,
        born: words::date(&person.birth_date).to_string(),
        mother: person.guardian_name,
        number: card::shown(&number),
        code: svg.replacen("<svg ", "<svg role=\"img\" aria-label=\"Kode QR\" ", 1),
    })
}
