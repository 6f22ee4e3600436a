//! The second road, where MQTT is blocked: letters in the body of a POST, the hub's letters in its answer.

use std::time::Duration;

use anyhow::{Context, ensure};
use protocol::courier::{self, Way};
use reqwest::{Client, Response};
use rustls::ClientConfig;
use tokio::time::Instant;

use super::mail::Post;
use super::road::Address;
use super::status::By;
use super::talk::Talk;

/// No answer is longer; the node has little memory.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;
/// How long one exchange may take, on a slow link with a full window.
const PATIENCE: Duration = Duration::from_secs(180);
/// The first pause with nothing to say; it doubles up to the time between two hellos.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// Exchanges letters until `until`, and asks from time to time whether there is something for us.
pub(super) async fn hold(post: &Post, https: &Address, until: Instant) -> anyhow::Result<()> {
    let client = client(&post.road.pass().tls, PATIENCE)?;
    let url = format!("https://{}:{}/api/v1/nodes/{}/batches", https.host, https.port, post.road.node);
    let mut head = post.store.watch_head();
    let mut talk = Talk::new(post);
    let mut pause = FIRST_PAUSE;
    let mut poll_at = Instant::now();
    while Instant::now() < until {
        let mut letters = talk.letters()?;
        let is_poll = letters.is_empty();
        if is_poll && Instant::now() < poll_at {
            tokio::select! {
                changed = head.changed() => changed.context("the store is gone")?,
                () = tokio::time::sleep_until(poll_at.min(talk.wake()).min(until)) => {}
            }
            continue;
        }
        if letters.iter().all(|letter| letter.last.is_some()) {
            letters.push(talk.hello()?);
        }
        letters.sort_by_key(|letter| letter.last.is_none());
        let sent = letters.iter().filter_map(|letter| letter.last).max();
        let bytes: Vec<Vec<u8>> = letters.into_iter().map(|letter| letter.bytes).collect();
        for letter in exchange(post, &client, &url, &bytes).await? {
            talk.hear(&letter).await?;
        }
        sent.inspect(|last| post.store.note_sent(*last));
        post.status.set(Some(By::Https));
        pause = if is_poll { (2 * pause).min(post.road.hello_every()) } else { FIRST_PAUSE };
        poll_at = Instant::now() + pause;
    }
    Ok(())
}

async fn exchange(
    post: &Post,
    client: &Client,
    url: &str,
    letters: &[Vec<u8>],
) -> anyhow::Result<Vec<Vec<u8>>> {
    let packet = courier::write(Way::Up, post.road.node, letters);
    post.status.count(letters.iter().map(Vec::len).sum());
    let response = client.post(url).body(packet).send().await?.error_for_status()?;
    let answer = courier::read(Way::Down, &body(response, LONGEST_ANSWER).await?)?;
    ensure!(answer.node == post.road.node, "the answer is another node's");
    Ok(answer.letters)
}

/// A client for this road. Nothing but the node's own TLS is asked whom to believe.
pub(super) fn client(tls: &ClientConfig, patience: Duration) -> anyhow::Result<Client> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(20))
        .timeout(patience);
    client.build().context("cannot make an HTTPS client")
}

/// An answer's bytes; an error for one that is longer than `at_most`.
pub(super) async fn body(mut response: Response, at_most: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        ensure!(bytes.len() + chunk.len() <= at_most, "the answer is longer than any can be");
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
