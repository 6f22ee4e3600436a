//! What a node may ask by HTTPS.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router, middleware};
use protocol::ask::{Ask, Question};
use protocol::courier::{self, Way};
use protocol::letter::{MAX_LETTER, Up};
use protocol::{NodeId, Standing};

use super::Counter;
use super::https::Visitor;
use crate::gate::Admission as _;
use crate::nodes::Admission;

/// A node sends a packet of a few batches at a time.
const LARGEST_PACKET: usize = 4 * 1024 * 1024;

#[derive(Clone)]
struct Road {
    counter: Counter,
    admission: Admission,
}

pub(super) fn router(counter: Counter, admission: Admission) -> Router {
    Router::new()
        .route("/api/v1/nodes/{node}/batches", post(take))
        .route_layer(middleware::from_fn(known_only))
        .layer(DefaultBodyLimit::max(LARGEST_PACKET))
        .route("/api/v1/nodes/{node}/renewal", post(renew).layer(DefaultBodyLimit::max(MAX_LETTER)))
        .with_state(Road { counter, admission })
}

/// Nothing is read of what somebody sends who has not shown a certificate.
async fn known_only(request: Request, next: Next) -> Response {
    match request.extensions().get::<Visitor>() {
        Some(Visitor(Some(_))) => next.run(request).await,
        _ => refused(StatusCode::UNAUTHORIZED, "a certificate of this node is needed"),
    }
}

/// Takes a packet or a single letter from a node that shows its certificate, and answers with a packet.
async fn take(
    State(road): State<Road>,
    Extension(Visitor(visitor)): Extension<Visitor>,
    Path(node): Path<NodeId>,
    body: Bytes,
) -> Response {
    let Some(visitor) = visitor.filter(|visitor| visitor.node == node) else {
        return refused(StatusCode::UNAUTHORIZED, "a certificate of this node is needed");
    };
    let standing: Option<Standing> = road.admission.admits(node, visitor.certificate_sha256).await;
    if standing.is_none() {
        return refused(StatusCode::FORBIDDEN, "this certificate is not admitted");
    }
    let letters = match courier::read(Way::Up, &body) {
        Ok(packet) if packet.node == node => packet.letters,
        Ok(_) => return refused(StatusCode::FORBIDDEN, "the packet is another node's"),
        Err(_) if Up::read(&body).is_some() => vec![body.to_vec()],
        Err(error) => return refused(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    answer(&road, node, letters).await
}

/// Takes the one question a node may ask without a certificate that is still good; it proves itself by its signature.
async fn renew(State(road): State<Road>, Path(node): Path<NodeId>, body: Bytes) -> Response {
    let asks_for_renewal = match Up::read(&body) {
        Some(Up::Ask(ask)) => {
            Ask::peek(ask).is_ok_and(|ask| ask.node == node && matches!(ask.question, Question::Renew { .. }))
        }
        _ => false,
    };
    if !asks_for_renewal {
        return refused(StatusCode::BAD_REQUEST, "only a renewal may be asked for here");
    }
    answer(&road, node, vec![body.to_vec()]).await
}

async fn answer(road: &Road, node: NodeId, letters: Vec<Vec<u8>>) -> Response {
    match road.counter.deliver(node, letters).await {
        Ok(answers) => {
            let packet = courier::write(Way::Down, node, &answers);
            ([(header::CONTENT_TYPE, "application/octet-stream")], packet).into_response()
        }
        Err(error) => refused(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, format!("{why}\n")).into_response()
}
