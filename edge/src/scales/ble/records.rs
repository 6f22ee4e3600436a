//! A glucose meter: it keeps what it measured, and tells it to whoever asks at its control point.
//!
//! # Why
//! Asked for everything, a meter tells months. So the first time it is asked for its last record alone, and from then on
//! for what is newer than that; where it does not know such a question, for the last one again, and only then for all.
//! A memory that was emptied begins to count anew, so one that has nothing newer is asked for its last record once more.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::scales::racp::{Answer, Ask};
use ::scales::{Error, Extras, GlucoseContext, Outcome, Profile, Reading, Stamp, decode};
use anyhow::{Context, ensure};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::gatt::{Connected, wants_pairing};
use super::place::assigned;
use crate::scales::heard::{self, Heard};

const MEASUREMENT: Uuid = assigned(0x2A18);
const CONTEXT: Uuid = assigned(0x2A34);
const CONTROL_POINT: Uuid = assigned(0x2A52);

/// A meter that has begun to tell and falls silent has given up after so long.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);
/// So long a meter that stays connected is not asked again.
const AGAIN: Duration = Duration::from_secs(20);
/// What a meter announced about a record follows within this.
const CONTEXT_WITHIN: Duration = Duration::from_secs(3);

/// What was fetched so far, kept over lost connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Fetched(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    /// The record that came last.
    last: Option<Key>,
    /// There was nothing newer: the last record is asked for once.
    looks_back: bool,
}

/// What a record is known by. An unset clock tells no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    sequence: u16,
    time: Option<Stamp>,
}

impl Key {
    fn of(extras: &Extras) -> Option<Self> {
        Some(Self { sequence: extras.sequence?, time: extras.time })
    }

    /// Whether it was made no later: a higher number, or a later time in a memory that counts anew, is newer.
    fn is_behind(self, last: Self) -> bool {
        let is_later = match (self.time, last.time) {
            (Some(own), Some(last)) => moment(own) > moment(last),
            _ => false,
        };
        self.sequence <= last.sequence && !is_later
    }
}

const fn moment(stamp: Stamp) -> (u16, u8, u8, u8, u8, u8) {
    (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
}

impl Fetched {
    /// Notes a record; whether it is newer than those before.
    fn is_new(&self, key: Key) -> bool {
        let mut memory = self.memory();
        let is_new = memory.last.is_none_or(|last| !key.is_behind(last));
        if is_new {
            memory.last = Some(key);
        }
        is_new
    }

    /// The number from which on records are newer; `None` if the last one is wanted.
    fn next(&self) -> Option<u16> {
        let memory = self.memory();
        memory.last.filter(|_| !memory.looks_back)?.sequence.checked_add(1)
    }

    fn look_back(&self, looks_back: bool) {
        self.memory().looks_back = looks_back;
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a meter can be asked, the best way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Newer,
    Last,
    All,
    /// It cannot: what it says unasked is all there is.
    Never,
}

impl Way {
    const fn simpler(self) -> Self {
        match self {
            Self::Newer => Self::Last,
            Self::Last => Self::All,
            Self::All | Self::Never => Self::Never,
        }
    }
}

/// A connected meter.
pub(super) struct Records {
    line: Connected,
    fetched: Fetched,
    way: Way,
    /// What it was asked last and has not answered.
    asked: Option<Asked>,
    /// When it is asked next.
    next: Instant,
    /// What was told and is complete.
    ready: VecDeque<Outcome>,
    /// What was told, and more of it was announced.
    half: Option<(Reading, Instant)>,
    /// Why the line is gone; said when everything that came before has been.
    lost: Option<io::Error>,
}

struct Asked {
    ask: Ask,
    write: Option<AbortOnDropHandle<zbus::Result<()>>>,
    until: Instant,
}

impl Records {
    /// Where a meter tells and is asked.
    pub(super) fn are_at(characteristic: Uuid) -> bool {
        [MEASUREMENT, CONTEXT, CONTROL_POINT].contains(&characteristic)
    }

    /// Asks for the first time, and pairs where the meter wants that before it lets anybody write.
    pub(super) async fn open(line: Connected, fetched: Fetched) -> anyhow::Result<Self> {
        ensure!(line.tells_at(MEASUREMENT), "it does not have the characteristic");
        let mut records = Self {
            line,
            fetched,
            way: Way::Newer,
            asked: None,
            next: Instant::now(),
            ready: VecDeque::new(),
            half: None,
            lost: None,
        };
        if let Some(ask) = records.question() {
            let wanted = "it cannot be asked for its records";
            let mut written = records.write(ask).context(wanted)?.await;
            if written.as_ref().is_err_and(wants_pairing) {
                records.line.pair().await?;
                written = records.write(ask).context(wanted)?.await;
            }
            written?;
            records.asked = Some(Asked { ask, write: None, until: Instant::now() + ANSWERS_WITHIN });
        }
        Ok(records)
    }

    /// What it says next anywhere.
    pub(super) async fn packet(&mut self) -> io::Result<(Uuid, Vec<u8>)> {
        self.line.packet().await
    }

    /// The next record. Nothing is lost when this is dropped half way.
    pub(super) async fn hear(&mut self, profile: Profile, heard: &Mutex<Heard>) -> io::Result<Outcome> {
        loop {
            self.pass(Instant::now());
            if let Some(outcome) = self.ready.pop_front() {
                return Ok(outcome);
            }
            if let Some(lost) = self.lost.take() {
                return Err(lost);
            }
            let wake = self.wake();
            tokio::select! {
                packet = self.line.packet() => match packet {
                    Ok((uuid, packet)) => {
                        heard::lock(heard).take(&packet);
                        self.take(uuid, &packet, profile, heard);
                    }
                    Err(lost) => self.lose(lost),
                },
                written = written(&mut self.asked) => {
                    if let Err(err) = written {
                        self.lose(io::Error::other(format!("it does not take a question: {err}")));
                    }
                }
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Does what is due.
    fn pass(&mut self, now: Instant) {
        if self.half.as_ref().is_some_and(|(_, until)| *until <= now) {
            self.complete();
        }
        if self.asked.as_ref().is_some_and(|asked| asked.until <= now) {
            self.lose(io::ErrorKind::TimedOut.into());
        }
        if self.lost.is_none() && self.asked.is_none() && self.next <= now {
            self.next = now + AGAIN;
            if let Some(ask) = self.question()
                && let Some(write) = self.write(ask)
            {
                let write = Some(AbortOnDropHandle::new(tokio::spawn(write)));
                self.asked = Some(Asked { ask, write, until: now + ANSWERS_WITHIN });
            }
        }
    }

    fn wake(&self) -> Instant {
        let asking = self.asked.as_ref().map_or(self.next, |asked| asked.until);
        self.half.as_ref().map_or(asking, |(_, until)| asking.min(*until))
    }

    /// What to ask now.
    fn question(&self) -> Option<Ask> {
        match (self.way, self.fetched.next()) {
            (Way::Newer, Some(next)) => Some(Ask::From(next)),
            (Way::Newer | Way::Last, _) => Some(Ask::Last),
            (Way::All, _) => Some(Ask::All),
            (Way::Never, _) => None,
        }
    }

    fn write(&self, ask: Ask) -> Option<impl Future<Output = zbus::Result<()>> + Send + use<>> {
        self.line.write(CONTROL_POINT, ask.request().bytes())
    }

    fn take(&mut self, uuid: Uuid, packet: &[u8], profile: Profile, heard: &Mutex<Heard>) {
        match uuid {
            MEASUREMENT => self.record(decode(profile, packet), heard),
            CONTEXT => self.context(packet),
            _ => self.answer(packet),
        }
    }

    fn record(&mut self, outcome: Outcome, heard: &Mutex<Heard>) {
        self.complete();
        // a long memory takes its time, and it has not fallen silent
        if let Some(asked) = &mut self.asked {
            asked.until = Instant::now() + ANSWERS_WITHIN;
        }
        let extras = outcome.as_ref().map_or_else(|said| &said.extras, |reading| &reading.extras);
        if Key::of(extras).is_some_and(|key| !self.fetched.is_new(key)) {
            heard::lock(heard).again += 1;
            return;
        }
        match outcome {
            Ok(reading) if reading.extras.context_follows => {
                self.half = Some((reading, Instant::now() + CONTEXT_WITHIN));
            }
            outcome => self.ready.push_back(outcome),
        }
    }

    fn context(&mut self, packet: &[u8]) {
        let Ok(said) = GlucoseContext::read(packet) else { return };
        if let Some((reading, _)) = &mut self.half
            && reading.extras.sequence == Some(said.sequence)
        {
            reading.extras.meal = said.meal;
            self.complete();
        }
    }

    fn answer(&mut self, packet: &[u8]) {
        self.complete();
        let Some(Asked { ask, .. }) = self.asked.take() else { return };
        let now = Instant::now();
        match Answer::read(packet) {
            Ok(Answer::Nothing) if matches!(ask, Ask::From(_)) => {
                self.fetched.look_back(true);
                self.next = now;
            }
            Ok(Answer::Told | Answer::Nothing) => {
                self.fetched.look_back(false);
                self.next = now + AGAIN;
            }
            Ok(Answer::Unknown) => (self.way, self.next) = (self.way.simpler(), now),
            _ => {
                self.ready.push_back(Err(Error::Unsuccessful.into()));
                self.next = now + AGAIN;
            }
        }
    }

    /// What was announced does not come any more.
    fn complete(&mut self) {
        let half = self.half.take();
        self.ready.extend(half.map(|(reading, _)| Ok(reading)));
    }

    fn lose(&mut self, why: io::Error) {
        self.complete();
        (self.asked, self.lost) = (None, Some(why));
    }
}

/// Waits until a question that is on its way has been taken.
async fn written(asked: &mut Option<Asked>) -> zbus::Result<()> {
    let Some(Asked { write, .. }) = asked else { return std::future::pending().await };
    let Some(under_way) = write else { return std::future::pending().await };
    let written = under_way.await;
    *write = None;
    written.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::Interrupted).into()))
}

#[cfg(test)]
mod tests {
    use bluez::{BlueZ, Instrument, RecordsFailure};

    use super::super::bluez::Bluez;
    use super::*;

    const ADDRESS: &str = "C0:26:DA:0A:0B:0E";

    #[tokio::test]
    async fn a_meter_that_takes_long_over_its_memory_is_heard_out_with_every_record_anew() {
        let bluez = BlueZ::start().await.unwrap();
        let made = Instrument {
            address: ADDRESS.into(),
            name: "Meter".into(),
            strength: -60,
            says_at: Some((
                "00001808-0000-1000-8000-00805f9b34fb".into(),
                "00002a18-0000-1000-8000-00805f9b34fb".into(),
            )),
            keeps_records: true,
            hangs_up: false,
            shy: false,
            resolves_after: Duration::from_millis(50),
        };
        bluez.bring(made).await.unwrap();
        bluez.fail_records(ADDRESS, &[RecordsFailure::FallsSilent]).unwrap();
        let bus = Bluez::connect(Some(bluez.address())).await.unwrap();
        let adapter = bus.power_on(None).await.unwrap();
        let line = Connected::open(bus, adapter, ADDRESS, Records::are_at).await.unwrap();
        let mut records = Records::open(line, Fetched::default()).await.unwrap();
        let profile = Profile::new(::scales::Dialect::Ble2a18);
        let heard = Mutex::new(Heard::default());
        for sequence in [1, 2, 2, 3] {
            // it is nearly given up
            let soon = Instant::now() + Duration::from_secs(1);
            records.asked.as_mut().unwrap().until = soon;
            let packet = [2, sequence, 0, 0xea, 7, 11, 24, 8, 0, 0, 99, 0xb0, 0x11];
            records.take(MEASUREMENT, &packet, profile, &heard);
            records.pass(soon);
            assert!(records.lost.is_none() && records.asked.is_some(), "it is given up at record {sequence}");
            let waits = records.asked.as_ref().unwrap().until - soon;
            assert!(waits > ANSWERS_WITHIN / 2, "{waits:?}");
        }
        records.pass(Instant::now() + 2 * ANSWERS_WITHIN);
        assert!(records.lost.is_some(), "one that does fall silent is given up");
    }
}
