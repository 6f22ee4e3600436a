//! Finds where a frame begins and ends in a stream that starts anywhere and carries noise.
use crate::Error;

/// What the bytes heard so far amount to. The rules are stateless: the same bytes, the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Perhaps the beginning of a frame.
    More,
    /// The first bytes belong to no frame.
    Noise(usize),
    /// The first bytes are a frame that broke off, because another begins behind them.
    Broken(usize),
    /// The first bytes are a frame, good or bad.
    Frame(usize),
}

const LF: u8 = b'\n';
const CR: u8 = b'\r';

/// Lines end with LF, or with a CR that no LF follows. `seen` bytes were looked at before. A dialect with a
/// `mark` begins anew wherever the mark appears, so that junk before it costs nothing.
pub(crate) fn line(heard: &[u8], seen: usize, mark: &[u8]) -> Cut {
    if heard.first().is_some_and(|first| first.is_ascii_control()) {
        return Cut::Noise(1);
    }
    // Two bytes back: a CR, or half a mark, may have been the last byte looked at.
    for at in seen.saturating_sub(2)..heard.len() {
        let ahead = heard.get(at..).unwrap_or_default();
        if at > 0 && !mark.is_empty() && ahead.starts_with(mark) {
            return if heard.starts_with(mark) { Cut::Broken(at) } else { Cut::Noise(at) };
        }
        match ahead {
            [LF, ..] => return Cut::Frame(at + 1),
            [CR, next, ..] if *next != LF => return Cut::Frame(at + 1),
            _ => {}
        }
    }
    Cut::More
}

/// Frames of `length` bytes that open with a byte found nowhere else in them.
pub(crate) fn marked(heard: &[u8], is_mark: impl Fn(u8) -> bool, length: usize) -> Cut {
    let next = heard.iter().skip(1).take(length - 1).position(|&byte| is_mark(byte)).map(|at| at + 1);
    match (heard.first(), next) {
        (Some(&first), _) if !is_mark(first) => Cut::Noise(next.unwrap_or(heard.len().min(length))),
        (_, Some(next)) => Cut::Broken(next),
        _ if heard.len() < length => Cut::More,
        _ => Cut::Frame(length),
    }
}

/// A whole frame of `N` bytes opening with `mark`, or why it is none.
pub(crate) fn whole<const N: usize>(frame: &[u8], mark: u8) -> Result<&[u8; N], Error> {
    match frame {
        [first, ..] if *first != mark => Err(Error::Malformed),
        _ if frame.len() < N => Err(Error::Truncated),
        _ => frame.try_into().map_err(|_| Error::Malformed),
    }
}
