//! Taking in an instrument: listen, put something known on it, give it a name.

pub(super) mod fit;
pub(super) mod known;
pub(super) mod listen;
pub(super) mod meter;
pub(super) mod name;
pub(super) mod trial;

use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// Which port or address a page is about.
#[derive(Deserialize)]
pub(super) struct At {
    port: String,
}

/// Leads to the page of what is listened to.
fn to_port(port: &str) -> Response {
    to_page("/instruments/new", port)
}

/// Leads to a page about a port. Names of ports are what the machine makes of makers' names.
fn to_page(page: &str, port: &str) -> Response {
    let mut address = format!("{page}?port=");
    for byte in port.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => address.push(char::from(byte)),
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    Redirect::to(&address).into_response()
}

/// Leads back to the list, where it is not listened to any more.
fn to_list() -> Response {
    Redirect::to("/instruments").into_response()
}
