//! What every board does around its bridge: looks once a millisecond, speaks ten times a second, obeys, remembers.

use crate::bridge::Bridge;
use crate::command::{Answer, Command, Refusal};
use crate::output::Output;
use crate::sensor::Sensor;
use crate::settings::Settings;

/// So many looks make a point.
const LOOKS_A_POINT: u32 = 100;

/// Where settings outlive the power.
pub trait Memory {
    /// Keeps them; whether they could be read back.
    fn keep(&mut self, settings: &Settings) -> bool;
}

/// A bridge with its memory and its turn to speak.
#[derive(Debug)]
pub struct Board<S, M> {
    bridge: Bridge<S>,
    memory: M,
    looks: u32,
}

impl<S: Sensor, M: Memory> Board<S, M> {
    /// A board that has just been switched on.
    pub fn new(bridge: Bridge<S>, memory: M) -> Self {
        Self { bridge, memory, looks: 0 }
    }

    /// To be called once a millisecond: what is to be sent, ten times a second. `centi` asks the board's thermometer for
    /// hundredths of a degree Celsius.
    pub fn look(&mut self, now_ms: u64, centi: impl FnOnce() -> Option<i16>) -> Option<Output> {
        self.bridge.poll();
        self.looks += 1;
        if self.looks < LOOKS_A_POINT {
            return None;
        }
        self.looks = 0;
        let message = self.bridge.report(now_ms, centi());
        Some(Output::reading(&message, self.bridge.mode(), self.bridge.settled()))
    }

    /// To be called when a line of the sensor changed, where it cannot wait for the next look.
    pub fn notice(&mut self) {
        self.bridge.poll();
    }

    /// Does what was typed; gives the answer to send.
    pub fn obey(&mut self, asked: Result<Command, Refusal>) -> Output {
        match asked.and_then(|command| self.done(command)) {
            Ok(answer) => Output::answer(&answer),
            Err(refusal) => Output::answer(&refusal),
        }
    }

    fn done(&mut self, command: Command) -> Result<Answer, Refusal> {
        let answer = self.bridge.obey(command)?;
        if answer == Answer::Saved && !self.memory.keep(self.bridge.settings()) {
            return Err(Refusal::NotSaved);
        }
        Ok(answer)
    }
}
