//! A meter at its control point: what it is asked, what it tells, how it answers.

use zbus::Connection;

use super::{Shared, hang_up, told};
use crate::air::{Record, RecordsFailure};
use crate::error::Result;

/// Where records, what belongs to them, and answers are told: places among a meter's characteristics.
const RECORD: usize = 0;
const CONTEXT: usize = 1;
const ANSWER: usize = 2;

const TOLD: u8 = 1;
const UNKNOWN: u8 = 2;
const NOTHING: u8 = 6;

/// Tells what was asked for, and answers.
pub(super) async fn answer(
    bus: &Connection,
    shared: &Shared,
    address: &str,
    asked: &[u8],
    failure: Option<RecordsFailure>,
) -> Result<()> {
    let (memory, hangs_up) =
        shared.device(address, |device| (device.memory.clone(), device.made.hangs_up))?;
    let code = match (failure, wanted(&memory, asked)) {
        (Some(RecordsFailure::FallsSilent), _) => return Ok(()),
        (Some(RecordsFailure::Refuses(code)), _) => code,
        (Some(RecordsFailure::HangsUpHalfWay), Some([first, ..])) => {
            told(bus, address, RECORD, &first.packet).await?;
            return hang_up(bus, shared, address).await;
        }
        (_, None) => UNKNOWN,
        (_, Some([])) => NOTHING,
        (_, Some(records)) => {
            for record in records {
                told(bus, address, RECORD, &record.packet).await?;
                if let Some(context) = &record.context {
                    told(bus, address, CONTEXT, context).await?;
                }
            }
            TOLD
        }
    };
    told(bus, address, ANSWER, &[6, 0, asked.first().copied().unwrap_or_default(), code]).await?;
    if hangs_up && matches!(code, TOLD | NOTHING) {
        hang_up(bus, shared, address).await?;
    }
    Ok(())
}

/// The records that are asked for, the oldest first; `None` for a question no meter knows.
fn wanted<'a>(memory: &'a [Record], asked: &[u8]) -> Option<&'a [Record]> {
    match *asked {
        [1, 1] => Some(memory),
        [1, 6] => Some(&memory[memory.len().saturating_sub(1)..]),
        [1, 3, 1, low, high] => {
            let first = u16::from_le_bytes([low, high]);
            let older = memory.iter().take_while(|record| record.sequence < first).count();
            Some(&memory[older..])
        }
        _ => None,
    }
}
