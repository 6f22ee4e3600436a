//! A database that fails at the worst moment: nothing is acknowledged that is not kept, and nothing is lost.

use sqlx::{Connection, Executor, PgConnection, PgPool};

use crate::harness::{TestHub, mawar, wait};
use crate::journal::{Node, day, id};

async fn rows(db: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from event_log").fetch_one(db).await.unwrap()
}

/// The backend that waits for a lock in this database, as soon as there is one.
async fn blocked(db: &PgPool) -> i32 {
    loop {
        let waiting: Option<i32> = sqlx::query_scalar(
            "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_optional(db)
        .await
        .unwrap();
        if let Some(waiting) = waiting {
            return waiting;
        }
        tokio::task::yield_now().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn no_ack_before_the_commit_and_none_for_a_connection_killed_before_it(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    node.weigh(id(5, 1), 1, day("2026-11-10"), 8_000);

    // Somebody holds what the last statement before the commit needs, so the transaction stands just before its end.
    let mut holder = hub.db.begin().await.unwrap();
    holder.execute("lock table dirty_months in exclusive mode").await.unwrap();
    let mut taken = hub.hand(node.id, node.sealed_whole()).await;
    let victim = wait(blocked(&hub.db)).await;
    assert!(!hub.has_answer() && taken.try_recv().is_err(), "nothing is said before the commit");
    let killed: bool =
        sqlx::query_scalar("select pg_terminate_backend($1)").bind(victim).fetch_one(&hub.db).await.unwrap();
    assert!(killed);
    // Intake tries again and stands at the same place: still nothing was said.
    let second = wait(async {
        loop {
            let waiting = blocked(&hub.db).await;
            if waiting != victim {
                return waiting;
            }
        }
    })
    .await;
    assert_ne!(second, victim);
    assert!(!hub.has_answer() && taken.try_recv().is_err());
    assert_eq!(rows(&hub.db).await, 0);
    holder.rollback().await.unwrap();

    assert_eq!(hub.answer().await.watermark, 1);
    wait(taken).await.unwrap();
    assert_eq!(rows(&hub.db).await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_database_that_is_away_is_waited_for(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    node.weigh(id(5, 1), 1, day("2026-11-10"), 8_000);
    node.weigh(id(5, 1), 2, day("2026-11-10"), 8_000);
    assert_eq!(hub.send(&node, node.sealed(1, 1)).await.watermark, 1);

    let name: String = sqlx::query_scalar("select current_database()").fetch_one(&hub.db).await.unwrap();
    let elsewhere = hub.db.connect_options().as_ref().clone().database("postgres");
    let mut elsewhere = PgConnection::connect_with(&elsewhere).await.unwrap();
    let statement = |allow: bool| {
        sqlx::AssertSqlSafe(format!("alter database \"{name}\" with allow_connections {allow}"))
    };
    sqlx::query(statement(false)).execute(&mut elsewhere).await.unwrap();
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
        .bind(&name)
        .execute(&mut elsewhere)
        .await
        .unwrap();
    let taken = hub.hand(node.id, node.sealed(2, 2)).await;
    assert!(hub.db.acquire().await.is_err(), "the database is away");
    assert!(!hub.has_answer());
    sqlx::query(statement(true)).execute(&mut elsewhere).await.unwrap();

    assert_eq!(hub.answer().await.watermark, 2);
    wait(taken).await.unwrap();
}
