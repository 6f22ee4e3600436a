//! Several hub processes on one database divide the shards.

use std::time::Duration;

use hub::shards::{Leases, Shards};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::wait;

/// Short, so that a test sees a lease end.
const LASTING: Duration = Duration::from_secs(2);

struct Member {
    hears: watch::Receiver<Shards>,
    cancel: CancellationToken,
    running: JoinHandle<()>,
}

impl Member {
    fn join(db: &PgPool) -> Self {
        let (hears, heard) = watch::channel(Shards::NONE);
        let cancel = CancellationToken::new();
        let leases = Leases::new(db.clone(), Uuid::new_v4(), LASTING);
        let running = tokio::spawn(leases.run(hears, cancel.clone()));
        Self { hears: heard, cancel, running }
    }

    async fn until(&mut self, what: impl Fn(Shards) -> bool) -> Shards {
        *wait(self.hears.wait_for(|shards| what(*shards))).await.unwrap()
    }

    async fn until_count(&mut self, count: usize) -> Shards {
        self.until(|shards| shards.iter().count() == count).await
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn two_hubs_share_evenly_and_the_one_that_stays_has_all(db: PgPool) {
    let mut one = Member::join(&db);
    one.until(|shards| shards == Shards::ALL).await;
    let mut two = Member::join(&db);
    let (first, second) = tokio::join!(one.until_count(8), two.until_count(8));
    assert_eq!(first.and(second), Shards::ALL);

    // Asked to stop, it leaves its part at once.
    two.cancel.cancel();
    wait(two.running).await.unwrap();
    one.until(|shards| shards == Shards::ALL).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_dead_hubs_shards_are_taken_over_when_its_leases_end(db: PgPool) {
    let mut members = [Member::join(&db), Member::join(&db), Member::join(&db)];
    for member in &mut members {
        member.until(|shards| (5..=6).contains(&shards.iter().count())).await;
    }
    let [mut one, mut two, dead] = members;
    dead.running.abort(); // no goodbye
    let (first, second) = tokio::join!(one.until_count(8), two.until_count(8));
    assert_eq!(first.and(second), Shards::ALL);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_shard_is_given_away_only_to_somebody(db: PgPool) {
    let mut one = Member::join(&db);
    one.until(|shards| shards == Shards::ALL).await;
    // A hub that enters itself and never takes its share.
    sqlx::query(
        "insert into hub_processes (id, until) values (gen_random_uuid(), now() + interval '1 hour')",
    )
    .execute(&db)
    .await
    .unwrap();
    wait(async {
        let given_up = "select count(*) from shard_leases where until < now()";
        while sqlx::query_scalar::<_, i64>(given_up).fetch_one(&db).await.unwrap() != 8 {
            tokio::time::sleep(LASTING / 20).await;
        }
    })
    .await;
    let silent = tokio::time::timeout(LASTING, one.hears.changed()).await;
    assert!(silent.is_err(), "nobody has taken them, so they are still heard: {}", *one.hears.borrow());
}
