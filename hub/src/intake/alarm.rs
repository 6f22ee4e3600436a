//! What a person should look at: one open alarm of each kind for each node, counted up until it is settled.

use chrono::{DateTime, Utc};
use protocol::NodeId;
use sqlx::PgConnection;

/// What may be wrong with a node. The word is kept in `node_alarms.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// Its journal tells two stories under the same numbers: the card was restored or copied.
    Fork,
    /// Both stories go on: two cards are at work under one name.
    Clone,
    /// A card that was replaced speaks again.
    ReplacedAgain,
    /// Events that were acknowledged were missing in the tables; the node sends them again.
    Repaired,
    /// The hub holds events the node does not name.
    Unnamed,
    /// Node and hub hold different events under the same numbers.
    Unlike,
}

impl Alarm {
    const ALL: [Self; 6] =
        [Self::Fork, Self::Clone, Self::ReplacedAgain, Self::Repaired, Self::Unnamed, Self::Unlike];

    /// The alarm of a word in the tables; `None` for one this program does not know.
    pub(crate) fn of(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alarm| alarm.kind() == kind)
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Clone => "clone",
            Self::ReplacedAgain => "replaced_again",
            Self::Repaired => "repaired",
            Self::Unnamed => "unnamed",
            Self::Unlike => "unlike",
        }
    }
}

/// Raises an alarm, or counts it up if it is open already. `detail` is for a technician.
pub(crate) async fn raise(
    db: &mut PgConnection,
    node: NodeId,
    alarm: Alarm,
    detail: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tracing::error!(node.id = %node, alarm = alarm.kind(), "{detail}");
    sqlx::query!(
        r#"
        insert into node_alarms (node_id, kind, first_at, last_at, detail)
        values ($1, $2, $3, $3, $4)
        on conflict (node_id, kind) where settled_at is null do update
        set last_at = excluded.last_at, count = node_alarms.count + 1, detail = excluded.detail
        "#,
        node.0,
        alarm.kind(),
        now,
        detail
    )
    .execute(db)
    .await?;
    Ok(())
}
