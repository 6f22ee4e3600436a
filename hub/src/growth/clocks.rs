//! Power-ups whose time was found out later: what was recorded in them before gets its day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::time::{ClockFound, ClockSource};
use protocol::{Body, NodeId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Entered;

/// One power-up of one node.
type Boot = (Uuid, Vec<u8>);

/// Keeps what was found out, and gives the children it may date.
pub(super) async fn keep_found(db: &mut PgConnection, entered: &[Entered]) -> sqlx::Result<BTreeSet<Uuid>> {
    let mut children = BTreeSet::new();
    for (event, found) in entered.iter().filter_map(found) {
        let node = event.event.header.node.0;
        sqlx::query!(
            r#"
            insert into found_clocks (node_id, boot, event_id, monotonic_ns, wall_ms, offset_min, source)
            values ($1, $2, $3, $4::text::numeric, $5, $6, $7)
            on conflict do nothing
            "#,
            node,
            &found.boot,
            event.event_id(),
            found.monotonic_ns.to_string(),
            found.wall_ms,
            found.offset_min,
            found.source as i16
        )
        .execute(&mut *db)
        .await?;
        children.extend(
            sqlx::query_scalar!(
                "select citizen_id from undated_children where node_id = $1 and boot = $2",
                node,
                &found.boot
            )
            .fetch_all(&mut *db)
            .await?,
        );
    }
    Ok(children)
}

/// Dates the events that nobody could date when they were written, as far as it is known by now.
pub(super) async fn date(
    db: &mut PgConnection,
    events: impl Iterator<Item = &mut Entered>,
) -> sqlx::Result<()> {
    let mut undated: BTreeMap<Boot, Vec<&mut Entered>> = BTreeMap::new();
    for entered in events.filter(|entered| is_undated(entered)) {
        undated.entry(boot_of(entered)).or_default().push(entered);
    }
    if undated.is_empty() {
        return Ok(());
    }
    let clocks = best_clocks(db, undated.keys()).await?;
    for (boot, events) in undated {
        let Some(clock) = clocks.get(&boot) else { continue };
        for entered in events {
            entered.found_on = clock.date_of(&entered.event.header.recorded_at);
        }
    }
    Ok(())
}

/// Remembers whose events have no date, so that they can be found when it is known.
pub(crate) async fn note_undated(
    db: &mut PgConnection,
    entered: impl IntoIterator<Item = &Entered>,
) -> sqlx::Result<()> {
    let undated: BTreeSet<(Boot, Uuid)> = entered
        .into_iter()
        .filter(|entered| is_undated(entered))
        .map(|entered| (boot_of(entered), entered.citizen()))
        .collect();
    if undated.is_empty() {
        return Ok(());
    }
    let (mut nodes, mut boots, mut citizens) = (Vec::new(), Vec::new(), Vec::new());
    for ((node, boot), citizen) in undated {
        nodes.push(node);
        boots.push(boot);
        citizens.push(citizen);
    }
    sqlx::query!(
        r#"
        insert into undated_children (node_id, boot, citizen_id)
        select * from unnest($1::uuid[], $2::bytea[], $3::uuid[])
        on conflict do nothing
        "#,
        &nodes,
        &boots,
        &citizens
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whoever may get a day by the clocks that were found in these events.
pub(crate) async fn dated_by(db: &mut PgConnection, entered: &[Entered]) -> sqlx::Result<Vec<Uuid>> {
    let mut people = Vec::new();
    for (event, found) in entered.iter().filter_map(found) {
        let node = event.event.header.node.0;
        people.extend(
            sqlx::query_scalar!(
                "select citizen_id from undated_children where node_id = $1 and boot = $2",
                node,
                &found.boot
            )
            .fetch_all(&mut *db)
            .await?,
        );
    }
    Ok(people)
}

/// The best clock of each power-up: the better source, and among equals the later word (a kader who corrects her phone).
async fn best_clocks(
    db: &mut PgConnection,
    boots: impl Iterator<Item = &Boot>,
) -> sqlx::Result<HashMap<Boot, ClockFound>> {
    let (nodes, boots): (Vec<Uuid>, Vec<Vec<u8>>) = boots.cloned().unzip();
    let rows = sqlx::query!(
        r#"
        select distinct on (node_id, boot)
            node_id as "node_id!", boot as "boot!", monotonic_ns::text as "monotonic_ns!", wall_ms, offset_min, source
        from unnest($1::uuid[], $2::bytea[]) as asked (node_id, boot)
        join found_clocks using (node_id, boot)
        order by node_id, boot, source desc, event_id desc
        "#,
        &nodes,
        &boots
    )
    .fetch_all(db)
    .await?;
    let clock = |monotonic_ns: &str, boot: &[u8], wall_ms, offset_min, source| {
        Some(ClockFound {
            boot: boot.try_into().ok()?,
            monotonic_ns: monotonic_ns.parse().ok()?,
            wall_ms,
            offset_min,
            source,
        })
    };
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let source = source(row.source);
            let clock = clock(&row.monotonic_ns, &row.boot, row.wall_ms, row.offset_min, source)?;
            Some(((row.node_id, row.boot), clock))
        })
        .collect())
}

fn found(entered: &Entered) -> Option<(&Entered, &ClockFound)> {
    match &entered.event.body {
        Body::ClockFound(found) => Some((entered, found)),
        _ => None,
    }
}

fn is_undated(entered: &Entered) -> bool {
    entered.event.header.recorded_at.source == ClockSource::Unset
}

fn boot_of(entered: &Entered) -> Boot {
    let NodeId(node) = entered.event.header.node;
    (node, entered.event.header.recorded_at.boot.to_vec())
}

const fn source(number: i16) -> ClockSource {
    match number {
        0 => ClockSource::Unset,
        1 => ClockSource::Phone,
        2 => ClockSource::Hub,
        _ => ClockSource::Ntp,
    }
}
