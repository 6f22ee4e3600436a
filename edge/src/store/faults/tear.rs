//! What a card holds after a power cut: of everything not yet synced, nothing, all, or pieces.

use super::Dice;

/// One thing done to a file.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// Bytes were written at an offset.
    Write(u64, Vec<u8>),
    /// The file was given a length.
    Length(u64),
}

/// What happens to changes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tear {
    /// All are gone.
    Lost,
    /// All are there.
    Kept,
    /// Of each write, its first bytes; of each length, chance.
    Cut,
    /// Of each write, any of its bytes; of each length, chance.
    Mixed,
}

impl Tear {
    pub(super) const ALL: [Self; 4] = [Self::Lost, Self::Kept, Self::Cut, Self::Mixed];
}

/// The card's image after a cut.
pub(super) fn torn(durable: &[u8], unsynced: &[Change], tear: Tear, dice: &mut Dice) -> Vec<u8> {
    let mut image = durable.to_vec();
    if tear == Tear::Lost {
        return image;
    }
    // A length and the bytes behind it reach the card apart from each other.
    let mut length = image.len() as u64;
    for change in unsynced {
        match change {
            Change::Length(new) if tear == Tear::Kept || dice.coin() => length = *new,
            Change::Length(_) => {}
            Change::Write(at, bytes) => write_torn(&mut image, *at as usize, bytes, tear, dice),
        }
    }
    image.resize(length as usize, 0);
    image
}

fn write_torn(image: &mut Vec<u8>, at: usize, bytes: &[u8], tear: Tear, dice: &mut Dice) {
    if image.len() < at + bytes.len() {
        image.resize(at + bytes.len(), 0);
    }
    let place = &mut image[at..at + bytes.len()];
    match tear {
        Tear::Lost => {}
        Tear::Kept => place.copy_from_slice(bytes),
        Tear::Cut => {
            let arrived = dice.below(bytes.len() + 1);
            place[..arrived].copy_from_slice(&bytes[..arrived]);
        }
        Tear::Mixed => {
            for (old, new) in place.chunks_mut(64).zip(bytes.chunks(64)) {
                let mut arrived = dice.any();
                for (old, new) in old.iter_mut().zip(new) {
                    if arrived & 1 == 1 {
                        *old = *new;
                    }
                    arrived >>= 1;
                }
            }
        }
    }
}

/// A change as the system sees it at once.
pub(super) fn apply(image: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => image.resize(*length as usize, 0),
        Change::Write(at, bytes) => write_torn(image, *at as usize, bytes, Tear::Kept, &mut Dice::seeded(0)),
    }
}
