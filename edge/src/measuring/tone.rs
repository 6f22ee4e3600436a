//! What a figure means, in a word, a shape and a colour.

use care::adult::Referral;

/// How much is to be made of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tone {
    /// Go on like this.
    Good,
    /// Something to watch.
    Attention,
    /// To the Puskesmas.
    Refer,
}

/// A sentence with its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) tone: Tone,
    pub(crate) say: String,
    /// How soon it sends somebody to the Puskesmas.
    pub(crate) referral: Option<Referral>,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Attention => "attention",
            Tone::Refer => "refer",
        }
    }

    /// Its shape: distinct also in grey.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Tone::Good => "●",
            Tone::Attention => "▲",
            Tone::Refer => "■",
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Tone::Good => "baik",
            Tone::Attention => "perhatian",
            Tone::Refer => "rujuk",
        }
    }
}

impl Line {
    pub(crate) fn good(say: impl Into<String>) -> Self {
        Self { tone: Tone::Good, say: say.into(), referral: None }
    }

    pub(crate) fn watch(say: impl Into<String>) -> Self {
        Self { tone: Tone::Attention, say: say.into(), referral: None }
    }

    pub(crate) fn refer(say: impl Into<String>, referral: Referral) -> Self {
        Self { tone: Tone::Refer, say: say.into(), referral: Some(referral) }
    }
}
