//! Letters: what the node has to say, and what follows from what the hub says, whichever road brings it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use protocol::answer::Welcome;
use protocol::ask::{FeedQuestion, Hello, Question};
use protocol::feed::{FeedHash, FeedId, FeedMark, Page};
use protocol::letter::Down;
use protocol::{Ack, Gap, LocalDate, Reply};
use tokio::time::Instant;

use super::{Road, Status, road};
use crate::clock::Finder;
use crate::store::{Outbox, Store, StoreError, Word};

/// Items of one page of a feed.
const PAGE_ITEMS: u32 = 1_000;
/// Days that differ are looked into so many at a time; the next comparison finds the rest.
const DAYS_AT_ONCE: usize = 16;
/// Days are compared again after this time where nothing came of it.
const COMPARE_AGAIN: Duration = Duration::from_secs(3600);
/// Events listed in one question.
const NUMBERS_AT_ONCE: usize = 8_000;

/// Whoever keeps what the feeds bring down.
pub trait Feeds: Send + Sync + 'static {
    /// How far each feed is read; a feed that has never been read stands at position 0.
    fn marks(&self) -> Result<Vec<FeedMark>, StoreError>;

    /// Takes a page; it is durable when this returns. Gives where the feed stands now. A page that does not follow what
    /// was read changes nothing.
    fn take(&self, page: Page) -> BoxFuture<'_, Result<FeedMark, StoreError>>;
}

/// A node that reads no feeds.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFeeds;

impl Feeds for NoFeeds {
    fn marks(&self) -> Result<Vec<FeedMark>, StoreError> {
        Ok(Vec::new())
    }

    fn take(&self, page: Page) -> BoxFuture<'_, Result<FeedMark, StoreError>> {
        let before = FeedMark { feed: page.feed, position: page.after, hash: FeedHash::EMPTY };
        Box::pin(async move { Ok(before) })
    }
}

/// The node's post: everything letters are made of and lead to. Every road uses the same one.
pub struct Post {
    pub(super) road: Road,
    pub(super) store: Store,
    pub(super) status: Status,
    finder: Finder,
    feeds: Arc<dyn Feeds>,
    /// When the days were last compared, if nothing came of it.
    compared: Mutex<Option<Instant>>,
}

/// What was asked and not answered yet.
#[derive(Debug, Default)]
pub struct Asked {
    open: HashMap<u64, (Subject, Instant)>,
    /// The questions went by a road that takes days; of them only the last greeting is remembered.
    carried: Option<u64>,
    /// The answer to that greeting has been heard.
    fresh: bool,
}

/// What a question was about, as far as its answer does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Aside { after: u64 },
    Feed(FeedId),
    Days,
    Other,
}

impl Subject {
    fn of(question: &Question) -> Self {
        match question {
            Question::Aside { after } => Subject::Aside { after: *after },
            Question::Feed(asked) => Subject::Feed(asked.feed()),
            Question::Days { .. } => Subject::Days,
            Question::Hello(_) | Question::Numbers { .. } | Question::Renew { .. } => Subject::Other,
        }
    }
}

/// What a letter leads to.
#[derive(Debug, Default)]
pub struct Next {
    /// What became of the hub's word on this journal.
    pub word: Option<(Word, Ack)>,
    /// To be asked next.
    pub ask: Vec<Question>,
    /// The hub lacks these, though its watermark had passed them.
    pub lacks: Vec<Gap>,
    /// This hello was answered.
    pub welcome: Option<u64>,
    /// The hub should be greeted again: its word counts only now.
    pub greet: bool,
    /// A page of a feed was taken.
    pub page: bool,
    /// A certificate was taken.
    pub renewed: bool,
}

impl Asked {
    /// For questions that went with a courier, of which the last greeting bore this nonce; 0 if none has left.
    pub fn carried(greeting: u64) -> Self {
        Self { carried: Some(greeting), ..Self::default() }
    }

    /// The letter that asks; its answer will be known.
    pub(super) fn ask(&mut self, road: &Road, question: Question) -> Vec<u8> {
        self.ask_as(road::nonce(), road, question)
    }

    /// As [`Asked::ask`], with a nonce of the caller's.
    pub(super) fn ask_as(&mut self, nonce: u64, road: &Road, question: Question) -> Vec<u8> {
        self.open.insert(nonce, (Subject::of(&question), Instant::now()));
        road.ask(nonce, question)
    }

    /// Whether the same is being asked already.
    pub(super) fn waits_for(&self, question: &Question) -> bool {
        let subject = Subject::of(question);
        subject != Subject::Other && self.open.values().any(|(of, _)| *of == subject)
    }

    /// How many questions are open.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// Gives up waiting for answers to what was asked longer ago.
    pub(super) fn forget(&mut self, longer_than: Duration) {
        self.open.retain(|_, (_, left)| left.elapsed() <= longer_than);
    }
}

impl Post {
    /// The post of a node.
    pub fn new(road: Road, store: Store, status: Status, finder: Finder, feeds: Arc<dyn Feeds>) -> Self {
        Self { road, store, status, finder, feeds, compared: Mutex::new(None) }
    }

    /// Takes one letter of the hub. What it changes is durable when this returns; a letter that is not believed changes
    /// nothing.
    pub async fn take(&self, letter: &[u8], asked: &mut Asked) -> Result<Next, StoreError> {
        match Down::read(letter) {
            Some(Down::Ack(bytes)) => self.take_ack(bytes).await,
            Some(Down::Answer(bytes)) => self.take_answer(bytes, asked).await,
            None => {
                tracing::warn!("a letter of a kind not known here was put aside");
                Ok(Next::default())
            }
        }
    }

    async fn take_ack(&self, bytes: &[u8]) -> Result<Next, StoreError> {
        let ack = match self.road.read_ack(bytes) {
            Ok(ack) => ack,
            Err(error) => {
                tracing::warn!("an ack was not believed: {error:#}");
                return Ok(Next::default());
            }
        };
        let word = self.store.take_ack(ack.clone()).await?;
        let mut next = Next::default();
        match word {
            Word::Taken => {}
            Word::Rewound => {
                tracing::warn!(ack.watermark, "the hub went back in time; it is sent everything again")
            }
            Word::Stale => tracing::debug!(ack.watermark, "an old word of the hub came late"),
            Word::OtherLife => {
                tracing::debug!(ack.watermark, "the hub seems to live another life; it is asked");
                next.greet = true;
            }
            Word::Foreign => {
                tracing::debug!(ack.watermark, "the hub speaks of another journal than this one")
            }
        }
        let taken = matches!(word, Word::Taken | Word::Rewound);
        if taken && self.store.safety().quarantined != u64::from(ack.quarantined_total) {
            next.ask.push(Question::Aside { after: 0 });
        }
        next.word = Some((word, ack));
        Ok(next)
    }

    async fn take_answer(&self, bytes: &[u8], asked: &mut Asked) -> Result<Next, StoreError> {
        let answer = match self.road.read_answer(bytes) {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!("an answer was not believed: {error:#}");
                return Ok(Next::default());
            }
        };
        let mut subject = Subject::Other;
        match asked.open.remove(&answer.nonce) {
            Some((of, left)) => {
                self.finder.hear_hub(answer.hub_time_ms, left.elapsed()).await?;
                subject = of;
            }
            None if asked.carried.is_some() || answer.nonce == 0 => {}
            None => {
                tracing::debug!("an answer came that nobody waits for");
                return Ok(Next::default());
            }
        }
        // What a courier brings may have been on the way for weeks: only the answer to the last greeting says how the
        // hub lives now.
        let is_old = asked.carried.is_some_and(|greeting| greeting != answer.nonce);
        asked.fresh |= asked.carried == Some(answer.nonce) && answer.nonce != 0;
        let begins_anew = matches!(&answer.reply, Reply::Page(page) if page.restart);
        let is_about_now = begins_anew || matches!(answer.reply, Reply::Welcome(_));
        if is_old && is_about_now && !asked.fresh {
            return Ok(Next::default());
        }
        self.follow(answer.reply, answer.nonce, subject).await
    }

    async fn follow(&self, reply: Reply, nonce: u64, subject: Subject) -> Result<Next, StoreError> {
        let mut next = Next::default();
        match reply {
            Reply::Welcome(welcome) => {
                next.welcome = Some(nonce);
                next.greet = self.store.note_epoch(welcome.hub_epoch)?;
                next.ask = self.welcomed(welcome).await?;
            }
            Reply::Page(page) => {
                next.ask = self.take_page(page).await?;
                next.page = true;
            }
            Reply::News(heads) => next.ask = self.behind(&heads)?,
            Reply::Days(days) => next.ask = self.numbers(&days)?,
            Reply::Lacks(gaps) => {
                if !gaps.is_empty() {
                    self.note_compared(None);
                }
                next.lacks = gaps;
            }
            Reply::Aside { list, complete } => {
                if let Subject::Aside { after } = subject {
                    let last = list.last().map(|aside| aside.sequence);
                    self.store.take_aside(after, list, complete).await?;
                    next.ask.extend(last.filter(|_| !complete).map(|after| Question::Aside { after }));
                }
            }
            Reply::Certificate { certificate_pem, authority_pem } => {
                match self.road.take_certificate(&certificate_pem, &authority_pem) {
                    Ok(()) => next.renewed = true,
                    Err(error) => tracing::warn!("a certificate was not taken: {error:#}"),
                }
            }
            Reply::Refused(why) => tracing::warn!("the hub refuses: {why}"),
        }
        Ok(next)
    }

    async fn welcomed(&self, welcome: Welcome) -> Result<Vec<Question>, StoreError> {
        self.store.note_standing(welcome.standing).await?;
        let mut ask = self.behind(&welcome.feeds)?;
        if self.store.safety().quarantined != u64::from(welcome.aside) {
            ask.push(Question::Aside { after: 0 });
        }
        if welcome.differs
            && self.may_compare()
            && let Some(heard) = self.store.stand()?.heard
        {
            tracing::warn!("the hub's sum differs from ours; the days are compared");
            self.note_compared(Some(Instant::now()));
            let through = heard.watermark;
            ask.push(Question::Days { through, days: self.store.day_sums(through)? });
        }
        Ok(ask)
    }

    /// A difference in which the hub lacks nothing cannot be repaired from here: it is not looked into again and again.
    fn may_compare(&self) -> bool {
        let compared = *self.compared.lock().expect("nobody panics while holding the time");
        compared.is_none_or(|at| at.elapsed() > COMPARE_AGAIN)
    }

    fn note_compared(&self, at: Option<Instant>) {
        *self.compared.lock().expect("nobody panics while holding the time") = at;
    }

    async fn take_page(&self, page: Page) -> Result<Vec<Question>, StoreError> {
        let (after, head, restart) = (page.after, page.head, page.restart);
        let mark = match self.feeds.take(page).await {
            Ok(mark) => mark,
            // What the feed tells can wait; what is recorded here must go on being sent.
            Err(error @ (StoreError::Full | StoreError::Damaged)) => {
                tracing::warn!("a page of the feed was not taken: {error}");
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let goes_on = mark.position > after || restart;
        Ok(if goes_on && mark.position < head { vec![self.question(mark)] } else { Vec::new() })
    }

    /// Asks for what the hub has beyond what is read here. A place with another hash is as good as none: the hub says
    /// what to do.
    fn behind(&self, heads: &[FeedMark]) -> Result<Vec<Question>, StoreError> {
        let marks = self.feeds.marks()?;
        let ours = |head: &FeedMark| {
            let known = marks.iter().find(|mark| mark.feed == head.feed).copied();
            known.unwrap_or(FeedMark { feed: head.feed, position: 0, hash: FeedHash::EMPTY })
        };
        let differs = |head: &&FeedMark| ours(head).position != head.position || ours(head).hash != head.hash;
        Ok(heads.iter().filter(differs).map(|head| self.question(ours(head))).collect())
    }

    fn numbers(&self, days: &[LocalDate]) -> Result<Vec<Question>, StoreError> {
        let Some(heard) = self.store.stand()?.heard else { return Ok(Vec::new()) };
        let (through, mut ask) = (heard.watermark, Vec::new());
        for &day in days.iter().take(DAYS_AT_ONCE) {
            let numbers = self.store.numbers_of(day, through)?;
            let pieces = numbers.chunks(NUMBERS_AT_ONCE);
            ask.extend(pieces.map(|events| Question::Numbers { through, day, events: events.to_vec() }));
        }
        Ok(ask)
    }

    /// *Here I am.*
    pub(super) fn hello(&self) -> Result<Question, StoreError> {
        let stand = self.store.stand()?;
        Ok(Question::Hello(Hello {
            head: stand.head,
            heard: stand.heard,
            sum: stand.sum,
            aside: u32::try_from(self.store.safety().quarantined).unwrap_or(u32::MAX),
            feeds: self.feeds.marks()?,
            now: self.road.clock.now().stamp,
            certificate_until_s: self.road.pass().ends_s,
            version: env!("CARGO_PKG_VERSION").into(),
        }))
    }

    /// What comes next in every feed, for a road on which there is no second question.
    pub(super) fn feed_questions(&self) -> Result<Vec<Question>, StoreError> {
        Ok(self.feeds.marks()?.into_iter().map(|mark| self.question(mark)).collect())
    }

    fn question(&self, from: FeedMark) -> Question {
        let head = self.store.safety().on_device;
        Question::Feed(FeedQuestion { from, at_most: PAGE_ITEMS, head })
    }

    /// The letter with these events.
    pub(super) fn batch(&self, outbox: &Outbox) -> anyhow::Result<Vec<u8>> {
        self.road.seal(outbox, &self.store.hub_keys())
    }
}
