//! Messages that were heard and are not acknowledged yet.

use std::collections::VecDeque;

use rumqttc::Publish;
use tokio::sync::oneshot;

/// What the broker waits for, oldest first.
#[derive(Default)]
pub(super) struct Owed(VecDeque<(Publish, oneshot::Receiver<()>)>);

impl Owed {
    pub(super) fn add(&mut self, publish: Publish, done: oneshot::Receiver<()>) {
        self.0.push_back((publish, done));
    }

    /// Whether this is a repeat of one that is still owed: a broker may grow impatient while the database is away, and
    /// must not fill our memory with it.
    pub(super) fn holds(&self, repeat: &Publish) -> bool {
        self.0.iter().any(|(publish, _)| publish.pkid == repeat.pkid)
    }

    /// Resolves with the oldest message once the hub is done with it; pends while there is none. Safe to drop at any time.
    ///
    /// What the hub let go is acknowledged too: its node sends it again, and an unanswered message would narrow the
    /// broker's window for ever.
    pub(super) async fn next(&mut self) -> Publish {
        let Some((_, done)) = self.0.front_mut() else { return std::future::pending().await };
        let _ = done.await;
        self.0.pop_front().expect("the front was just seen").0
    }
}

#[cfg(test)]
mod tests {
    use rumqttc::QoS;

    use super::*;

    fn message(pkid: u16) -> Publish {
        let mut publish = Publish::new("simpul/v1/up/00/x", QoS::AtLeastOnce, "x");
        publish.pkid = pkid;
        publish
    }

    #[tokio::test]
    async fn messages_are_acknowledged_in_the_order_they_came() {
        let mut owed = Owed::default();
        let (first_done, first) = oneshot::channel();
        let (second_done, second) = oneshot::channel();
        owed.add(message(1), first);
        owed.add(message(2), second);
        second_done.send(()).unwrap();
        let early = tokio::time::timeout(std::time::Duration::from_millis(20), owed.next()).await;
        assert!(early.is_err(), "the second is done, the first is not");
        drop(first_done);
        assert_eq!(owed.next().await.pkid, 1);
        assert_eq!(owed.next().await.pkid, 2);
    }

    #[test]
    fn a_repeat_of_what_is_owed_is_known() {
        let mut owed = Owed::default();
        owed.add(message(7), oneshot::channel().1);
        assert!(owed.holds(&message(7)) && !owed.holds(&message(8)));
    }
}
