//! A card spoken by a voice on the node, where one is installed: its own fixed sentences, never anything of a person.
//!
//! # Why
//! The program is somebody else's and may hang or say too much: it gets the text and nothing more, twenty seconds, and room
//! for a minute of sound. One runs at a time, and what it said is kept, so that each card is spoken once a power-up.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use axum::body::Bytes;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::cards::Card;

/// Longer than any card takes on a slow board.
const PATIENCE: Duration = Duration::from_secs(20);
/// A minute at 22 kHz and two bytes, twice over.
const MOST: u64 = 6 << 20;

/// What was spoken since the node started, by the cards' codes.
static SPOKEN: Mutex<Option<HashMap<&'static str, Bytes>>> = Mutex::const_new(None);

/// The card as a WAV file; `None` if the program cannot say it.
pub(super) async fn spoken(program: &Path, card: &'static Card) -> Option<Bytes> {
    let mut spoken = SPOKEN.lock().await;
    let spoken = spoken.get_or_insert_default();
    if let Some(wav) = spoken.get(card.code) {
        return Some(wav.clone());
    }
    match say(program, card).await {
        Ok(wav) if wav.starts_with(b"RIFF") => {
            let wav = Bytes::from(wav);
            spoken.insert(card.code, wav.clone());
            Some(wav)
        }
        Ok(_) => {
            tracing::warn!("{} gave no WAV file", program.display());
            None
        }
        Err(error) => {
            tracing::warn!("{} cannot speak: {error}", program.display());
            None
        }
    }
}

async fn say(program: &Path, card: &Card) -> std::io::Result<Vec<u8>> {
    let text = [&[card.title], card.says].concat().join(". ");
    let mut child = Command::new(program)
        .args(["-v", "id", "-s", "140", "--stdout", "--"])
        .arg(text)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env_clear()
        .kill_on_drop(true)
        .spawn()?;
    let mut out = child.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?.take(MOST);
    let mut wav = Vec::new();
    let speaking = async {
        out.read_to_end(&mut wav).await?;
        child.wait().await
    };
    let ended =
        tokio::time::timeout(PATIENCE, speaking).await.map_err(|_| std::io::ErrorKind::TimedOut)??;
    if ended.success() { Ok(wav) } else { Err(std::io::Error::other(format!("it ended with {ended}"))) }
}
