//! One node's connection, from CONNACK to the end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::BytesMut;
use protocol::NodeId;
use rumqttc::mqttbytes::Error as Malformed;
use rumqttc::mqttbytes::v4::{
    ConnAck, ConnectReturnCode, Packet, PubAck, SubAck, Subscribe, SubscribeReasonCode, UnsubAck, Unsubscribe,
};
use tokio::io::{AsyncReadExt, ReadHalf};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::acl::{Rights, Violation};
use super::ending::Ending;
use super::greet::{Guest, Stream};
use super::handing::Handing;
use super::limits::{Limits, Pace};
use super::mail::Mail;
use super::outbox::Outbox;
use super::present::Seat;
use super::tls::Identity;
use super::{Admission, Shared};

/// Room made for each read.
const READ_BYTES: usize = 4096;

/// Serves one node until it leaves or has to.
pub(super) async fn serve<A: Admission>(guest: Guest, peer: SocketAddr, hub: &Shared<A>) {
    let identity = guest.identity;
    tracing::debug!(node.id = %identity.node, %peer, "node connected");
    let (mut session, seat) = Session::open(guest, hub);
    let Err(ending) = session.converse(identity, &seat, hub).await;
    // The seat goes first, so that a message for the node is not put where nobody will look.
    drop(seat);
    let may_hear_goodbye = ending.may_hear_goodbye();
    ending.log(identity.node, peer);
    if may_hear_goodbye {
        session.outbox.close().await;
    }
}

struct Session<'a> {
    node: NodeId,
    limits: &'a Limits,
    rights: Rights,
    reader: ReadHalf<Stream>,
    input: BytesMut,
    outbox: Outbox,
    handing: Handing,
    mail: Mail,
    pace: Pace,
    silence: Duration,
    silent_at: Instant,
    aged_at: Instant,
}

impl<'a> Session<'a> {
    fn open<A>(guest: Guest, hub: &'a Shared<A>) -> (Self, Seat) {
        let (now, limits, node) = (Instant::now(), &hub.limits, guest.identity.node);
        let (reader, writer) = tokio::io::split(guest.stream);
        let mut outbox = Outbox::new(writer);
        outbox.push(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false)));
        let silence = allowed_silence(guest.keep_alive_s, limits.silence);
        let rights = Rights::of(node);
        let session = Self {
            node,
            limits,
            reader,
            input: guest.input,
            outbox,
            handing: Handing::new(hub.uploads.clone(), limits),
            mail: Mail::new(guest.letters, rights.down.clone()),
            rights,
            pace: Pace::new(limits, now),
            silence,
            silent_at: now + silence,
            aged_at: now + limits.lifetime,
        };
        (session, guest.seat)
    }

    /// Hears and speaks until there is a reason to end.
    async fn converse<A: Admission>(
        &mut self,
        identity: Identity,
        seat: &Seat,
        hub: &Shared<A>,
    ) -> Result<Infallible, Ending> {
        let mut withdrawn = pin!(withdrawn(identity, hub));
        loop {
            self.hear_what_came()?;
            let now = Instant::now();
            let listening = self.is_listening(now);
            if !listening {
                // While it is we who do not listen, its silence is no fault.
                self.silent_at = now + self.silence;
            }
            let wake_at = self.next_deadline(listening, now);
            self.input.reserve(READ_BYTES);
            tokio::select! {
                () = seat.leave.cancelled() => return Err(Ending::ToldToLeave),
                () = &mut withdrawn => return Err(Ending::NotAdmitted),
                sent = self.outbox.drain() => sent?,
                taken = self.handing.next_taken() => self.acknowledge(taken?),
                letter = self.mail.next(), if !self.outbox.is_full() => self.outbox.push(&Packet::Publish(letter)),
                read = self.reader.read_buf(&mut self.input), if listening => self.was_read(read?)?,
                () = sleep_until(wake_at) => self.check_deadlines(Instant::now())?,
            }
        }
    }

    /// Whether the client may be heard now. Not being heard is how it is slowed: nothing is dropped.
    fn is_listening(&self, now: Instant) -> bool {
        self.handing.has_room() && !self.outbox.is_full() && self.pace.ready_at() <= now
    }

    fn next_deadline(&self, listening: bool, now: Instant) -> Instant {
        let hearing = if listening { self.silent_at } else { self.pace.ready_at() };
        // A debt already paid is no deadline: then what keeps us from listening wakes us when it is over.
        let hearing = Some(hearing).filter(|at| listening || *at > now);
        let stalled = self.outbox.stalled_at(self.limits.stall);
        [hearing, stalled].into_iter().flatten().fold(self.aged_at, Instant::min)
    }

    fn check_deadlines(&self, now: Instant) -> Result<(), Ending> {
        if self.outbox.stalled_at(self.limits.stall).is_some_and(|at| at <= now) {
            return Err(Ending::Stalled);
        }
        if self.silent_at <= now {
            return Err(Ending::Silent);
        }
        if self.aged_at <= now {
            return Err(Ending::Aged);
        }
        Ok(())
    }

    fn was_read(&mut self, bytes: usize) -> Result<(), Ending> {
        if bytes == 0 {
            return Err(Ending::Left);
        }
        self.silent_at = Instant::now() + self.silence;
        Ok(())
    }

    fn acknowledge(&mut self, pkid: Option<u16>) {
        if let Some(pkid) = pkid {
            self.outbox.push(&Packet::PubAck(PubAck::new(pkid)));
        }
    }

    fn hear_what_came(&mut self) -> Result<(), Ending> {
        while self.is_listening(Instant::now()) {
            let before = self.input.len();
            match Packet::read(&mut self.input, self.limits.packet_bytes) {
                Ok(packet) => {
                    self.pace.spend(before - self.input.len(), Instant::now());
                    self.hear(packet)?;
                }
                Err(Malformed::InsufficientBytes(more)) => {
                    self.input.reserve(more);
                    break;
                }
                Err(error) => return Err(Violation::NotMqtt(error).into()),
            }
        }
        Ok(())
    }

    fn hear(&mut self, packet: Packet) -> Result<(), Ending> {
        match packet {
            Packet::Publish(publish) => {
                self.rights.may_publish(&publish)?;
                self.handing.hand(self.node, publish);
            }
            Packet::PubAck(ack) => self.mail.acknowledged(ack.pkid),
            Packet::Subscribe(subscribe) => self.subscribe(&subscribe)?,
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(&unsubscribe),
            Packet::PingReq => self.outbox.push(&Packet::PingResp),
            Packet::Disconnect => return Err(Ending::Left),
            Packet::Connect(_) => return Err(Violation::OutOfPlace("second CONNECT").into()),
            Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) => {
                return Err(Violation::OutOfPlace("QoS 2").into());
            }
            Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp => {
                return Err(Violation::OutOfPlace("server's").into());
            }
        }
        Ok(())
    }

    fn subscribe(&mut self, subscribe: &Subscribe) -> Result<(), Violation> {
        let granted = self.rights.may_subscribe(subscribe)?;
        if let Some(SubscribeReasonCode::Success(qos)) = granted.last() {
            self.mail.subscribe(Some(*qos));
        }
        self.outbox.push(&Packet::SubAck(SubAck::new(subscribe.pkid, granted)));
        Ok(())
    }

    fn unsubscribe(&mut self, unsubscribe: &Unsubscribe) {
        if unsubscribe.topics.contains(&self.rights.down) {
            self.mail.subscribe(None);
        }
        self.outbox.push(&Packet::UnsubAck(UnsubAck::new(unsubscribe.pkid)));
    }
}

/// One and a half times the keep-alive, as MQTT has it, and never longer than `longest`; 0 asks for no end.
fn allowed_silence(keep_alive_s: u16, longest: Duration) -> Duration {
    match keep_alive_s {
        0 => longest,
        seconds => longest.min(Duration::from_millis(1500 * u64::from(seconds))),
    }
}

/// Resolves when the node's certificate is no longer admitted.
async fn withdrawn<A: Admission>(Identity { node, certificate_sha256 }: Identity, hub: &Shared<A>) {
    loop {
        sleep(hub.limits.readmit_every).await;
        let asked = hub.admission.admits(node, certificate_sha256);
        // No answer withdraws nothing: while the register cannot be read, nothing is taken either.
        if timeout(hub.limits.greeting, asked).await == Ok(None) {
            return;
        }
    }
}
