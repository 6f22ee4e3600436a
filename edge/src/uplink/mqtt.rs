//! The first road: MQTT over TLS, one connection held as long as it lasts.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, anyhow};
use protocol::topic;
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, QoS, TlsConfiguration, Transport,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::mail::Post;
use super::status::By;
use super::talk::Talk;

/// The largest message either way.
const MAX_PACKET: usize = 300 * 1024;
const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// Room in the client's queue: a full window and every question, with some to spare.
const QUEUE: usize = 64;
/// How long a broker may take to greet us.
const GREETING: Duration = Duration::from_secs(20);

type Hears = mpsc::Receiver<Result<Incoming, ConnectionError>>;

/// Connects and stays until the connection breaks.
pub(super) async fn hold(post: &Post) -> anyhow::Result<()> {
    let (client, eventloop) = AsyncClient::new(options(post), QUEUE);
    let (heard, mut hears) = mpsc::channel(QUEUE);
    // ends with this function: a task set ends what it holds when it is dropped
    let mut polling = JoinSet::new();
    polling.spawn(poll(eventloop, heard));
    let down = topic::down(post.road.node);
    tokio::time::timeout(GREETING, greet(&client, &down, &mut hears))
        .await
        .context("the broker does not answer")??;
    post.status.set(Some(By::Mqtt));
    talk(post, &client, &down, &mut hears).await
}

/// How the broker is reached. The session is a clean one: the journal knows what is still to send.
fn options(post: &Post) -> MqttOptions {
    let road = &post.road;
    let mut options = MqttOptions::new(road.node.to_string(), &road.mqtt.host, road.mqtt.port);
    options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(road.pass().tls.clone())));
    options.set_keep_alive(KEEP_ALIVE);
    options.set_max_packet_size(MAX_PACKET, MAX_PACKET);
    options.set_clean_session(true);
    options
}

/// Turns the client's event loop into a stream, since polling it must never be broken off half way.
async fn poll(mut eventloop: EventLoop, heard: mpsc::Sender<Result<Incoming, ConnectionError>>) {
    loop {
        let (message, last) = match eventloop.poll().await {
            Ok(Event::Incoming(incoming)) => (Ok(incoming), false),
            Ok(Event::Outgoing(_)) => continue,
            Err(error) => (Err(error), true),
        };
        if heard.send(message).await.is_err() || last {
            return;
        }
    }
}

/// Waits until the broker has taken us and our subscription: acks must have a way back before anything is sent.
async fn greet(client: &AsyncClient, down: &str, hears: &mut Hears) -> anyhow::Result<()> {
    loop {
        match next(hears).await? {
            Incoming::ConnAck(_) => client.try_subscribe(down, QoS::AtLeastOnce)?,
            Incoming::SubAck(_) => return Ok(()),
            _ => {}
        }
    }
}

async fn talk(post: &Post, client: &AsyncClient, down: &str, hears: &mut Hears) -> anyhow::Result<()> {
    let up = topic::up(post.road.node);
    let mut head = post.store.watch_head();
    let mut talk = Talk::new(post);
    // what the broker has not confirmed yet, in the order it was published
    let mut unconfirmed = VecDeque::new();
    loop {
        for letter in talk.letters()? {
            post.status.count(letter.bytes.len());
            client.try_publish(&up, QoS::AtLeastOnce, false, letter.bytes)?;
            unconfirmed.push_back(letter.last);
        }
        tokio::select! {
            heard = next(hears) => match heard? {
                Incoming::Publish(publish) if publish.topic == down => talk.hear(&publish.payload).await?,
                // Only what the broker confirms has left this node; what that is worth, only the hub's ack says.
                Incoming::PubAck(_) => {
                    if let Some(last) = unconfirmed.pop_front().flatten() {
                        post.store.note_sent(last);
                    }
                }
                Incoming::Disconnect => return Err(anyhow!("the broker said goodbye")),
                _ => {}
            },
            changed = head.changed() => changed.context("the store is gone")?,
            () = tokio::time::sleep_until(talk.wake()) => {}
        }
    }
}

async fn next(hears: &mut Hears) -> anyhow::Result<Incoming> {
    match hears.recv().await {
        Some(incoming) => Ok(incoming?),
        None => Err(anyhow!("the connection ended")),
    }
}
