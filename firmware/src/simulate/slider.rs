//! The slider of a height board on its wire, with the encoder that turns and the switch at its lower end.

use super::Time;
use super::lines::Pin;
use crate::draw_wire::DrawWire;

/// The four positions of the encoder, upwards.
const TURN: [(bool, bool); 4] = [(false, false), (false, true), (true, true), (true, false)];

/// The driver of such a wire.
pub type Wire = DrawWire<Pin, Pin, Pin, Time>;

/// The slider.
#[derive(Debug)]
pub struct Slider {
    a: Pin,
    b: Pin,
    /// Closed to ground at the lower end.
    home: Pin,
    /// Counts above the lower end.
    position: i32,
}

impl Slider {
    /// One that stands so many counts above its lower end.
    pub fn new(time: &Time, position: i32) -> Self {
        let pin = || Pin::new(time, true);
        let slider = Self { a: pin(), b: pin(), home: pin(), position };
        slider.show();
        slider
    }

    /// A driver that has just been switched on at its lines.
    pub fn wire(&self, time: &Time) -> Wire {
        DrawWire::new(self.a.clone(), self.b.clone(), self.home.clone(), time.clone())
    }

    /// Where it stands.
    pub fn position(&self) -> i32 {
        self.position
    }

    /// Turns the encoder by so many counts at once. The driver sees one; more are a step it missed.
    pub fn turn(&mut self, by: i32) {
        self.position += by;
        self.show();
    }

    fn show(&self) {
        let (a, b) = TURN[self.position.rem_euclid(4) as usize];
        self.a.set(a);
        self.b.set(b);
        self.home.set(self.position != 0);
    }
}
