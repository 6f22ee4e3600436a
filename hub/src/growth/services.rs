//! What children were given, asked and told, a row for each event.
//!
//! # Why
//! A row follows from its own event; what stands is asked of all rows at once (`standing_child_services`), so nothing
//! depends on the order of arrival. Only a day that is found out later changes a row, and then the child's rows are made
//! again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use protocol::Body;
use protocol::service::{Capsule, Noted, Served, TbSign};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::fold::replacement;
use super::{Entered, clocks, store};

/// The kinds of events that services are, and that take them back.
const NOTED: i16 = 12;
const SERVED: i16 = 13;

/// One row of `child_services`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceRow {
    /// The event.
    pub event_id: Uuid,
    /// Its kind.
    pub event_kind: i16,
    /// The node that wrote it.
    pub node_id: Uuid,
    /// The life of that node's journal.
    pub incarnation: i32,
    /// Its place in the journal.
    pub sequence: i64,
    /// The posyandu.
    pub posyandu_id: Uuid,
    /// The child.
    pub citizen_id: Uuid,
    /// The visit.
    pub visit_id: Option<Uuid>,
    /// The local date.
    pub observed_on: NaiveDate,
    /// year × 12 + month − 1.
    pub report_month: i32,
    /// `vitamin_a`, `deworming`, `food`, `milk`, `tuberculosis`, `development`, `referral`, `counselling`, `declined`, or
    /// `void` for what only takes something back.
    pub service: String,
    /// What exactly, in words a page can show.
    pub value: String,
    /// Who recorded it.
    pub recorder_id: Uuid,
    /// The event it replaces or takes back.
    pub replaces_id: Option<Uuid>,
    /// That event's kind.
    pub replaces_kind: Option<i16>,
}

impl ServiceRow {
    fn of(entered: &Entered) -> Option<Self> {
        let (service, value) = said(&entered.event.body)?;
        let header = &entered.event.header;
        let order = entered.order();
        let replaces = replacement(entered);
        Some(Self {
            event_id: entered.event_id(),
            event_kind: entered.event.body.kind().0 as i16,
            node_id: order.node_id,
            incarnation: order.incarnation,
            sequence: order.sequence,
            posyandu_id: entered.posyandu(),
            citizen_id: entered.citizen(),
            visit_id: header.visit.map(|visit| visit.id.0),
            observed_on: entered.observed_on(),
            report_month: entered.report_month(),
            service: service.into(),
            value,
            recorder_id: header.author.user.0,
            replaces_id: replaces.map(|(_, event)| event),
            replaces_kind: replaces.map(|(kind, _)| kind as i16),
        })
    }

    /// The word staff read.
    pub fn label(&self) -> &'static str {
        match self.service.as_str() {
            "vitamin_a" => "Vitamin A",
            "deworming" => "Obat cacing",
            "food" => "PMT",
            "milk" => "ASI eksklusif",
            "tuberculosis" => "Tanya TB",
            "development" => "Perkembangan",
            "referral" => "Rujukan",
            "counselling" => "Penyuluhan",
            _ => "Tidak diberikan",
        }
    }

    fn place(&self) -> (i32, i64, Uuid) {
        (self.incarnation, self.sequence, self.node_id)
    }
}

/// Takes services into their table; the rows of `redated` children, whose days were found out, are made again.
pub(super) async fn enter(
    db: &mut PgConnection,
    entered: &[Entered],
    redated: &BTreeSet<Uuid>,
) -> sqlx::Result<()> {
    let mut services: Vec<Entered> =
        entered.iter().filter(|entered| said(&entered.event.body).is_some()).cloned().collect();
    clocks::date(db, services.iter_mut()).await?;
    clocks::note_undated(db, &services).await?;
    let rows = services.iter().filter(|entered| !redated.contains(&entered.citizen()));
    keep(db, &once(rows.filter_map(ServiceRow::of))).await?;
    if !redated.is_empty() {
        make_again(db, &redated.iter().copied().collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// Makes all rows of those children again from their events.
pub(super) async fn make_again(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<()> {
    let made = made(db, ids).await?;
    sqlx::query!("delete from child_services where citizen_id = any ($1)", ids).execute(&mut *db).await?;
    keep(db, &made).await
}

/// Those of the children whose rows are not what their events say.
pub(super) async fn differing(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<BTreeSet<Uuid>> {
    let made: BTreeSet<ServiceRow> = made(db, ids).await?.into_iter().collect();
    let kept: BTreeSet<ServiceRow> = sqlx::query_as!(
        ServiceRow,
        r#"
        select
            event_id, event_kind, node_id, incarnation, sequence, posyandu_id, citizen_id, visit_id, observed_on,
            report_month, service, value, recorder_id, replaces_id, replaces_kind
        from child_services
        where citizen_id = any ($1)
        "#,
        ids
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .collect();
    Ok(made.symmetric_difference(&kept).map(|row| row.citizen_id).collect())
}

/// What stands of a child's services, newest first.
pub async fn services_of(db: &PgPool, citizen: Uuid) -> sqlx::Result<Vec<ServiceRow>> {
    sqlx::query_as!(
        ServiceRow,
        r#"
        select
            event_id as "event_id!", event_kind as "event_kind!", node_id as "node_id!", incarnation as "incarnation!",
            sequence as "sequence!", posyandu_id as "posyandu_id!", citizen_id as "citizen_id!", visit_id,
            observed_on as "observed_on!", report_month as "report_month!", service as "service!", value as "value!",
            recorder_id as "recorder_id!", replaces_id, replaces_kind
        from standing_child_services
        where citizen_id = $1
        order by observed_on desc, incarnation desc, sequence desc, event_id
        "#,
        citizen
    )
    .fetch_all(db)
    .await
}

async fn made(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<ServiceRow>> {
    let events = store::events_of(db, ids).await?;
    Ok(once(events.into_values().flatten().filter_map(|entered| ServiceRow::of(&entered))))
}

/// Each event once: one that came by two roads counts where it was written down first.
fn once(rows: impl Iterator<Item = ServiceRow>) -> Vec<ServiceRow> {
    let mut once: BTreeMap<(Uuid, i16, Uuid), ServiceRow> = BTreeMap::new();
    for row in rows {
        let key = (row.citizen_id, row.event_kind, row.event_id);
        match once.get(&key) {
            Some(known) if known.place() <= row.place() => {}
            _ => drop(once.insert(key, row)),
        }
    }
    once.into_values().collect()
}

async fn keep(db: &mut PgConnection, rows: &[ServiceRow]) -> sqlx::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    macro_rules! column {
        ($field:ident) => {
            rows.iter().map(|row| row.$field.clone()).collect::<Vec<_>>()
        };
    }
    sqlx::query!(
        r#"
        insert into child_services (
            event_id, event_kind, node_id, incarnation, sequence, posyandu_id, citizen_id, visit_id, observed_on,
            report_month, service, value, recorder_id, replaces_id, replaces_kind
        )
        select *
        from unnest(
            $1::uuid[], $2::smallint[], $3::uuid[], $4::integer[], $5::bigint[], $6::uuid[], $7::uuid[], $8::uuid[],
            $9::date[], $10::integer[], $11::text[], $12::text[], $13::uuid[], $14::uuid[], $15::smallint[]
        )
        on conflict (citizen_id, event_kind, event_id) do update
        set (
                node_id, incarnation, sequence, posyandu_id, visit_id, observed_on, report_month, service, value,
                recorder_id, replaces_id, replaces_kind
            ) = (
                excluded.node_id, excluded.incarnation, excluded.sequence, excluded.posyandu_id, excluded.visit_id,
                excluded.observed_on, excluded.report_month, excluded.service, excluded.value, excluded.recorder_id,
                excluded.replaces_id, excluded.replaces_kind
            )
        where (excluded.incarnation, excluded.sequence, excluded.node_id)
            < (child_services.incarnation, child_services.sequence, child_services.node_id)
        "#,
        &column!(event_id),
        &column!(event_kind),
        &column!(node_id),
        &column!(incarnation),
        &column!(sequence),
        &column!(posyandu_id),
        &column!(citizen_id),
        &column!(visit_id) as &[Option<Uuid>],
        &column!(observed_on),
        &column!(report_month),
        &column!(service),
        &column!(value),
        &column!(recorder_id),
        &column!(replaces_id) as &[Option<Uuid>],
        &column!(replaces_kind) as &[Option<i16>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Which service an event is, and what exactly; `None` for what is none.
fn said(body: &Body) -> Option<(&'static str, String)> {
    match body {
        Body::Served(served) => served_said(served),
        Body::Noted(Noted::ExclusiveBreastfeeding(only)) => {
            Some(("milk", if *only { "ya" } else { "tidak" }.into()))
        }
        Body::Noted(Noted::Tuberculosis(signs)) => Some(("tuberculosis", signs_said(signs))),
        Body::Noted(Noted::Development { list, can, cannot }) => {
            let of = can.len() + cannot.len();
            let missing =
                if cannot.is_empty() { String::new() } else { format!(", belum: {}", cannot.join(" ")) };
            Some(("development", format!("{} dari {of} ({list}){missing}", can.len())))
        }
        Body::Voided(voided) if [NOTED, SERVED].contains(&(voided.kind as i16)) => {
            Some(("void", String::new()))
        }
        _ => None,
    }
}

fn served_said(served: &Served) -> Option<(&'static str, String)> {
    Some(match served {
        Served::VitaminA(Capsule::Blue) => ("vitamin_a", "biru".into()),
        Served::VitaminA(Capsule::Red) => ("vitamin_a", "merah".into()),
        Served::Deworming { product, dose_mg } => ("deworming", format!("{product} {dose_mg} mg")),
        Served::Food { product, days } => ("food", format!("{product}, {days} hari")),
        Served::Counselled { card } => ("counselling", card.clone()),
        Served::Referred { to, reasons, urgent } => {
            let when = if *urgent { ", hari ini" } else { "" };
            ("referral", format!("{to}{when}: {}", reasons.join("; ")))
        }
        Served::Declined { what, reason } => ("declined", format!("{what}: {reason}")),
        Served::Came | Served::Tablets { .. } => return None,
    })
}

fn signs_said(signs: &[TbSign]) -> String {
    let word = |sign: &TbSign| match sign {
        TbSign::Cough => "batuk",
        TbSign::Fever => "demam",
        TbSign::Weight => "berat",
        TbSign::Contact => "kontak",
        TbSign::Glands => "benjolan",
    };
    if signs.is_empty() {
        "tidak ada tanda".into()
    } else {
        signs.iter().map(word).collect::<Vec<_>>().join(", ")
    }
}
