//! The totals as a text for WhatsApp: numbers only, never a name. The phone's own app sends it; this node asks nobody.

use std::fmt::Write;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use care::f1::{Figure, Figures, Share};
use protocol::Month;

use super::page::Asked;
use super::services::{self, Services};
use super::{asked, count};
use crate::app::Edge;
use crate::day;
use crate::staff::Staff;
use crate::web::{Shell, Trouble, page, words};

#[derive(Template)]
#[template(path = "closing/whatsapp.html")]
struct SharePage {
    shell: Shell,
    month: i32,
    text: String,
}

/// The page.
pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Query(Asked { bulan }): Query<Asked>,
) -> Result<Response, Trouble> {
    let posyandu = staff.posyandu.id;
    let month = asked(bulan, day::report_month(&edge, posyandu, edge.clock.now().today));
    let form = count::form(&count::month(&edge, posyandu, month));
    let services = services::of(&edge, posyandu, month);
    let name = &staff.posyandu.name;
    let text = text(name, month, &form.total(), form.guests(), &services);
    page(&SharePage { shell: Shell::of(&edge, &staff), month: month.0, text })
}

fn text(name: &str, month: Month, total: &Figures, guests: &Figures, services: &Services) -> String {
    let mut text = format!("Posyandu {name}, {}\n", words::month_year(month));
    let counts = Figure::FORM.map(|figure| format!("{} {}", figure.code(), total.of(figure)));
    let shares = [Share::Participation, Share::Success, Share::SuccessOfAll, Share::Coverage];
    let shares = shares.map(|share| format!("{} {}", share.name(), words::percent(share.permille(total))));
    let _ = writeln!(text, "{}\n{}", counts.join(", "), shares.join(", "));
    let _ = writeln!(
        text,
        "ASI saja {} dari {}, vitamin A {}, imunisasi {} anak, ibu hamil {}, lansia {}",
        services.breastfed.0,
        services.breastfed.1,
        services.vitamin_a,
        services.immunized.0,
        services.pregnant,
        services.elderly
    );
    let guests = guests.of(Figure::D);
    if guests > 0 {
        let _ = writeln!(text, "Tamu ditimbang {guests}");
    }
    text
}
