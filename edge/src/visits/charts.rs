//! All cards of a child: weight, length, weight for length, BMI and head, each with its sentence and its table.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use growth::Visit;
use growth::chart::{Chart, Indicator};
use protocol::CitizenId;

use super::case::Who;
use super::growing;
use super::result::{Drawn, drawn};
use crate::app::Edge;
use crate::roster;
use crate::staff::Staff;
use crate::web::{Trouble, page};

const ALL: [Indicator; 5] = [
    Indicator::WeightForAge,
    Indicator::LengthForAge,
    Indicator::WeightForLength,
    Indicator::BmiForAge,
    Indicator::HeadForAge,
];

#[derive(Template)]
#[template(path = "visits/charts.html")]
struct ChartsPage {
    who: Who,
    child: CitizenId,
    charts: Vec<(&'static str, Drawn)>,
    /// Born before 37 weeks and not yet two: the cards have a second line.
    corrected: bool,
    clock_unset: bool,
}

impl ChartsPage {
    fn back(&self) -> String {
        format!("/children/{}", self.child)
    }
}

pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    let child = roster::of_child(&edge, &staff, id)?;
    staff.saw(&edge, id, "grafik");
    let now = edge.clock.now();
    let visits = growing::visits(&edge.store.visits_of(id)?, &edge.store.facts_of(id)?);
    let grower = growing::grower(&child.registered).filter(|_| now.believable);
    let card = |grower: &growth::Child, indicator: Indicator| {
        let chart = Chart::new(grower, &visits, indicator, now.today);
        let is_empty = chart.points().next().is_none();
        (!is_empty).then(|| (indicator.title(chart.span), drawn(&chart)))
    };
    let charts = grower.map(|grower| ALL.iter().filter_map(|&indicator| card(&grower, indicator)).collect());
    page(&ChartsPage {
        who: Who::of(&child, now.believable.then_some(now.today)),
        child: id,
        corrected: grower.is_some_and(|grower| has_second_line(&grower, &visits)),
        charts: charts.unwrap_or_default(),
        clock_unset: !now.believable,
    })
}

fn has_second_line(child: &growth::Child, visits: &[Visit]) -> bool {
    visits.iter().any(|visit| child.corrected(visit.on).is_some())
}
