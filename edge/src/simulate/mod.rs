//! Instruments for training: a scale or a board without a child, played by hand, on a line that any node can open.
//!
//! What is typed and what is answered is for a trainer, in Bahasa Indonesia; how the instruments behave is
//! [`scales::simulate`], which the trials use as well.

mod options;
mod order;
mod play;

use std::future::Future;
use std::io::Write;

use tokio::io::{AsyncBufReadExt, BufReader};

pub use options::Simulated;
use order::Order;
use play::Play;

/// Switches it on and does what is typed, until `selesai` or until `stop` is over. Where the keyboard ends it goes on.
pub async fn run(simulated: Simulated, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let mut play = Play::begin(&simulated)?;
    say(&play.greeting())?;
    let mut typed = BufReader::new(tokio::io::stdin()).lines();
    let mut listening = true;
    tokio::pin!(stop);
    loop {
        tokio::select! {
            line = typed.next_line(), if listening => match line? {
                None => listening = false,
                Some(line) => match Order::read(&line, play.quantity()) {
                    Ok(Order::End) => return say("Selesai. Alat tiruan dimatikan."),
                    Ok(order) => say(&play.obey(order))?,
                    Err(hint) => say(hint)?,
                },
            },
            () = &mut stop => return Ok(()),
        }
    }
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    if !text.is_empty() {
        writeln!(out, "{text}")?;
    }
    Ok(out.flush()?)
}
