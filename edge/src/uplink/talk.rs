//! One conversation with the hub, as long as one connection lasts: what is said next, and what is made of the answers.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::ask::Question;
use protocol::{Ack, Gap};
use tokio::time::Instant;

use super::mail::{Asked, Next, Post};
use super::road;
use super::window::Window;
use crate::store::Word;

/// Events and bytes of one batch.
const BATCH_EVENTS: u64 = 500;
const BATCH_BYTES: usize = 96 * 1024;
/// Questions that wait for an answer at once, hellos apart.
const OPEN_QUESTIONS: usize = 8;
/// An answer that has not come within this time will not come any more.
const LONGEST_ANSWER: Duration = Duration::from_secs(300);
/// A hub that was restored is greeted again so soon, and not sooner, however many old letters are on the road.
const GREET_AGAIN: Duration = Duration::from_millis(200);
/// How long the hub's first word is waited for before events go without.
const FIRST_WORD: Duration = Duration::from_secs(5);
/// A certificate is asked for so often until it has come.
const ASK_AGAIN: Duration = Duration::from_secs(3600);
/// A hub and a node that count differently what is set aside do not talk of nothing else.
const ASIDE_AGAIN: Duration = Duration::from_secs(30);

/// Something to be sent.
pub(super) struct Letter {
    /// What is sent.
    pub(super) bytes: Vec<u8>,
    /// The last event in it, if it is a batch.
    pub(super) last: Option<u64>,
}

/// A hello that left because a batch was overdue.
#[derive(Debug, Clone, Copy)]
struct Probe {
    nonce: u64,
    /// How many batches had left before it.
    order: u64,
    left: Instant,
    /// How many before it had no answer.
    unanswered: u32,
}

/// One connection's conversation.
pub(super) struct Talk<'a> {
    post: &'a Post,
    window: Window,
    asked: Asked,
    questions: VecDeque<Question>,
    /// Until then the hub's first word is waited for; `None` once it has come, or was given up.
    first_word: Option<Instant>,
    hello_at: Instant,
    probe: Option<Probe>,
    /// Not before this, the hub asked.
    hold_until: Option<Instant>,
    /// New events have been waiting for company since then.
    gathering_since: Option<Instant>,
    certificate_at: Instant,
    aside_at: Instant,
}

impl<'a> Talk<'a> {
    pub(super) fn new(post: &'a Post) -> Self {
        let now = Instant::now();
        Self {
            post,
            window: Window::at(post.store.safety().received, post.road.resend_after()),
            asked: Asked::default(),
            questions: VecDeque::new(),
            first_word: Some(now + FIRST_WORD.min(post.road.resend_after())),
            hello_at: now,
            probe: None,
            hold_until: None,
            gathering_since: None,
            certificate_at: now,
            aside_at: now,
        }
    }

    /// What may leave now.
    pub(super) fn letters(&mut self) -> anyhow::Result<Vec<Letter>> {
        let now = Instant::now();
        let mut letters = Vec::new();
        self.mind_the_overdue(now);
        if now >= self.hello_at {
            letters.push(self.hello()?);
        }
        self.questions(now, &mut letters)?;
        self.batches(now, &mut letters)?;
        Ok(letters)
    }

    /// *Here I am*, whether or not it is time.
    pub(super) fn hello(&mut self) -> anyhow::Result<Letter> {
        let nonce = road::nonce();
        let question = self.post.hello()?;
        self.hello_at = Instant::now() + self.post.road.hello_every();
        if let Some(probe) = self.probe.as_mut().filter(|probe| probe.nonce == 0) {
            probe.nonce = nonce;
        }
        Ok(Letter { bytes: self.asked.ask_as(nonce, &self.post.road, question), last: None })
    }

    /// Takes what the hub says.
    pub(super) async fn hear(&mut self, letter: &[u8]) -> anyhow::Result<()> {
        let Next { word, ask, lacks, welcome, greet, .. } = self.post.take(letter, &mut self.asked).await?;
        if greet {
            self.hello_at = self.hello_at.min(Instant::now() + GREET_AGAIN);
        }
        if let Some((word, ack)) = word {
            self.hear_word(word, &ack);
        }
        self.window.lacks(&lacks);
        if let Some(probe) = self.probe.filter(|probe| Some(probe.nonce) == welcome) {
            self.window.give_up_before(probe.order, Instant::now());
            self.probe = None;
        }
        ask.into_iter().for_each(|question| self.queue(question));
        Ok(())
    }

    /// Asks it next, unless the same is being asked already, or was a moment ago.
    fn queue(&mut self, question: Question) {
        if self.asked.waits_for(&question) || self.questions.contains(&question) {
            return;
        }
        if matches!(question, Question::Aside { after: 0 }) {
            if Instant::now() < self.aside_at {
                return;
            }
            self.aside_at = Instant::now() + ASIDE_AGAIN;
        }
        self.questions.push_back(question);
    }

    fn hear_word(&mut self, word: Word, ack: &Ack) {
        let now = Instant::now();
        match word {
            Word::Taken => {}
            Word::Rewound => self.window.rewind(ack.watermark),
            Word::Stale | Word::OtherLife | Word::Foreign => return,
        }
        self.first_word = None;
        self.window.hear(ack.watermark, &ack.gaps, now);
        self.probe = self.probe.filter(|_| self.window.overdue().is_some());
        let wait = Duration::from_secs(u64::from(ack.retry_after_s));
        self.hold_until = (ack.retry_after_s > 0).then(|| now + wait);
    }

    /// A batch that is gone for too long is asked after; only when nobody answers that either is everything sent again.
    fn mind_the_overdue(&mut self, now: Instant) {
        let overdue = self.window.overdue().is_some_and(|overdue| overdue <= now);
        let (unanswered, order) = match self.probe {
            None if overdue => (0, self.window.order()),
            Some(probe) if now >= probe.left + self.patience(&probe) => {
                if probe.unanswered > 0 {
                    self.post.store.forget_sent();
                    self.window.rewind(self.post.store.safety().received);
                }
                (probe.unanswered + 1, self.window.order())
            }
            _ => return,
        };
        // the hello that leaves next gives it its nonce
        self.probe = Some(Probe { nonce: 0, order, left: now, unanswered });
        self.hello_at = now;
    }

    fn patience(&self, probe: &Probe) -> Duration {
        self.window.patience() * 2_u32.pow(probe.unanswered.min(6))
    }

    fn questions(&mut self, now: Instant, letters: &mut Vec<Letter>) -> anyhow::Result<()> {
        self.asked.forget(LONGEST_ANSWER.max(2 * self.window.patience()));
        if now >= self.certificate_at && self.post.road.wants_certificate() {
            self.certificate_at = now + ASK_AGAIN;
            self.questions.push_back(self.post.road.renewal()?);
        }
        while self.asked.open() < OPEN_QUESTIONS
            && let Some(question) = self.questions.pop_front()
        {
            letters.push(Letter { bytes: self.asked.ask(&self.post.road, question), last: None });
        }
        Ok(())
    }

    fn batches(&mut self, now: Instant, letters: &mut Vec<Letter>) -> anyhow::Result<()> {
        for until in [&mut self.hold_until, &mut self.first_word] {
            *until = until.filter(|until| now < *until);
        }
        if self.hold_until.is_some() || self.first_word.is_some() {
            return Ok(());
        }
        let head = self.post.store.safety().on_device;
        while let Some(piece) = self.window.next(head) {
            if self.window.is_new(piece) && self.is_gathering(piece, now) {
                break;
            }
            let count = (piece.last - piece.first + 1).min(BATCH_EVENTS);
            let outbox = self.post.store.outbox(piece.first - 1, count as usize, BATCH_BYTES)?;
            let Some(outbox) = outbox else { break };
            let last = outbox.first + outbox.frames.len() as u64 - 1;
            letters.push(Letter { bytes: self.post.batch(&outbox)?, last: Some(last) });
            self.window.left(Gap { first: outbox.first, last }, now);
        }
        Ok(())
    }

    /// Whether new events still wait for others to travel with: each batch costs its envelope.
    fn is_gathering(&mut self, new: Gap, now: Instant) -> bool {
        let gather = Duration::from_secs(self.post.road.settings.gather_s);
        let since = *self.gathering_since.get_or_insert(now);
        let waits = now < since + gather && new.last - new.first + 1 < BATCH_EVENTS;
        if !waits {
            self.gathering_since = None;
        }
        waits
    }

    /// When there will be something to say even if nothing happens.
    pub(super) fn wake(&self) -> Instant {
        let gather = Duration::from_secs(self.post.road.settings.gather_s);
        let overdue = match self.probe {
            Some(probe) => Some(probe.left + self.patience(&probe)),
            None => self.window.overdue(),
        };
        let gathered = self.gathering_since.map(|since| since + gather).filter(|at| *at > Instant::now());
        let times = [Some(self.hello_at), overdue, self.hold_until, self.first_word, gathered];
        times.into_iter().flatten().min().unwrap_or(self.hello_at)
    }
}
