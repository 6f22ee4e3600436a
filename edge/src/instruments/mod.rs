//! The instruments of a posyandu as somebody sets them up: what is plugged in, what it speaks, whether it is right.
//!
//! # Why
//! Nothing about a cheap scale can be believed because a file says so. What it speaks is heard, which unit it means is
//! shown by a mass that is known, and whether it is right is checked again and again; every check is an event. On a
//! meter of blood pressure or glucose nothing known can be put: it is taken in by one measurement that a person compares
//! with its display, and its check is the calibration a sticker tells of.

mod check;
mod identity;
mod kept;
mod languages;
mod list;
mod meter;
mod new;
mod one;
mod ports;
mod profile;
mod said;
mod workshop;

use axum::Router;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::routing::{get, post};

use crate::app::Edge;
use crate::staff::{Act, NotYet, Staff};
use crate::web::Pages;

pub(crate) use said::verdict;
pub(crate) use workshop::Due;
pub use workshop::Workshop;

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/instruments", get(list::show))
        .route("/instruments/air", get(list::air).post(list::power_on))
        .route("/instruments/listen", post(new::listen::listen))
        .route("/instruments/new", get(new::listen::show).post(new::name::take_in))
        .route("/instruments/new/heard", get(new::listen::heard))
        .route("/instruments/new/known", get(new::known::ask).post(new::known::take))
        .route("/instruments/unread", post(list::forget_unread))
        .route("/instruments/meter", get(new::meter::show).post(new::meter::take_in))
        .route("/instruments/meter/heard", get(new::meter::heard))
        .route("/instruments/meter/name", get(new::meter::name))
        .route("/instruments/{id}", get(one::show))
        .route("/instruments/{id}/calibration", post(meter::calibrate))
        .route("/instruments/{id}/check", get(check::show).post(check::take))
        .route("/instruments/{id}/check/again", post(check::again))
        .route("/instruments/{id}/check/finish", post(check::finish))
        .route("/instruments/{id}/name", post(one::rename))
        .route("/instruments/{id}/retire", post(one::retire))
}

/// Somebody who may change which instruments there are.
struct Technician(Staff);

impl Technician {
    fn is(staff: &Staff) -> bool {
        staff.can(Act::SetUpNode)
    }
}

impl<S> FromRequestParts<S> for Technician
where
    S: Send + Sync,
    Edge: FromRef<S>,
{
    type Rejection = NotYet;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotYet> {
        let staff = <Staff as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        staff.may(Act::SetUpNode)?;
        Ok(Self(staff))
    }
}
