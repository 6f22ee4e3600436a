//! The appliances as staff see them: which are heard, which want looking at.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::app::Hub;
use crate::staff::Staff;
use crate::web::{PageError, Shell, Web, page, words};

/// A node that was not heard for so long is worth a telephone call: two posyandu days.
const LONG_SILENT_DAYS: i64 = 62;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/alat", get(show)).route("/alat/peringatan/{alarm}", post(settle))
}

#[derive(Template)]
#[template(path = "nodes/page.html")]
struct NodesPage {
    shell: Shell,
    nodes: Vec<NodeLine>,
    now: DateTime<Utc>,
}

/// A node and everything about it that may want looking at.
struct NodeLine {
    id: Uuid,
    label: String,
    posyandu: String,
    incarnation: i32,
    last_heard_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    program: Option<String>,
    certificate_until: Option<DateTime<Utc>>,
    events: i64,
    lost: i64,
    alarms: Vec<Alarm>,
    set_aside: Vec<SetAside>,
}

struct Alarm {
    id: i64,
    node_id: Uuid,
    kind: String,
    last_at: DateTime<Utc>,
    count: i64,
}

struct SetAside {
    node_id: Uuid,
    reason: String,
    count: i64,
}

impl NodeLine {
    fn certificate_day(&self) -> Option<NaiveDate> {
        self.certificate_until.map(words::today)
    }

    /// One word and its meaning.
    fn state(&self, now: DateTime<Utc>) -> (&'static str, &'static str) {
        let silent = self.last_heard_at.is_none_or(|at| (now - at).num_days() > LONG_SILENT_DAYS);
        match () {
            () if self.revoked_at.is_some() => ("belum", "dicabut"),
            () if !self.alarms.is_empty() => ("perhatian", "perlu dilihat"),
            () if self.last_heard_at.is_none() => ("belum", "belum pernah terhubung"),
            () if silent => ("perhatian", "lama tidak terdengar"),
            () => ("baik", "terdengar"),
        }
    }
}

impl Alarm {
    /// What happened, what is safe, what to do.
    fn words(&self) -> &'static str {
        match self.kind.as_str() {
            "fork" | "clone" => {
                "Ada dua riwayat dari alat ini: kartunya disalin, atau dipulihkan dari salinan lama. Semua catatan dari \
                 keduanya sudah disimpan. Cari tahu apakah ada kartu kedua, lalu pakai satu saja."
            }
            "restored" => {
                "Kartu alat ini kembali ke keadaan lama. Catatan yang sudah sampai ke Puskesmas aman. Tanyakan kepada \
                 teknisi apa yang dipasang."
            }
            "replaced_again" => {
                "Kartu lama yang sudah diganti muncul lagi. Catatan yang belum sempat terkirim sudah diambil. Simpan \
                 kartu itu, jangan dipakai lagi."
            }
            "repaired" => {
                "Beberapa catatan yang pernah diterima ternyata tidak ada di Puskesmas, dan sudah diminta lagi dari alat. \
                 Beri tahu pengelola Simpul: basis datanya perlu diperiksa."
            }
            "unnamed" => {
                "Puskesmas menyimpan catatan yang tidak lagi disebut alat ini. Tidak ada yang dihapus. Beri tahu pengelola \
                 Simpul."
            }
            "unlike" => {
                "Alat ini dan Puskesmas menyimpan isi berbeda di nomor yang sama. Keduanya tersimpan. Beri tahu pengelola \
                 Simpul."
            }
            _ => "Ada yang tidak biasa pada alat ini. Catatannya aman. Beri tahu pengelola Simpul.",
        }
    }
}

async fn show(State(hub): State<Hub>, staff: Staff) -> Result<Response, PageError> {
    let nodes = nodes_of(&hub.db, staff.puskesmas).await?;
    page(&NodesPage { shell: Shell::of(&staff, "Alat"), nodes, now: Utc::now() })
}

/// Somebody has looked at it; should it happen again, it is said again.
async fn settle(State(hub): State<Hub>, staff: Staff, Path(alarm): Path<i64>) -> Result<Response, PageError> {
    sqlx::query!(
        r#"
        update node_alarms
        set settled_at = now()
        where id = $1
            and settled_at is null
            and exists (
                select
                from node_posyandu
                join posyandu on posyandu.id = node_posyandu.posyandu_id
                where node_posyandu.node_id = node_alarms.node_id and posyandu.puskesmas_id = $2
            )
        "#,
        alarm,
        staff.puskesmas
    )
    .execute(&hub.db)
    .await?;
    Ok(Redirect::to("/alat").into_response())
}

async fn nodes_of(db: &PgPool, puskesmas: Uuid) -> sqlx::Result<Vec<NodeLine>> {
    let rows = sqlx::query!(
        r#"
        select nodes.id, nodes.label, nodes.incarnation, nodes.last_heard_at, nodes.revoked_at, nodes.program,
            nodes.certificate_until, served.posyandu as "posyandu!", coalesce(held.events, 0)::bigint as "events!",
            coalesce(gone.events, 0)::bigint as "lost!"
        from nodes
        cross join lateral (
            select string_agg(posyandu.name, ', ' order by posyandu.name) as posyandu
            from node_posyandu
            join posyandu on posyandu.id = node_posyandu.posyandu_id
            where node_posyandu.node_id = nodes.id and posyandu.puskesmas_id = $1
        ) served
        left join lateral (
            select sum(last_sequence - first_sequence + 1) as events
            from received_runs
            where received_runs.node_id = nodes.id
        ) held on true
        left join lateral (
            select sum(last_sequence - first_sequence + 1) as events
            from lost_ranges
            where lost_ranges.node_id = nodes.id
        ) gone on true
        where served.posyandu is not null
        order by nodes.label, nodes.id
        "#,
        puskesmas
    )
    .fetch_all(db)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let (mut alarms, mut set_aside) = (alarms(db, &ids).await?, set_aside(db, &ids).await?);
    Ok(rows
        .into_iter()
        .map(|row| NodeLine {
            alarms: alarms.extract_if(.., |alarm| alarm.node_id == row.id).collect(),
            set_aside: set_aside.extract_if(.., |aside| aside.node_id == row.id).collect(),
            id: row.id,
            label: row.label,
            posyandu: row.posyandu,
            incarnation: row.incarnation,
            last_heard_at: row.last_heard_at,
            revoked_at: row.revoked_at,
            program: row.program,
            certificate_until: row.certificate_until,
            events: row.events,
            lost: row.lost,
        })
        .collect())
}

async fn alarms(db: &PgPool, nodes: &[Uuid]) -> sqlx::Result<Vec<Alarm>> {
    sqlx::query_as!(
        Alarm,
        r#"
        select id, node_id, kind, last_at, count
        from node_alarms
        where node_id = any ($1) and settled_at is null
        order by last_at desc, id
        "#,
        nodes
    )
    .fetch_all(db)
    .await
}

async fn set_aside(db: &PgPool, nodes: &[Uuid]) -> sqlx::Result<Vec<SetAside>> {
    sqlx::query_as!(
        SetAside,
        r#"
        select node_id, reason, count(*) as "count!"
        from quarantined_events
        where node_id = any ($1) and taken_at is null and not is_fork
        group by node_id, reason
        order by node_id, reason
        "#,
        nodes
    )
    .fetch_all(db)
    .await
}
