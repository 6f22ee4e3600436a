//! A copied or restored card: its story leaves the one that is held, and both are kept.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::held;
use super::place::Held;
use super::stories::{FIRST_BRANCH, Journal, Stories, Story};
use super::transaction::Piece;

/// A journal is never told in more stories than this; a node that makes up more of them is refused.
pub(super) const MOST_STORIES: usize = 64;

/// A branch that began.
#[derive(Debug)]
pub(super) struct Begun {
    /// The life of the journal as the node names it.
    pub(super) journal: Journal,
    /// What the branch is kept under.
    pub(super) number: u32,
    /// The story it left, and the last place common to both.
    pub(super) left: (u32, u64),
}

/// Which story a piece leaves, by its place among them, and the last place common to both: of those that pass the test
/// the one it goes furthest with. `None` if it is not known to go on from any.
pub(super) async fn left(
    db: &mut PgConnection,
    piece: &Piece<'_>,
    stories: &Stories,
    held: &Held,
    test: impl Fn(&Story) -> bool,
) -> sqlx::Result<Option<(usize, u64)>> {
    let mut left = None;
    for (nth, story) in stories.all.iter().enumerate().filter(|(_, story)| test(story)) {
        if let Some(place) = common_up_to(db, piece, story, held).await?
            && left.is_none_or(|(_, furthest)| place > furthest)
        {
            left = Some((nth, place));
        }
    }
    Ok(left)
}

/// The last place up to which a story and a piece are seen to be the same.
async fn common_up_to(
    db: &mut PgConnection,
    piece: &Piece<'_>,
    story: &Story,
    held: &Held,
) -> sqlx::Result<Option<u64>> {
    let stretch = piece.stretch();
    let place = stretch.first - 1;
    let chain = match (story.runs.edge(place), story.runs.run_over(place)) {
        (Some(chain), _) => Some(chain),
        (None, Some(run)) => held::chain_inside(db, piece.journal().0, story, run, place).await?,
        (None, None) => None,
    };
    let is_common = chain.is_some_and(|chain| stretch.chain_after(place) == Some(chain));
    Ok(is_common.then(|| place + held.common(story, piece)))
}

/// Begins a branch that leaves a story behind a place.
pub(super) async fn begin(
    db: &mut PgConnection,
    piece: &Piece<'_>,
    stories: &mut Stories,
    (nth, place): (usize, u64),
    now: DateTime<Utc>,
) -> sqlx::Result<Begun> {
    let (journal, parent) = (piece.journal(), &stories.all[nth]);
    let chain = piece.stretch().chain_after(place).expect("what is common ends inside the piece");
    let runs = parent.runs.up_to(place, chain);
    let older = parent.left.iter().map(|&(number, common)| (number, common.min(place)));
    let left: Vec<_> = std::iter::once((parent.number, place)).chain(older).collect();
    let begun = Begun { journal, number: note(db, journal, left[0], now).await?, left: left[0] };
    stories.numbers.push(begun.number);
    stories.all.push(Story { number: begun.number, runs, left });
    Ok(begun)
}

/// Writes a branch down under a number of its own.
async fn note(
    db: &mut PgConnection,
    (node, incarnation): Journal,
    (parent, place): (u32, u64),
    now: DateTime<Utc>,
) -> sqlx::Result<u32> {
    // The node's row is locked, so nobody else takes the number.
    let number = sqlx::query_scalar!(
        r#"
        insert into journal_branches (node_id, incarnation, branch, parent, first_sequence, began_at)
        select $1, $2, greatest(max(branch) + 1, $3), $4, $5, $6
        from journal_branches
        where node_id = $1
        returning branch
        "#,
        node.0,
        incarnation as i32,
        FIRST_BRANCH as i32,
        parent as i32,
        place as i64 + 1,
        now
    )
    .fetch_one(db)
    .await?;
    Ok(number as u32)
}

/// What was set aside before two stories parted is set aside in both.
pub(super) async fn share_aside(db: &mut PgConnection, begun: &[Begun]) -> sqlx::Result<()> {
    for Begun { journal: (node, _), number, left: (parent, place) } in begun {
        sqlx::query!(
            r#"
            insert into quarantined_events (node_id, incarnation, sequence, event_id, reason, frame, frame_sha256,
                received_at, is_unknown, observed_on)
            select node_id, $3, sequence, event_id, reason, frame, frame_sha256, received_at, is_unknown, observed_on
            from quarantined_events
            where node_id = $1 and incarnation = $2 and sequence <= $4 and taken_at is null and not is_fork
            on conflict do nothing
            "#,
            node.0,
            *parent as i32,
            *number as i32,
            *place as i64
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}
