//! A child's card: who it is, how it stands, the growth chart, and every visit with where its values came from.

use std::collections::HashMap;

use ::growth::chart::{Chart, Indicator};
use ::growth::plausibility::Concern;
use ::growth::{Child, Month, Visit};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::{NaiveDate, Utc};
use protocol::growth::Carried;
use uuid::Uuid;

use super::standing::{Chip, Found, chips};
use super::store;
use crate::app::Hub;
use crate::checkups::{self, Checkups};
use crate::citizens::{self, Citizen, Elsewhere, Member};
use crate::growth::{self, RecordRow, ServiceRow};
use crate::immunization::{self, Block};
use crate::reference;
use crate::staff::Staff;
use crate::web::{PageError, Shell, page, words};

#[derive(Template)]
#[template(path = "dashboard/child.html")]
struct ChildPage {
    shell: Shell,
    child: Citizen,
    posyandu: store::Posyandu,
    today: NaiveDate,
    charts: Vec<Drawn>,
    /// Who lives with it.
    family: Vec<Member>,
    /// The same child where it was a guest, or where it is at home.
    elsewhere: Vec<Elsewhere>,
    /// Newest first.
    visits: Vec<RecordRow>,
    /// What the posyandu are called where they were made.
    places: HashMap<Uuid, String>,
    /// What was read of a child in somebody's arms, by the event that gave the weight.
    carried: HashMap<Uuid, Carried>,
    /// What the child was given, asked and told, newest first.
    services: Vec<ServiceRow>,
    /// What else was found at visits, for a person who is no child.
    checkups: Checkups,
    /// What it was vaccinated with and is due for.
    immunization: Block,
}

/// A chart with what it says in a sentence.
struct Drawn {
    svg: String,
    trend: String,
}

pub(super) async fn show(
    State(hub): State<Hub>,
    staff: Staff,
    Path(child): Path<Uuid>,
) -> Result<Response, PageError> {
    let child = citizens::one(&hub.db, child).await?.ok_or(PageError::NotFound)?;
    // A child of another Puskesmas is not told apart from none.
    let posyandu =
        store::posyandu(&hub.db, staff.puskesmas, child.posyandu_id).await?.ok_or(PageError::NotFound)?;
    let mut visits = growth::history(&hub.db, child.id).await?;
    let services = growth::services_of(&hub.db, child.id).await?;
    let elsewhere = citizens::elsewhere(&hub.db, staff.puskesmas, &child).await?;
    visits.sort_by_key(|visit| std::cmp::Reverse((visit.observed_on, visit.id)));
    let today = words::today(Utc::now());
    let mut db = hub.db.acquire().await?;
    let mut checkups = checkups::of(&mut db, child.id).await?;
    let posyandu_ids: Vec<Uuid> = visits.iter().map(|visit| visit.posyandu_id).collect();
    let places = reference::names(&mut db, &posyandu_ids).await?;
    drop(db);
    checkups.pregnancies.visits.reverse();
    checkups.adult.reverse();
    page(&ChildPage {
        checkups,
        shell: Shell::of(&staff, child.name.clone()),
        family: citizens::household(&hub.db, staff.puskesmas, &child).await?,
        elsewhere,
        charts: charts(&child.as_child(), &visits, today)?,
        carried: growth::carried(&hub.db, child.id).await?,
        immunization: immunization::block(&hub.db, child.id, today).await?,
        child,
        posyandu,
        today,
        places,
        visits,
        services,
    })
}

fn charts(child: &Child, visits: &[RecordRow], today: NaiveDate) -> Result<Vec<Drawn>, PageError> {
    let dated: Vec<Visit> =
        visits.iter().filter(|visit| visit.age_days.is_some()).map(RecordRow::as_visit).collect();
    let on = dated.first().map_or(today, |visit| visit.on);
    let draw = |indicator| {
        let chart = Chart::new(child, &dated, indicator, on);
        let (mut svg, mut trend) = (String::new(), String::new());
        chart.write_svg(&mut svg).and_then(|()| chart.write_trend(&mut trend)).map(|()| Drawn { svg, trend })
    };
    let has_head = visits.iter().any(|visit| visit.head_tenth_mm.is_some());
    [Indicator::WeightForAge, Indicator::LengthForAge, Indicator::WeightForLength, Indicator::BmiForAge]
        .into_iter()
        .chain(has_head.then_some(Indicator::HeadForAge))
        .map(draw)
        .collect::<Result<_, _>>()
        .map_err(|error| anyhow::Error::new(error).context("drawing a growth chart").into())
}

impl ChildPage {
    /// What the latest weighing found.
    fn standing(&self) -> Vec<Chip> {
        self.latest().map_or_else(Vec::new, RecordRow::chips)
    }

    fn latest(&self) -> Option<&RecordRow> {
        self.visits.iter().find(|visit| visit.weight_g.is_some() && visit.age_days.is_some())
    }

    /// The two readings a weight lies between, where the child was in somebody's arms.
    fn arms(&self, visit: &RecordRow) -> Option<String> {
        let carried = self.carried.get(&visit.weight_event_id?)?;
        let (together, alone) = (words::grams(carried.together.mass_g), words::grams(carried.alone.mass_g));
        Some(format!("gendong: {together} − {alone} kg, ketelitian {} g", carried.division_g))
    }

    /// Where a visit was made, if not here.
    fn away(&self, visit: &RecordRow) -> Option<&str> {
        let is_away = visit.posyandu_id != self.child.posyandu_id;
        Some(self.places.get(&visit.posyandu_id).filter(|_| is_away)?)
    }

    fn sign(&self) -> &'static str {
        if self.child.gender == "L" { "♂ laki-laki" } else { "♀ perempuan" }
    }
}

impl RecordRow {
    fn as_visit(&self) -> Visit {
        Visit {
            on: self.observed_on,
            month: Month(self.report_month),
            from_book: self.weight_entry.as_deref() == Some("from_book"),
            measures: growth::measures(self),
        }
    }

    /// The z-scores in hundredths, by the names staff know.
    fn zs(&self) -> [(&'static str, Option<i16>); 5] {
        [
            ("BB/U", self.waz_centi),
            ("TB/U", self.lhaz_centi),
            ("BB/TB", self.whz_centi),
            ("IMT/U", self.baz_centi),
            ("LK/U", self.hcz_centi),
        ]
    }

    fn chips(&self) -> Vec<Chip> {
        chips(Found {
            weighed: self.weight_g.is_some(),
            gain: self.gain.as_deref(),
            two_t: self.two_t,
            below_red_line: self.below_red_line,
            oedema: self.oedema,
            nutrition_status: self.nutrition_status.as_deref(),
            weight_for_age: self.weight_for_age.as_deref(),
            length_for_age: self.length_for_age.as_deref(),
            flags: self.flags,
        })
    }

    /// What else is worth knowing of the visit.
    fn remarks(&self) -> Vec<String> {
        let place = match self.place.as_str() {
            "home" => Some("di rumah".to_owned()),
            "paud" => Some("di PAUD".to_owned()),
            "pustu" => Some("di pustu".to_owned()),
            "elsewhere" => Some("di tempat lain".to_owned()),
            _ => None,
        };
        let missing = [("tidak ditimbang", &self.weight_reason), ("tidak diukur", &self.length_reason)];
        let missing = missing
            .into_iter()
            .filter_map(|(what, reason)| Some(format!("{what}: {}", not_taken(reason.as_deref()?))));
        let insisted = [&self.weight_insisted, &self.length_insisted].into_iter().flatten().flatten();
        let insisted = insisted
            .filter_map(|&code| Concern::from_code(code))
            .map(|concern| format!("kader ditanya “{}” dan tetap menyimpan", concern.ask()));
        let round = [("LiLA", self.arm_tenth_mm), ("lingkar kepala", self.head_tenth_mm)];
        let round = round
            .into_iter()
            .filter_map(|(what, tenth_mm)| Some(format!("{what} {} cm", words::cm(&tenth_mm?))));
        place.into_iter().chain(round).chain(missing).chain(insisted).collect()
    }
}

fn not_taken(reason: &str) -> &'static str {
    match reason {
        "cries" => "menangis",
        "refuses" => "menolak",
        "ill" => "sakit",
        "no_instrument" => "alat tidak ada",
        _ => "alasan lain",
    }
}
