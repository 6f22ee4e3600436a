//! The fault run as every commit sees it, and the proof that it can turn red.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use clap::Parser;
use tests::chaos::{Options, Outcome, run};
use tokio::sync::Mutex;

/// One at a time: each is a whole town.
static TABLE: Mutex<()> = Mutex::const_new(());

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

async fn told(words: &str) -> Outcome {
    let _ = tracing_subscriber::fmt().with_test_writer().with_ansi(false).try_init();
    let _one_at_a_time = TABLE.lock().await;
    let line = Line::parse_from(std::iter::once("chaos").chain(words.split(' ')));
    let outcome = run(&line.options).await.unwrap();
    println!("{}", serde_json::to_string(&outcome).unwrap());
    outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn two_minutes_in_which_everything_goes_wrong_lose_nothing() {
    let outcome = told("--minutes 2 --seed 3").await;
    assert!(outcome.ok, "seed 3: {outcome:?}");
    assert!(outcome.faults.len() >= 10 && outcome.faults_total >= 20, "{:?}", outcome.faults);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_taken_out_of_the_hub_turns_the_run_red() {
    let outcome = told("--minutes 0.2 --nodes 4 --kinds link_cut,node_kill --spoil").await;
    assert!(!outcome.ok && outcome.verdict.saved > 0, "{outcome:?}");
    assert_eq!(
        (outcome.verdict.lost, outcome.verdict.doubled, outcome.verdict.wrong),
        (1, 0, 0),
        "{outcome:?}"
    );
}
