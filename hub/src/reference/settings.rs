//! Settings and templates every node follows, by name.

use anyhow::{Context, ensure};
use care::immunization::Catalogue;
use protocol::feed::{FeedId, Item};
use sqlx::PgConnection;

use crate::{feed, immunization};

/// Longer values would fill a page of the feed by themselves.
const LONGEST: usize = 16 * 1024;

/// Sets a value and tells every node; an empty one takes the setting away.
pub async fn set(db: &mut PgConnection, key: &str, value: &str) -> anyhow::Result<()> {
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
    ensure!(plain && key.len() <= 100, "the name of a setting is at most 100 letters, without spaces");
    ensure!(value.len() <= LONGEST, "a value is at most {LONGEST} bytes long");
    if key == immunization::CATALOGUE && !value.is_empty() {
        Catalogue::parse(value).context("this is no catalogue of vaccines")?;
    }
    if value.is_empty() {
        sqlx::query!("delete from settings where key = $1", key).execute(&mut *db).await?;
    } else {
        sqlx::query!(
            r#"
            insert into settings (key, value)
            values ($1, $2)
            on conflict (key) do update set value = excluded.value, set_at = now()
            "#,
            key,
            value
        )
        .execute(&mut *db)
        .await?;
    }
    feed::set(db, &[(FeedId::Common, item(key.to_owned(), value.to_owned()))]).await?;
    Ok(())
}

/// All settings as the common feed says them.
pub(crate) async fn all(db: &mut PgConnection) -> sqlx::Result<Vec<(FeedId, Item)>> {
    let rows = sqlx::query!("select key, value from settings order by key").fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (FeedId::Common, item(row.key, row.value))).collect())
}

fn item(key: String, value: String) -> Item {
    Item::Setting { key, value }
}
