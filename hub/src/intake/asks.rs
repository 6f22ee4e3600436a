//! What nodes ask, and what they are answered.

use bytes::Bytes;
use protocol::ack::Quarantined;
use protocol::ask::{Ask, Question};
use protocol::letter::Down;
use protocol::rand_core::UnwrapErr;
use protocol::{Ack, Answer, EventId, NodeId, Reply};
use sqlx::PgPool;

use super::stories::Journal;
use super::tell::{self, Tone};
use super::{Intake, gather, hello, reconcile};
use crate::nodes::NodeKey;
use crate::{feed, nodes};

/// An answer names at most so many events that are set aside; the node asks on from the last.
const ASIDE_AT_ONCE: usize = 200;
/// A request for a certificate is far smaller.
const LONGEST_REQUEST: usize = 16 * 1024;

/// What is said to one question: acks as they stand now, and the answer proper.
pub(super) struct Said {
    pub(super) acks: Vec<Ack>,
    pub(super) reply: Reply,
}

impl From<Reply> for Said {
    fn from(reply: Reply) -> Self {
        Self { acks: Vec::new(), reply }
    }
}

/// Answers a question that `signer`, one of this node's keys, has signed; gives the letters down, none for what cannot be
/// answered. The error is the database's: the question is asked again.
pub(super) async fn answer(
    intake: &Intake,
    node: NodeId,
    signer: &NodeKey,
    ask: &[u8],
) -> sqlx::Result<Vec<Bytes>> {
    let ask = match Ask::verify(ask, &signer.key) {
        Ok(ask) if ask.node == node => ask,
        Ok(_) => {
            tracing::warn!(node.id = %node, "question dropped: it names another node than its road");
            return Ok(Vec::new());
        }
        Err(error) => {
            tracing::warn!(node.id = %node, "question dropped: {error}");
            return Ok(Vec::new());
        }
    };
    let said = say(intake, signer, &ask).await?;
    let answer = Answer {
        node,
        nonce: ask.nonce,
        hub_time_ms: (intake.clock)().timestamp_millis(),
        reply: said.reply,
    };
    let acks = said.acks.iter().map(|ack| gather::letter(ack, &intake.keys));
    let mut letters: Vec<Bytes> = acks.collect();
    match answer.seal(&signer.key, &intake.keys.signing, &mut UnwrapErr(getrandom::SysRng)) {
        Some(sealed) => letters.push(Down::Answer(&sealed).write().into()),
        None => tracing::warn!(node.id = %node, "nothing can be closed for this node's key"),
    }
    Ok(letters)
}

async fn say(intake: &Intake, signer: &NodeKey, ask: &Ask) -> sqlx::Result<Said> {
    let (db, now) = (&intake.db, (intake.clock)());
    let journal = (ask.node, ask.incarnation);
    let retry_after_s = intake.pressure.retry_after_s(ask.node);
    let tone = Tone { standing: standing(signer, ask), retry_after_s, span: None };
    Ok(match &ask.question {
        Question::Hello(greeting) => hello::greet(db, journal, tone, greeting, now).await?,
        // A card that was replaced hands over what it holds and learns nothing new of anybody.
        Question::Feed(_) if signer.standing == protocol::Standing::Replaced => {
            Reply::Refused("another card has taken this one's place".to_owned()).into()
        }
        Question::Feed(question) => feed::page(db, ask.node, ask.incarnation, question).await?.into(),
        Question::Days { through, days } => {
            let mut db = db.acquire().await?;
            reconcile::days(&mut db, journal, *through, days, now).await?.into()
        }
        Question::Numbers { through, day, events } => {
            let compared = reconcile::numbers(db, journal, *through, *day, events, now).await?;
            // The acks go first: by them the node knows what it has to send again.
            let acks = if compared.is_mended {
                tell::acks_of(&mut *db.acquire().await?, journal, tone).await?
            } else {
                Vec::new()
            };
            Said { acks, reply: compared.reply }
        }
        Question::Aside { after } => aside(db, journal, *after).await?.into(),
        Question::Renew { csr_pem } if csr_pem.len() > LONGEST_REQUEST => {
            Reply::Refused("the request is too long to be one".to_owned()).into()
        }
        Question::Renew { csr_pem } => {
            nodes::renew(db, &intake.renewals, ask.node, signer, csr_pem, now).await?.into()
        }
    })
}

/// A key that was replaced speaks for lives that are over; the key in use speaks of those as well.
fn standing(signer: &NodeKey, ask: &Ask) -> protocol::Standing {
    if ask.incarnation < signer.incarnation { protocol::Standing::Replaced } else { signer.standing }
}

/// What is set aside behind a sequence, of every story told under this name: each is named with its own id.
async fn aside(db: &PgPool, journal: Journal, after: u64) -> sqlx::Result<Reply> {
    let mut db = db.acquire().await?;
    let stories = reconcile::read(&mut db, journal).await?;
    let numbers: Vec<i32> = stories.all.iter().map(|story| story.number as i32).collect();
    let rows = sqlx::query!(
        r#"
        select distinct on (sequence, frame_sha256) sequence, event_id, reason
        from quarantined_events
        where node_id = $1
            and incarnation = any ($2)
            and sequence > $3
            and taken_at is null
            and not is_fork
        order by sequence, frame_sha256
        limit $4
        "#,
        journal.0.0,
        &numbers,
        i64::try_from(after).unwrap_or(i64::MAX),
        ASIDE_AT_ONCE as i64 + 1
    )
    .fetch_all(&mut *db)
    .await?;
    let mut list: Vec<Quarantined> = rows
        .into_iter()
        .map(|row| Quarantined {
            sequence: row.sequence as u64,
            event: row.event_id.map(EventId),
            reason: row.reason,
        })
        .collect();
    let complete = list.len() <= ASIDE_AT_ONCE;
    if !complete {
        cut_before_a_number(&mut list);
    }
    Ok(Reply::Aside { list, complete })
}

/// The node asks on behind the last number named, so all of that number must be named.
fn cut_before_a_number(list: &mut Vec<Quarantined>) {
    let last = list.last().map(|aside| aside.sequence);
    let whole = list.partition_point(|aside| Some(aside.sequence) < last);
    list.truncate(if whole == 0 { ASIDE_AT_ONCE } else { whole });
}
