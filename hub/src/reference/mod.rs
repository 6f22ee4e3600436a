//! What only the hub writes: Puskesmas, posyandu, who works there, when they meet, what is to be done, what is set. Whatever
//! nodes must know of it stands in their feed in the same transaction.

mod export;
mod load;
mod people;
mod pin;
mod schedule;
mod settings;
mod tasks;

use std::collections::HashMap;

use protocol::feed::Item;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::nodes;

pub use export::roster;
pub use load::{Posyandu, Puskesmas, Reference, User, load};
pub use schedule::{Meeting, add_meeting, cancel_meeting};
pub(crate) use settings::all as settings;
pub use settings::set as set_setting;
pub(crate) use tasks::take_along as take_tasks_along;
pub use tasks::{NewTask, add as add_task, finish as finish_task};

/// What those posyandu are called.
pub(crate) async fn names(db: &mut PgConnection, posyandu: &[Uuid]) -> sqlx::Result<HashMap<Uuid, String>> {
    let rows =
        sqlx::query!("select id, name from posyandu where id = any ($1)", posyandu).fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Everything the feed of a posyandu says of it beside events.
pub(crate) async fn standing(db: &mut PgConnection, posyandu: Uuid) -> anyhow::Result<Vec<Item>> {
    let people = people::of_posyandu(db, posyandu).await?;
    let mut items: Vec<Item> = people.into_iter().map(Item::User).collect();
    items.extend(schedule::of_posyandu(db, posyandu).await?);
    items.extend(tasks::of_posyandu(db, posyandu).await?);
    items.extend(nodes::web_certificates(db, posyandu).await?);
    Ok(items)
}
