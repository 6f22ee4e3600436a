//! Who may not sign in any more where she might before.

use std::collections::HashSet;

use protocol::UserId;
use protocol::bundle::User;
use protocol::feed::{FeedId, Item};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{feed_of, item};

/// What must be said of these people where the feeds still say they may sign in, and `standing` does not.
pub(crate) async fn gone(
    db: &mut PgConnection,
    users: &[Uuid],
    standing: &[(FeedId, User)],
) -> sqlx::Result<Vec<(FeedId, Item)>> {
    let subjects: Vec<String> = users.iter().copied().map(item::using).collect();
    let told = sqlx::query!(
        r#"
        select feed_id, asked.user_id as "user_id!"
        from unnest($1::uuid[], $2::text[]) as asked (user_id, subject)
        join feed_items on feed_items.subject = asked.subject
        where replaced_by is null and kind = $3
        "#,
        users,
        &subjects,
        item::kinds::USER
    )
    .fetch_all(db)
    .await?;
    let stands: HashSet<(FeedId, UserId)> = standing.iter().map(|(feed, user)| (*feed, user.id)).collect();
    let told = told.into_iter().map(|row| (feed_of(row.feed_id), UserId(row.user_id)));
    let gone = told.filter(|told| !stands.contains(told));
    Ok(gone.map(|(feed, user)| (feed, Item::UserGone(user))).collect())
}
