//! A person's photograph, so that two of one name are told apart.
//!
//! # Why
//! It stays on this card and is in no event: whoever agreed may take that back at any time, and a journal forgets nothing.
//! Without consent none is kept and none is shown, whoever withdrew it and wherever.

use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use protocol::CitizenId;

use super::portrait;
use crate::app::Edge;
use crate::roster::of_child;
use crate::staff::{Act, Staff};
use crate::store::{Child, Small, StoreError};
use crate::visits::Who;
use crate::web::{Trouble, page};

#[derive(Template)]
#[template(path = "roster/person/photo.html")]
struct PhotoPage {
    who: Who,
    id: CitizenId,
    may_keep: bool,
    has_photo: bool,
    wrong: Option<&'static str>,
}

/// Whether one is kept and may be shown. One that nobody agrees to any more is forgotten by whoever looks: consent may have
/// been withdrawn anywhere.
pub(crate) async fn has(edge: &Edge, child: &Child) -> Result<bool, StoreError> {
    if kept(edge, child.id)?.is_none() {
        return Ok(false);
    }
    if is_agreed(child) {
        return Ok(true);
    }
    match forget(edge, child.id).await {
        // it is not shown, and goes when the card takes something again
        Ok(()) | Err(StoreError::Full | StoreError::Stopped) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn forget(edge: &Edge, id: CitizenId) -> Result<(), StoreError> {
    edge.store.remove_small(Small::Photos, id.0.as_bytes().to_vec()).await
}

fn is_agreed(child: &Child) -> bool {
    child.registered.consent.as_ref().is_some_and(|consent| consent.photo)
}

fn kept(edge: &Edge, id: CitizenId) -> Result<Option<Vec<u8>>, StoreError> {
    edge.store.small(Small::Photos, id.0.as_bytes())
}

/// The picture itself.
pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::ReadPerson)?;
    let child = of_child(&edge, &staff, id)?;
    let is_shown = has(&edge, &child).await?;
    let photo = kept(&edge, id)?.filter(|_| is_shown).ok_or(Trouble::Nowhere)?;
    let head = [(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((head, photo).into_response())
}

/// The page on which one is taken.
pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::CorrectPerson)?;
    let child = of_child(&edge, &staff, id)?;
    staff.saw(&edge, id, "foto");
    draw(&edge, &child, None).await
}

async fn draw(edge: &Edge, child: &Child, wrong: Option<&'static str>) -> Result<Response, Trouble> {
    page(&PhotoPage {
        who: Who::now(edge, child),
        id: child.id,
        may_keep: is_agreed(child),
        has_photo: has(edge, child).await?,
        wrong,
    })
}

/// Makes what the phone sent small and keeps it; one that was there is replaced. With `forget` it goes instead.
pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    mut form: Multipart,
) -> Result<Response, Trouble> {
    staff.may(Act::CorrectPerson)?;
    let child = of_child(&edge, &staff, id)?;
    let back = Redirect::to(&format!("/people/{id}")).into_response();
    let (mut photo, mut is_unwanted) = (None, false);
    while let Some(field) = form.next_field().await.map_err(|_| Trouble::Unreadable)? {
        match field.name() {
            Some("photo") => photo = Some(field.bytes().await.map_err(|_| Trouble::Unreadable)?),
            Some("forget") => is_unwanted = true,
            _ => {}
        }
    }
    if is_unwanted {
        forget(&edge, id).await?;
        return Ok(back);
    }
    let refused = async |say| {
        let page = draw(&edge, &child, Some(say)).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    if !is_agreed(&child) {
        return refused(
            "Foto hanya disimpan kalau sudah disetujui. Tanyakan dulu, lalu catat persetujuannya.",
        )
        .await;
    }
    let Some(photo) = photo.filter(|photo| !photo.is_empty()) else {
        return refused("Fotonya belum ada. Potret dulu, lalu tekan Simpan foto.").await;
    };
    // a decoder that stumbles over a picture takes nobody's page with it
    let small = tokio::task::spawn_blocking(move || portrait::small(&photo)).await;
    match small.unwrap_or(Err(portrait::UNREADABLE)) {
        Ok(small) => {
            edge.store.put_small(Small::Photos, id.0.as_bytes().to_vec(), small).await?;
            Ok(back)
        }
        Err(say) => refused(say).await,
    }
}
