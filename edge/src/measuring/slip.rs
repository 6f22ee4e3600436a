//! The referral slip: who, why, from whom; printed by the phone or copied by hand, and kept as something that was done.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use care::adult::Referral;
use protocol::Body;
use protocol::service::Served;

use super::form::Typed;
use super::tone::Line;
use super::visitor::{Top, Visitor};
use super::{Sheet, keep, today};
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::visits::referral_to;
use crate::web::{Trouble, page, words};

/// What sends somebody to the Puskesmas.
pub(crate) struct Slip {
    /// The page it belongs to, e.g. `/people/{id}/adult`.
    pub(crate) of: String,
    /// Everything that is to be said; what refers are the reasons.
    pub(crate) lines: Vec<Line>,
    /// The figures of the day.
    pub(crate) figures: Vec<String>,
}

#[derive(Template)]
#[template(path = "measuring/slip.html")]
struct SlipPage {
    top: Top,
    of: String,
    sheet: String,
    name: String,
    born: String,
    address: String,
    to: String,
    reasons: Vec<String>,
    figures: Vec<String>,
    urgent: bool,
    day: String,
    author: String,
    posyandu: String,
    /// Whether it was kept today already.
    is_kept: bool,
}

/// Whether somebody has to be seen, and how soon.
pub(crate) fn referral(lines: &[Line]) -> Option<Referral> {
    lines.iter().filter_map(|line| line.referral).max()
}

fn reasons(slip: &Slip) -> Vec<String> {
    slip.lines.iter().filter(|line| line.referral.is_some()).map(|line| line.say.clone()).collect()
}

pub(crate) fn show(edge: &Edge, staff: &Staff, visitor: &Visitor, slip: Slip) -> Result<Response, Trouble> {
    staff.may(Act::PrintCard)?;
    let Some(referral) = referral(&slip.lines) else { return Ok(Redirect::to(&slip.of).into_response()) };
    staff.printed(edge, visitor.person.id, "surat rujukan");
    let person = &visitor.person.registered;
    page(&SlipPage {
        top: visitor.top(slip.of.clone()),
        sheet: Typed::default().sheet().to_string(),
        name: person.name.clone(),
        born: person.birth_date.to_naive().map(|born| words::date(born).to_string()).unwrap_or_default(),
        address: person.address.clone().unwrap_or_default(),
        to: referral_to(edge)?,
        reasons: reasons(&slip),
        figures: slip.figures,
        urgent: referral == Referral::Today,
        day: visitor.today().map(words::weekday_date).unwrap_or_default(),
        author: staff.user.name.clone(),
        posyandu: staff.posyandu.name.clone(),
        is_kept: is_kept_today(visitor),
        of: slip.of,
    })
}

/// Whether she was sent on today.
pub(crate) fn is_kept_today(visitor: &Visitor) -> bool {
    let today = visitor.today();
    let mut facts = visitor.facts();
    facts.any(|fact| {
        matches!(fact.body(), Body::Served(Served::Referred { .. }))
            && fact.on.and_then(|on| on.to_naive()) == today
    })
}

pub(crate) async fn take(
    edge: &Edge,
    staff: &Staff,
    visitor: &Visitor,
    slip: Slip,
    mut typed: Typed,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    if let Some(referral) = referral(&slip.lines) {
        let to = referral_to(edge)?;
        let ticket = today(edge, staff, visitor).await?;
        let mut sheet = Sheet::new(visitor, staff, &ticket, typed.sheet());
        let referred = Served::Referred { to, reasons: reasons(&slip), urgent: referral == Referral::Today };
        sheet.put(0, Body::Served(referred), None);
        keep(edge, sheet).await?;
    }
    Ok(Redirect::to(&slip.of).into_response())
}
