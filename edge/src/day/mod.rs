//! The posyandu day as a whole: opened, held at five tables by many hands, practised for.
//!
//! # Why
//! A meeting carries the month it is reported in, so a day moved over a month's end stays where it belongs; whatever is
//! recorded while it is held asks `report_month`. Nothing here ever blocks: who forgets to open is reminded and goes on.
//!
//! | setting of the Puskesmas | says | default |
//! |---|---|---|
//! | `day.steps` | the order of the steps after registration | `timbang,catat,layanan,penyuluhan` |
//! | `report.until_day` | up to this day of the month, weighings away from the posyandu count for that month | the last |

mod board;
mod missing;
mod opening;
mod people;
pub mod practice;
mod session;
mod steps;
mod ticks;

use axum::Router;
use axum::routing::{get, post};

use crate::web::Pages;

pub(crate) use opening::of_meeting;
pub(crate) use session::{month_away, report_month, today, unclosed};
pub use steps::Progress;
pub(crate) use steps::{Kind, first_page};
pub(crate) use ticks::{Tick, ticked, toggle};

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/opening", get(opening::ask).post(opening::take))
        .route("/board", get(board::show))
        .route("/board/live", get(board::live))
        .route("/board/home-visit", post(missing::mark))
        .route("/board/{visit}", get(board::ticket))
        .route("/board/{visit}/call", post(board::call))
        .route("/board/{visit}/free", post(board::free))
        .route("/board/{visit}/done", post(board::done))
}
