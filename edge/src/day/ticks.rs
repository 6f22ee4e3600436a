//! What somebody ticks off on a list: on this node only, and there again after a restart.

use std::collections::HashSet;

use protocol::{CitizenId, Month, PosyanduId};
use uuid::Uuid;

use crate::app::Edge;
use crate::staff::Staff;
use crate::store::{Small, StoreError};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tick {
    /// Will be visited at home.
    HomeVisit = 1,
    /// Was typed into e-PPGBM.
    Typed = 2,
}

/// Who is ticked off on a list of a posyandu and month.
pub(crate) fn ticked(
    edge: &Edge,
    tick: Tick,
    posyandu: PosyanduId,
    month: Month,
) -> Result<HashSet<CitizenId>, StoreError> {
    let rows = edge.store.smalls_under(Small::Ticks, &list(tick, posyandu, month))?;
    let citizen = |(key, _): (Vec<u8>, Vec<u8>)| Uuid::from_slice(&key).ok().map(CitizenId);
    Ok(rows.into_iter().filter_map(citizen).collect())
}

/// Ticks somebody off, or takes the tick away. What is kept with it says who did.
pub(crate) async fn toggle(
    edge: &Edge,
    staff: &Staff,
    tick: Tick,
    month: Month,
    citizen: CitizenId,
    on: bool,
) -> Result<(), StoreError> {
    let key = [list(tick, staff.posyandu.id, month), citizen.bytes().to_vec()].concat();
    match on {
        true => edge.store.put_small(Small::Ticks, key, staff.user.id.bytes().to_vec()).await,
        false => edge.store.remove_small(Small::Ticks, key).await,
    }
}

fn list(tick: Tick, posyandu: PosyanduId, month: Month) -> Vec<u8> {
    [&[tick as u8], posyandu.bytes().as_slice(), &month.0.to_be_bytes()].concat()
}
