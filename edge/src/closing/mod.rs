//! *Tutup posyandu*: the month's form F1 with the children behind each number, the lists to copy elsewhere, the paper for a
//! day without this node and what is typed back from it, and the signed total of the day.
//!
//! # Why
//! A photograph of the code proves, without any network, what this node said it held when the day ended: it is signed and
//! names the journal's last place and the chain there. The figures a meeting was closed with stay with it; what was
//! corrected since stands beside them.

mod close;
mod code;
mod count;
mod eppgbm;
mod late;
mod list;
mod moves;
mod page;
mod paper;
mod row_code;
mod services;
mod share;

use axum::Router;
use axum::routing::get;
use protocol::Month;

use crate::web::Pages;

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/closing", get(page::show).post(close::take))
        .route("/closing/list", get(list::show))
        .route("/closing/moves", get(moves::show))
        .route("/closing/whatsapp", get(share::show))
        .route("/closing/eppgbm", get(eppgbm::show).post(eppgbm::tick))
        .route("/closing/eppgbm.csv", get(eppgbm::download))
        .route("/closing/paper", get(paper::show))
        .route("/late", get(late::ask))
        .route("/late/rows", get(late::rows).post(late::take))
}

/// Later months than this many before the present one are not asked for.
const MONTHS_BACK: i32 = 24;

/// The month a page asks for, if it is one that can be meant.
fn asked(month: Option<i32>, present: Month) -> Month {
    month
        .map(Month)
        .filter(|month| (present.0 - MONTHS_BACK..=present.0 + 1).contains(&month.0))
        .unwrap_or(present)
}
