//! Every story, told short: the same code as `cargo xtask story NAME`.

use tests::stories::{STORIES, Telling, tell};
use tokio::sync::Mutex;

/// One at a time: each is a whole Puskesmas.
static TABLE: Mutex<()> = Mutex::const_new(());

async fn told(name: &str) {
    // What happened on the way is shown when a story fails.
    let _ = tracing_subscriber::fmt().with_test_writer().with_ansi(false).try_init();
    let _one_at_a_time = TABLE.lock().await;
    let seed = 3;
    let figures = tell(name, &Telling { full: false, seed, export: None }).await;
    let figures = figures.unwrap_or_else(|err| panic!("seed {seed}: {err:#}"));
    println!("{name}: {}", serde_json::Value::Object(figures));
}

#[test]
fn every_story_has_a_test() {
    let source = include_str!("stories.rs");
    for (name, _) in STORIES {
        assert!(source.contains(&format!("told(\"{name}\")")), "{name} has no test");
    }
}

#[tokio::test]
async fn every_page_is_for_everybody() {
    told("accessible").await;
}

#[tokio::test]
async fn what_is_weighed_offline_is_at_the_hub_once() {
    told("weighed-offline").await;
}

#[tokio::test]
async fn a_killed_node_loses_nothing_it_called_saved() {
    told("kill-nine").await;
}

#[tokio::test]
async fn a_visit_on_a_phone_changes_the_hubs_page() {
    told("browser-visit").await;
}

#[tokio::test]
async fn a_scale_without_a_cable_is_heard_once_whatever_its_radio_does() {
    told("ble-visit").await;
}

#[tokio::test]
async fn a_whole_day_on_three_phones_ends_in_the_numbers_counted_by_hand() {
    told("posyandu-day").await;
}

#[tokio::test]
async fn whoever_guesses_a_pin_waits_and_a_power_cut_does_not_help() {
    told("wrong-pin").await;
}

#[tokio::test]
async fn what_a_phone_brings_from_home_is_taken_once() {
    told("home-visit").await;
}

#[tokio::test]
async fn any_broker_will_do_and_none_is_trusted() {
    told("outside-broker").await;
}

#[tokio::test]
async fn nor_does_it_matter_whether_it_writes_to_disk() {
    told("outside-broker-nats").await;
}

#[tokio::test]
async fn whoever_listens_at_the_broker_learns_nothing() {
    told("broker-sees-nothing").await;
}

#[tokio::test]
async fn a_killed_hubs_nodes_are_heard_by_the_other() {
    told("takeover").await;
}

#[tokio::test]
async fn a_day_with_a_cut_line_ends_with_everything_once_and_right() {
    told("demo-short").await;
}

#[tokio::test]
async fn our_own_bridges_weigh_and_measure_a_day_like_any_other_instrument() {
    told("demo-bridge").await;
}

#[tokio::test]
async fn where_mqtt_is_blocked_https_carries_the_same_letters() {
    told("https-road").await;
}

#[tokio::test]
async fn where_there_is_no_wire_a_phone_carries_them() {
    told("courier-road").await;
}

#[tokio::test]
async fn no_value_stands_in_the_wrong_child() {
    told("two-hundred-children").await;
}
