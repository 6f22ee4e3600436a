//! One thing asked of the writer. It can be done again, because a neighbour in the same commit may have to be left out.

use tokio::sync::oneshot;

use super::StoreError;
use super::writer::Writing;

/// What a write is for: on a full card the one is refused and the other goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Something new that a person or the hub wants kept.
    Save,
    /// What lets everything else go on: acks, sign-ins, their counters.
    Upkeep,
}

/// A part of a transaction, and whoever waits to hear of it.
pub(super) trait Job: Send {
    /// What it is for.
    fn need(&self) -> Need;
    /// Does its part. May be called again in another transaction if this one is given up.
    fn run(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError>;
    /// Says what came of it.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Asked<W, T> {
    need: Need,
    work: W,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

/// A job for `work`, and where its answer will be.
pub(super) fn asked<T: Send + 'static>(
    need: Need,
    work: impl FnOnce(&mut Writing<'_>) -> Result<T, StoreError> + Clone + Send + 'static,
) -> (Box<dyn Job>, oneshot::Receiver<Result<T, StoreError>>) {
    let (reply, answer) = oneshot::channel();
    (Box::new(Asked { need, work, value: None, reply }), answer)
}

impl<W, T> Job for Asked<W, T>
where
    W: FnOnce(&mut Writing<'_>) -> Result<T, StoreError> + Clone + Send,
    T: Send,
{
    fn need(&self) -> Need {
        self.need
    }

    fn run(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        self.value = None;
        self.value = Some((self.work.clone())(writing)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { value, reply, .. } = *self;
        // the caller may have gone; what was committed stays committed
        let _ = reply.send(outcome.and_then(|()| value.ok_or(StoreError::Stopped)));
    }
}
