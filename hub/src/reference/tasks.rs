//! What a kader should do for somebody.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use chrono::NaiveDate;
use protocol::feed::{FeedId, Item, Task};
use protocol::{CitizenId, LocalDate};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::feed;

/// Longer is no task but a letter.
const LONGEST: usize = 500;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// For whom; the nodes of the person's posyandu are told.
    pub citizen: Uuid,
    /// What, in words a kader can read.
    pub text: String,
    /// By when.
    pub due: Option<NaiveDate>,
}

/// A task as the table keeps it.
#[derive(Debug)]
struct Row {
    id: Uuid,
    posyandu_id: Uuid,
    citizen_id: Uuid,
    text: String,
    due_on: Option<NaiveDate>,
    is_done: bool,
}

impl Row {
    fn item(self) -> Item {
        Item::Task(Task {
            id: self.id,
            citizen: CitizenId(self.citizen_id),
            text: self.text,
            due: self.due_on.map(LocalDate::from),
            done: self.is_done,
        })
    }

    fn in_its_feed(self) -> (FeedId, Item) {
        (FeedId::Posyandu(self.posyandu_id.into()), self.item())
    }
}

/// Writes a task down and tells the nodes of the person's posyandu; gives its id.
pub async fn add(db: &mut PgConnection, task: &NewTask) -> anyhow::Result<Uuid> {
    let length = task.text.trim().chars().count();
    ensure!((1..=LONGEST).contains(&length), "a task has 1 to {LONGEST} letters");
    let row = sqlx::query_as!(
        Row,
        r#"
        insert into tasks (id, posyandu_id, citizen_id, text, due_on)
        select $1, posyandu_id, id, $3, $4
        from citizens
        where id = $2
        returning id, posyandu_id, citizen_id, text, due_on, false as "is_done!"
        "#,
        Uuid::now_v7(),
        task.citizen,
        task.text.trim(),
        task.due
    )
    .fetch_optional(&mut *db)
    .await?;
    let row = row.with_context(|| format!("no person {} is known", task.citizen))?;
    let id = row.id;
    feed::set(db, &[row.in_its_feed()]).await?;
    Ok(id)
}

/// Notes that a task is done or no longer needed; a repeat changes nothing.
pub async fn finish(db: &mut PgConnection, id: Uuid) -> anyhow::Result<()> {
    let row = sqlx::query_as!(
        Row,
        r#"
        update tasks
        set done_at = coalesce(done_at, now())
        where id = $1
        returning id, posyandu_id, citizen_id, text, due_on, true as "is_done!"
        "#,
        id
    )
    .fetch_optional(&mut *db)
    .await?;
    let row = row.with_context(|| format!("no task {id} is known"))?;
    feed::set(db, &[row.in_its_feed()]).await?;
    Ok(())
}

/// Moves the open tasks of people to the posyandu they have come to; gives what must be told there.
pub(crate) async fn take_along(
    db: &mut PgConnection,
    arrived: &BTreeSet<(Uuid, Uuid)>,
) -> sqlx::Result<Vec<(FeedId, Item)>> {
    if arrived.is_empty() {
        return Ok(Vec::new());
    }
    let (citizens, posyandu): (Vec<Uuid>, Vec<Uuid>) = arrived.iter().copied().unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"
        update tasks
        set posyandu_id = arrived.posyandu_id
        from unnest($1::uuid[], $2::uuid[]) as arrived (citizen_id, posyandu_id)
        where tasks.citizen_id = arrived.citizen_id and done_at is null
        returning tasks.id, tasks.posyandu_id, tasks.citizen_id, text, due_on, false as "is_done!"
        "#,
        &citizens,
        &posyandu
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::in_its_feed).collect())
}

/// The open tasks of a posyandu.
pub(super) async fn of_posyandu(db: &mut PgConnection, posyandu: Uuid) -> sqlx::Result<Vec<Item>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select id, posyandu_id, citizen_id, text, due_on, false as "is_done!"
        from tasks
        where posyandu_id = $1 and done_at is null
        order by id
        "#,
        posyandu
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::item).collect())
}
