//! *Ganti orang*: a phone that two PINs have opened today changes between them by one tap.

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use protocol::UserId;
use serde::Deserialize;

use super::{Person, audit, people, session};
use crate::app::Edge;
use crate::store::Deed;
use crate::web::Trouble;

#[derive(Deserialize)]
pub(super) struct ChangeForm {
    user: UserId,
}

/// Hands the phone to somebody who has opened it; to anybody else by way of her PIN.
pub(super) async fn take(
    State(edge): State<Edge>,
    person: Person,
    Form(form): Form<ChangeForm>,
) -> Result<Response, Trouble> {
    let user = people::user(&edge, form.user)?.ok_or(Trouble::Nowhere)?;
    if !person.unlocked.contains(&user.id) {
        return Ok(Redirect::to(&format!("/sign-in/{}", user.id)).into_response());
    }
    if user.id != person.user.id {
        let next = user.id;
        session::change(&edge, person.session, move |session| session.user = next).await?;
        audit::at_the_door(&edge, &user, person.posyandu.map(|posyandu| posyandu.id), Deed::Changed);
    }
    Ok(Redirect::to("/").into_response())
}
