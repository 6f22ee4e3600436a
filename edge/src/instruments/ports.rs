//! What is plugged in, by names that do not change, and which of it is whose.
//!
//! # Why
//! `ttyUSB0` is whatever was plugged in first. The machine also lists every serial device by the name it gives itself
//! (maker, model, serial number) and by the socket it is in. The first is right wherever it is plugged in, unless two
//! adapters bear the same name: cheap ones have no serial number. Then only one of them is listed by name, whichever
//! came last, and the socket alone tells them apart.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::profile::{Cable, Profile};
use crate::config::PortSettings;

/// A device in a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plugged {
    /// The device file it is just now.
    pub(super) device: PathBuf,
    /// The name it gives itself; `None` for one whose twin is listed instead of it.
    pub(super) by_id: Option<String>,
    /// The socket it is in.
    pub(super) by_path: Option<String>,
}

/// Which of its two names an instrument is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KnownBy {
    /// Its own: it may move to another socket.
    Id,
    /// Its socket's, because another device bears the same name.
    Socket,
}

/// Everything that is plugged in at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sockets(pub(super) Vec<Plugged>);

impl Plugged {
    /// The name it is to be known by.
    pub(super) fn name(&self, known_by: KnownBy) -> &str {
        known_by.choose(self.by_id.as_deref(), self.by_path.as_deref())
    }

    /// Whether it is a USB device whose name another one has taken.
    fn is_nameless(&self) -> bool {
        self.by_id.is_none() && self.by_path.as_ref().is_some_and(|name| name.contains("usb"))
    }
}

impl KnownBy {
    /// The name that counts; the other one where that is not listed.
    pub(super) fn choose<'a>(self, by_id: Option<&'a str>, by_path: Option<&'a str>) -> &'a str {
        let (first, second) = match self {
            KnownBy::Id => (by_id, by_path),
            KnownBy::Socket => (by_path, by_id),
        };
        first.or(second).unwrap_or_default()
    }
}

impl Sockets {
    /// Looks into the machine's lists. A list that is not there is an empty one.
    pub(super) fn look(settings: &PortSettings) -> Self {
        let mut found: BTreeMap<PathBuf, Plugged> = BTreeMap::new();
        let new = |device: &Path| Plugged { device: device.into(), by_id: None, by_path: None };
        for (name, device) in links(&settings.by_id) {
            found.entry(device.clone()).or_insert_with(|| new(&device)).by_id.get_or_insert(name);
        }
        for (name, device) in links(&settings.by_path) {
            // newer systems list a socket under two names; the first stays
            found.entry(device.clone()).or_insert_with(|| new(&device)).by_path.get_or_insert(name);
        }
        Self(found.into_values().collect())
    }

    /// By what a device that is taken in now has to be known.
    pub(super) fn known_by(&self) -> KnownBy {
        if self.has_twins() { KnownBy::Socket } else { KnownBy::Id }
    }

    /// Whether some USB device is listed by its socket alone: another one has taken its name.
    pub(super) fn has_twins(&self) -> bool {
        self.0.iter().any(Plugged::is_nameless)
    }

    /// The device with one of its names.
    pub(super) fn find(&self, name: &str) -> Option<&Plugged> {
        let bears = |own: &Option<String>| own.as_deref() == Some(name);
        self.0.iter().find(|plugged| bears(&plugged.by_id) || bears(&plugged.by_path))
    }

    /// Whether what bears the name of an instrument can be no other device. A device without a name bears one of the
    /// others': whose, only its socket can tell, if it was taken in there.
    fn is_its_own(&self, id: &str, cable: &Cable, cables: &[(&str, &Cable)]) -> bool {
        let others = || cables.iter().filter(|(other, _)| *other != id).map(|(_, other)| other);
        let is_another = |plugged: &Plugged| {
            let mut known = others().filter(|other| other.known_by == KnownBy::Socket);
            known.any(|other| other.by_path == plugged.by_path && other.by_id.is_some())
        };
        others().all(|other| other.by_id != cable.by_id)
            && self.0.iter().filter(|plugged| plugged.is_nameless()).all(is_another)
    }

    /// Which device is which instrument, by the instruments' short names. No device is two instruments, and a device that
    /// may be another than the one that was taken in is none.
    pub(super) fn assign(&self, profiles: &[Profile]) -> HashMap<String, PathBuf> {
        let mut taken: HashMap<String, PathBuf> = HashMap::new();
        let cables: Vec<_> =
            profiles.iter().filter_map(|profile| Some((profile.id.as_str(), profile.cable()?))).collect();
        let (by_socket, by_id): (Vec<_>, Vec<_>) = cables
            .iter()
            .copied()
            .partition(|(_, cable)| cable.known_by == KnownBy::Socket || cable.by_id.is_none());
        let by_id = by_id.into_iter().filter(|&(id, cable)| self.is_its_own(id, cable, &cables)).collect();
        for (chosen, socket) in [(by_socket, true), (by_id, false)] {
            for (id, cable) in chosen {
                let wanted = if socket { &cable.by_path } else { &cable.by_id };
                let is_it = |plugged: &&Plugged| {
                    let own = if socket { &plugged.by_path } else { &plugged.by_id };
                    wanted.is_some() && own == wanted
                };
                let found = self.0.iter().find(is_it).map(|plugged| &plugged.device);
                if let Some(device) = found.filter(|device| !taken.values().any(|other| other == *device)) {
                    taken.insert(id.to_owned(), device.clone());
                }
            }
        }
        taken
    }
}

/// The links of a folder with what they lead to, by name.
fn links(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut links: Vec<_> = entries
        .filter_map(|entry| {
            Some((entry.file_name().into_string().ok()?, std::fs::canonicalize(entry.path()).ok()?))
        })
        .collect();
    links.sort();
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruments::new::trial::WIRES;
    use crate::instruments::profile::Place;
    use crate::instruments::profile::tests::profile;

    fn plugged(device: &str, by_id: Option<&str>, by_path: &str) -> Plugged {
        let own = |name: &str| name.to_owned();
        Plugged { device: device.into(), by_id: by_id.map(own), by_path: Some(own(by_path)) }
    }

    fn known(id: &str, by_id: Option<&str>, by_path: &str, known_by: KnownBy) -> Profile {
        let own = |name: &str| name.to_owned();
        let (by_id, by_path) = (by_id.map(own), Some(own(by_path)));
        let cable = Cable { by_id, by_path, known_by, wire: WIRES[0] };
        Profile { place: Place::Line(cable), ..profile(id) }
    }

    fn assigned(sockets: &Sockets, profiles: &[Profile]) -> Vec<(String, String)> {
        let mut all: Vec<_> = sockets
            .assign(profiles)
            .into_iter()
            .map(|(id, device)| (id, device.to_string_lossy().into_owned()))
            .collect();
        all.sort();
        all
    }

    fn pair(id: &str, device: &str) -> (String, String) {
        (id.into(), device.into())
    }

    #[test]
    fn a_device_with_a_name_of_its_own_is_known_in_every_socket() {
        let kept = [known("a", Some("usb-FTDI_A50285BI"), "usb-0:1.1", KnownBy::Id)];
        let moved = Sockets(vec![plugged("ttyUSB3", Some("usb-FTDI_A50285BI"), "usb-0:1.4")]);
        assert_eq!(moved.known_by(), KnownBy::Id);
        assert_eq!(assigned(&moved, &kept), [pair("a", "ttyUSB3")]);
    }

    #[test]
    fn twins_are_told_apart_by_their_sockets_whichever_of_them_has_the_name() {
        let kept = [
            known("a", Some("usb-1a86_Serial"), "usb-0:1.1", KnownBy::Socket),
            known("b", Some("usb-1a86_Serial"), "usb-0:1.2", KnownBy::Socket),
        ];
        for (first, second) in [(Some("usb-1a86_Serial"), None), (None, Some("usb-1a86_Serial"))] {
            let both = Sockets(vec![
                plugged("ttyUSB0", first, "usb-0:1.1"),
                plugged("ttyUSB1", second, "usb-0:1.2"),
            ]);
            assert_eq!(both.known_by(), KnownBy::Socket);
            assert_eq!(assigned(&both, &kept), [pair("a", "ttyUSB0"), pair("b", "ttyUSB1")]);
        }
    }

    #[test]
    fn a_twin_that_is_alone_is_not_taken_for_the_other() {
        let kept = [
            known("a", Some("usb-1a86_Serial"), "usb-0:1.1", KnownBy::Id),
            known("b", Some("usb-1a86_Serial"), "usb-0:1.2", KnownBy::Socket),
        ];
        let second = Sockets(vec![plugged("ttyUSB0", Some("usb-1a86_Serial"), "usb-0:1.2")]);
        assert_eq!(assigned(&second, &kept), [pair("b", "ttyUSB0")]);
    }

    #[test]
    fn beside_twins_a_socket_does_not_make_an_instrument_of_what_was_not_taken_in_there() {
        let kept = [
            known("ftdi", Some("usb-FTDI_A50285BI"), "usb-0:1.1", KnownBy::Id),
            known("a", Some("usb-1a86_Serial"), "usb-0:1.3", KnownBy::Socket),
        ];
        // the first has moved, and twins have come: one is known, the other stands where the first was
        let moved = [
            plugged("ttyUSB0", Some("usb-1a86_Serial"), "usb-0:1.1"),
            plugged("ttyUSB1", Some("usb-FTDI_A50285BI"), "usb-0:1.2"),
            plugged("ttyUSB2", None, "usb-0:1.3"),
        ];
        let known = Sockets(moved.to_vec());
        assert_eq!(assigned(&known, &kept), [pair("a", "ttyUSB2"), pair("ftdi", "ttyUSB1")]);
        // nobody knows whose name the nameless one bears
        assert_eq!(assigned(&known, &kept[..1]), []);
    }

    #[test]
    fn a_device_that_has_no_name_of_its_own_is_known_by_its_socket() {
        let kept = [known("a", None, "platform-serial0", KnownBy::Id)];
        let board = Sockets(vec![plugged("ttyAMA0", None, "platform-serial0")]);
        assert_eq!(assigned(&board, &kept), [pair("a", "ttyAMA0")]);
    }

    #[test]
    fn links_are_read_with_what_they_lead_to_and_two_names_of_a_socket_are_one_device() {
        let folder = tempfile::tempdir().unwrap();
        let (by_id, by_path) = (folder.path().join("by-id"), folder.path().join("by-path"));
        let device = folder.path().canonicalize().unwrap().join("ttyUSB0");
        std::fs::write(&device, "").unwrap();
        for link in [&by_id.join("usb-a"), &by_path.join("usb-0:1"), &by_path.join("usbv2-0:1")] {
            std::fs::create_dir_all(link.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(&device, link).unwrap();
        }
        std::os::unix::fs::symlink(folder.path().join("gone"), by_id.join("usb-gone")).unwrap();
        let sockets = Sockets::look(&PortSettings { by_id, by_path });
        assert_eq!(
            sockets.0,
            [Plugged { device, by_id: Some("usb-a".into()), by_path: Some("usb-0:1".into()) }]
        );
        assert_eq!(sockets.find("usb-0:1"), sockets.0.first());
    }
}
