//! The appliances of one Puskesmas in Postgres.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

/// A node and everything about it that may want looking at.
pub(super) struct NodeLine {
    pub(super) id: Uuid,
    pub(super) label: String,
    pub(super) posyandu: String,
    pub(super) incarnation: i32,
    pub(super) last_heard_at: Option<DateTime<Utc>>,
    pub(super) revoked_at: Option<DateTime<Utc>>,
    pub(super) program: Option<String>,
    pub(super) certificate_until: Option<DateTime<Utc>>,
    pub(super) events: i64,
    pub(super) lost: i64,
    pub(super) alarms: Vec<OpenAlarm>,
    pub(super) set_aside: Vec<SetAside>,
}

/// An alarm nobody has settled yet.
pub(super) struct OpenAlarm {
    pub(super) id: i64,
    pub(super) node_id: Uuid,
    pub(super) kind: String,
    pub(super) last_at: DateTime<Utc>,
    pub(super) count: i64,
}

/// Events that could not be taken, for one reason.
pub(super) struct SetAside {
    pub(super) node_id: Uuid,
    pub(super) reason: String,
    pub(super) count: i64,
}

pub(super) async fn nodes_of(db: &PgPool, puskesmas: Uuid) -> sqlx::Result<Vec<NodeLine>> {
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

async fn alarms(db: &PgPool, nodes: &[Uuid]) -> sqlx::Result<Vec<OpenAlarm>> {
    sqlx::query_as!(
        OpenAlarm,
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

/// Settles an alarm of one of those nodes.
pub(super) async fn settle(db: &PgPool, puskesmas: Uuid, alarm: i64) -> sqlx::Result<()> {
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
        puskesmas
    )
    .execute(db)
    .await?;
    Ok(())
}
