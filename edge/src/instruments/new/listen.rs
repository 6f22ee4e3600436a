//! The first page: what comes over the line or through the air, and what it fits.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::trial::{Shown, Start, WIRES, Way};
use super::{At, to_list, to_page, to_port};
use crate::app::Edge;
use crate::config::{BleAddress, BleSettings};
use crate::instruments::languages::described;
use crate::instruments::ports::Plugged;
use crate::instruments::{Technician, said};
use crate::scales::Vital;
use crate::web::{Trouble, page};

#[derive(Deserialize)]
pub(in crate::instruments) struct ListenForm {
    port: String,
    /// Its place in the list of speeds; the usual one if left out.
    #[serde(default)]
    wire: usize,
    /// Try the others as well.
    #[serde(default)]
    search: Option<String>,
    /// What it measures, if it is a meter.
    #[serde(default)]
    vital: Option<Vital>,
}

/// Begins to listen at a port, or to an instrument in the air.
pub(in crate::instruments) async fn listen(
    State(edge): State<Edge>,
    _: Technician,
    Form(form): Form<ListenForm>,
) -> Result<Response, Trouble> {
    let start = match BleAddress::try_from(form.port.clone()) {
        Ok(address) if !edge.workshop.is_taken_in(address.as_str()) => {
            let ble = BleSettings { address, adapter: None, characteristic: None };
            match form.vital {
                Some(vital) => Start::Meter(ble, vital),
                None => Start::Air(ble),
            }
        }
        Ok(_) => return Err(Trouble::Nowhere),
        Err(_) => {
            let device = plugged(&edge, &form.port).await?.device;
            Start::Line { device, wire: form.wire.min(WIRES.len() - 1), search: form.search.is_some() }
        }
    };
    let is_meter = matches!(start, Start::Meter(..));
    edge.workshop.listen(&form.port, start);
    Ok(if is_meter { to_page("/instruments/meter", &form.port) } else { to_port(&form.port) })
}

/// The free device with a name.
async fn plugged(edge: &Edge, name: &str) -> Result<Plugged, Trouble> {
    let (workshop, name) = (edge.workshop.clone(), name.to_owned());
    let look = move || {
        let is_free = workshop.free_ports().0.contains(&name);
        workshop.sockets().find(&name).filter(|_| is_free).cloned()
    };
    tokio::task::spawn_blocking(look).await.map_err(|_| Trouble::Broken)?.ok_or(Trouble::Nowhere)
}

#[derive(Template)]
#[template(path = "instruments/new/listen.html")]
struct ListenPage {
    port: String,
    wireless: bool,
    heard: HeardPart,
    wires: Vec<(usize, String, bool)>,
}

/// The part of the page that changes while bytes come.
#[derive(Template)]
#[template(path = "instruments/new/heard.html")]
struct HeardPart {
    shown: Shown,
    way: String,
    wireless: bool,
    searching: bool,
    /// What fits: its description, good frames, bad frames, the last number.
    fits: Vec<(&'static str, u32, u32, String)>,
}

impl HeardPart {
    fn of(shown: Shown) -> Self {
        let fits = shown.fits.iter().map(|fit| {
            let number = fit.last.value();
            let unit = match fit.unit_from {
                scales::UnitFrom::Frame => fit.last.unit().name(),
                scales::UnitFrom::Profile => "satuan belum tentu",
            };
            let number = format!("{} {unit}", decimal(number.digits, number.decimals));
            (described(fit.dialect), fit.good, fit.bad, number)
        });
        let (way, wireless, searching) = match shown.way {
            Way::Line { wire, searching } => (said::wire(wire), false, searching),
            Way::Air(_) | Way::Meter(..) => ("Bluetooth".into(), true, false),
        };
        Self { way, wireless, searching, fits: fits.collect(), shown }
    }
}

/// A number as it was sent, with a decimal comma.
fn decimal(digits: i64, decimals: i8) -> String {
    let sign = if digits < 0 { "\u{2212}" } else { "" };
    let behind = usize::try_from(decimals).unwrap_or(0);
    let missing = usize::from(decimals.min(0).unsigned_abs());
    let figures = format!("{:0>width$}{}", digits.unsigned_abs(), "0".repeat(missing), width = behind + 1);
    let (whole, part) = figures.split_at(figures.len() - behind);
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole},{part}") }
}

pub(in crate::instruments) async fn show(
    State(edge): State<Edge>,
    _: Technician,
    Query(At { port }): Query<At>,
) -> Result<Response, Trouble> {
    let Some(shown) = edge.workshop.trials.look(&port) else {
        return Ok(to_list());
    };
    let is_here = |other| matches!(shown.way, Way::Line { wire, .. } if wire == other);
    let wires = WIRES.iter().enumerate().map(|(at, &wire)| (at, said::wire(wire), is_here(wire))).collect();
    let heard = HeardPart::of(shown);
    page(&ListenPage { port, wireless: heard.wireless, heard, wires })
}

/// The changing part alone.
pub(in crate::instruments) async fn heard(
    State(edge): State<Edge>,
    _: Technician,
    Query(At { port }): Query<At>,
) -> Result<Response, Trouble> {
    page(&HeardPart::of(edge.workshop.trials.look(&port).ok_or(Trouble::Nowhere)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_digit_for_digit() {
        for (digits, decimals, text) in
            [(5_000, 3, "5,000"), (-5, 2, "\u{2212}0,05"), (12, 0, "12"), (12, -1, "120"), (0, 3, "0,000")]
        {
            assert_eq!(decimal(digits, decimals), text);
        }
    }
}
