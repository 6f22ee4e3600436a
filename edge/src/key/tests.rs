//! The key opens whatever is cut off, and a wrong secret changes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use super::files::Step;
use super::*;

const PLAIN: [u8; 32] = [7; 32];

fn file() -> CardSettings {
    CardSettings::default()
}

/// A node's folder, and the memory of its board.
struct Device {
    card: tempfile::TempDir,
    board: tempfile::TempDir,
}

impl Device {
    fn path(&self) -> &Path {
        self.card.path()
    }

    fn nvmem(&self) -> PathBuf {
        self.board.path().join("nvmem")
    }
}

fn board(device: &Device, secret: &[u8]) -> CardSettings {
    std::fs::write(device.nvmem(), secret).unwrap();
    CardSettings { board_secret: Some(device.nvmem()), ..CardSettings::default() }
}

fn plain_node() -> Device {
    let (card, board) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(card.path().join(KEY), "07".repeat(32)).unwrap();
    Device { card, board }
}

fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// Whether the key lies somewhere as it is.
fn tells_the_key(folder: &Path) -> bool {
    let plain = "07".repeat(8);
    content(folder).values().any(|bytes| bytes.windows(16).any(|found| found == plain.as_bytes()))
}

#[test]
fn a_key_of_before_is_read_as_it_is_and_wrapped_once() {
    let folder = plain_node();
    let settings = board(&folder, b"thirty-two bytes of this board..");
    assert_eq!(*read(folder.path(), &settings).unwrap(), PLAIN);
    assert!(tells_the_key(folder.path()), "reading writes nothing");
    assert_eq!(*settle(folder.path(), &settings).unwrap(), PLAIN);
    assert!(!tells_the_key(folder.path()));
    let wrapped = content(folder.path());
    assert_eq!(*settle(folder.path(), &settings).unwrap(), PLAIN);
    assert_eq!(content(folder.path()), wrapped, "once");
    assert_eq!(*read(folder.path(), &settings).unwrap(), PLAIN);
}

#[test]
fn another_board_says_so_in_a_sentence_and_touches_nothing() {
    let folder = plain_node();
    settle(folder.path(), &board(&folder, b"thirty-two bytes of this board..")).unwrap();
    for (secret, says) in [
        (&b"thirty-two bytes of another one."[..], "is the card in another device? Nothing was changed"),
        (&[0; 32], "holds no secret"),
    ] {
        let settings = board(&folder, secret);
        let before = content(folder.path());
        for refused in [read(folder.path(), &settings), settle(folder.path(), &settings)] {
            let words = format!("{:#}", refused.unwrap_err());
            assert!(words.contains(says), "{words}");
        }
        assert_eq!(content(folder.path()), before);
    }
}

#[test]
fn a_secret_that_is_gone_is_never_made_anew_for_a_wrapped_key() {
    let folder = plain_node();
    settle(folder.path(), &file()).unwrap();
    std::fs::remove_file(folder.path().join("device.secret")).unwrap();
    let before = content(folder.path());
    let words = format!("{:#}", settle(folder.path(), &file()).unwrap_err());
    assert!(words.contains("cannot read the device's secret in"), "{words}");
    assert_eq!(content(folder.path()), before);
}

#[test]
fn a_demonstration_that_becomes_a_node_is_wrapped_under_its_board() {
    let folder = plain_node();
    settle(folder.path(), &file()).unwrap();
    let settings = board(&folder, b"thirty-two bytes of this board..");
    assert_eq!(*settle(folder.path(), &settings).unwrap(), PLAIN);
    assert!(!folder.path().join("device.secret").exists(), "what wrapped it before goes");
    assert_eq!(*read(folder.path(), &settings).unwrap(), PLAIN);
}

#[test]
fn what_is_called_the_boards_and_lies_on_the_card_is_refused_and_nothing_is_destroyed() {
    for way in ["the file", "a link to it", "a hard link to it", "a copy beside it", "a link to the copy"] {
        let folder = plain_node();
        settle(folder.path(), &file()).unwrap();
        let (secret, copy) = (folder.path().join("device.secret"), folder.path().join("nvmem"));
        std::fs::copy(&secret, &copy).unwrap();
        let named = match way {
            "the file" => secret,
            "a copy beside it" => copy,
            _ => folder.nvmem(),
        };
        let card = folder.path();
        match way {
            "a link to it" => std::os::unix::fs::symlink(card.join("device.secret"), &named).unwrap(),
            "a hard link to it" => std::fs::hard_link(card.join("device.secret"), &named).unwrap(),
            "a link to the copy" => std::os::unix::fs::symlink(card.join("nvmem"), &named).unwrap(),
            _ => {}
        }
        let settings = CardSettings { board_secret: Some(named), ..CardSettings::default() };
        let before = content(card);
        let words = format!("{:#}", settle(card, &settings).map(drop).expect_err(way));
        assert!(words.contains("lies on the card itself"), "{way}: {words}");
        assert_eq!(content(card), before, "{way}");
        assert_eq!(*read(card, &file()).unwrap(), PLAIN, "{way}");
    }
    // the other way round: the secret's file is a link to the board's own memory
    let folder = plain_node();
    let settings = board(&folder, b"thirty-two bytes of this board..");
    std::os::unix::fs::symlink(folder.nvmem(), folder.path().join("device.secret")).unwrap();
    settle(folder.path(), &settings).map(drop).unwrap_err();
    assert_eq!(std::fs::read(folder.nvmem()).unwrap(), b"thirty-two bytes of this board..");
}

#[test]
fn a_secret_of_before_that_cannot_be_taken_away_keeps_no_node_from_starting() {
    let folder = plain_node();
    let settings = board(&folder, b"thirty-two bytes of this board..");
    // a folder opens for nobody's writing, not even for root's
    std::fs::create_dir(folder.path().join("device.secret")).unwrap();
    for start in ["the first", "every other"] {
        assert_eq!(*settle(folder.path(), &settings).expect(start), PLAIN);
    }
}

#[test]
fn a_board_that_the_settings_no_longer_name_is_asked_for_in_a_sentence() {
    let folder = plain_node();
    settle(folder.path(), &board(&folder, b"thirty-two bytes of this board..")).unwrap();
    let words = format!("{:#}", settle(folder.path(), &file()).unwrap_err());
    assert!(words.contains("`board_secret` under [card]"), "{words}");
}

#[test]
fn secrets_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = plain_node();
    settle(folder.path(), &file()).unwrap();
    for name in [KEY, "device.secret"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// Dies before a step; the step it dies at may have been half done.
struct Dying {
    left: usize,
    torn: bool,
}

impl Files for Dying {
    fn step(&mut self, step: Step<'_>) -> std::io::Result<()> {
        if self.left > 0 {
            self.left -= 1;
            return Disk.step(step);
        }
        if let (true, Step::Write(path, text)) = (self.torn, &step) {
            Disk.step(Step::Write(path, &text[..text.len() / 2]))?;
        }
        Err(std::io::Error::other("killed"))
    }
}

#[test]
fn wrapping_that_is_killed_between_any_two_steps_leaves_a_key_that_opens() {
    for torn in [false, true] {
        let mut deaths = 0;
        loop {
            let folder = plain_node();
            let mut dying = Dying { left: deaths, torn };
            let done = wrap(folder.path(), &file(), &Zeroizing::new(PLAIN), &mut dying);
            assert_eq!(*read(folder.path(), &file()).unwrap(), PLAIN, "after {deaths} steps");
            assert_eq!(
                *settle(folder.path(), &file()).unwrap(),
                PLAIN,
                "after {deaths} steps, started again"
            );
            let names: Vec<_> = content(folder.path()).into_keys().collect();
            let expected = [KEY, "device.secret"].map(|name| folder.path().join(name));
            assert_eq!(names, expected, "after {deaths} steps something is left over");
            assert_eq!(*read(folder.path(), &file()).unwrap(), PLAIN);
            if done.is_ok() {
                break;
            }
            deaths += 1;
        }
        // five steps for a secret that was not there, six for a key that was
        assert_eq!(deaths, 11);
    }
}

#[test]
fn a_crash_of_this_process_writes_nothing() {
    keep_memory_private();
    let limits = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_CORE).unwrap();
    assert_eq!(limits, (0, 0));
    assert!(!nix::sys::prctl::get_dumpable().unwrap());
}
