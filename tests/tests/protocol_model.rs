//! The design of the sync itself, every order of everything that can happen (R08): saves, sends, losses, repeats, late
//! letters, a hub that goes back to its backup, a card that goes back to a copy, a new card.
//!
//! # Why
//! A run with real processes shows what happened in one run. Here a small world is small enough to try all of them: two
//! nodes, a few events. The rules are those of `protocol` and `intake`, written down once more in their shortest form; in
//! every state that can be reached, the faults stop, and everything saved must arrive once and be acknowledged.

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model, Property};

/// One recorded thing; no two are alike.
type Event = u8;
/// A journal up to a place: what the chain's hash stands for.
type Path = Vec<Event>;

/// How much of everything the world holds.
#[derive(Clone, Debug)]
struct World {
    nodes: usize,
    events: u8,
    letters: usize,
    greetings: u8,
    faults: u8,
    bug: Option<Bug>,
}

/// A mistake planted on purpose: the model must notice each.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    /// The hub acknowledges and then loses what it had not committed.
    AckBeforeCommit,
    /// The hub enters a repeat a second time.
    NoDedupe,
    /// The node does not go back when the hub has a new epoch.
    IgnoreEpoch,
    /// What a restored card tells under used numbers is dropped as a repeat.
    DropForks,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Node {
    journal: Path,
    /// What the hub said it has, and in which epoch.
    watermark: usize,
    epoch: Option<u8>,
    /// The number of its last question: only the answer to it proves that the hub speaks now.
    asked: u8,
    /// A copy of the card, and how far it had heard.
    copy: Option<(Path, usize, Option<u8>)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Hub {
    /// Every event it holds, by the journal that led to it; a fork is another journal.
    held: BTreeSet<(usize, Path)>,
    /// How often each event was entered into the tables.
    entered: Vec<u8>,
    epochs: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Letter {
    /// A node's events after a place.
    Batch { node: usize, path: Path, after: usize },
    /// What a node last heard, be it only that nothing had arrived.
    Hello { node: usize, heard: Path, epoch: Option<u8>, asked: u8 },
    /// The hub has everything up to the end of this path; perhaps in answer to a question.
    Ack { node: usize, path: Path, epoch: u8, to: Option<u8> },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    nodes: Vec<Node>,
    hub: Hub,
    backup: Option<Hub>,
    /// Outside any backup, so never used twice.
    next_epoch: u8,
    next_event: u8,
    road: BTreeSet<Letter>,
    faults: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Act {
    Save(usize),
    Send(usize),
    Greet(usize),
    Deliver(Letter),
    DeliverAndKeep(Letter),
    Lose(Letter),
    BackUp,
    Restore,
    CopyCard(usize),
    RestoreCard(usize),
}

impl Hub {
    fn watermark(&self, node: usize, path: &[Event]) -> usize {
        (1..=path.len()).take_while(|&end| self.held.contains(&(node, path[..end].to_vec()))).count()
    }

    fn epoch(&self) -> u8 {
        *self.epochs.last().expect("a hub has an epoch")
    }
}

impl World {
    fn take(&self, state: &mut State, letter: &Letter) {
        match letter {
            Letter::Batch { node, path, after } => {
                for end in after + 1..=path.len() {
                    let place = (*node, path[..end].to_vec());
                    let event = usize::from(path[end - 1]);
                    let is_known = state.hub.held.contains(&place);
                    if self.bug == Some(Bug::DropForks)
                        && state.hub.held.iter().any(|(of, held)| of == node && held.len() == end)
                        && !is_known
                    {
                        continue;
                    }
                    if self.bug == Some(Bug::AckBeforeCommit) {
                        continue;
                    }
                    state.hub.held.insert(place);
                    if state.hub.entered[event] == 0 || (is_known && self.bug == Some(Bug::NoDedupe)) {
                        state.hub.entered[event] += 1;
                    }
                }
                let mut watermark = state.hub.watermark(*node, path);
                if matches!(self.bug, Some(Bug::AckBeforeCommit | Bug::DropForks)) {
                    watermark = path.len();
                }
                self.say(state, *node, &path[..watermark], None);
            }
            Letter::Hello { node, heard, epoch, asked } => {
                let is_known = |epoch| state.hub.epochs.contains(&epoch);
                let is_behind =
                    *epoch == Some(state.hub.epoch()) && state.hub.watermark(*node, heard) < heard.len();
                if epoch.is_some_and(|epoch| !is_known(epoch)) || is_behind {
                    state.hub.epochs.push(state.next_epoch);
                    state.next_epoch += 1;
                }
                let watermark = state.hub.watermark(*node, heard);
                self.say(state, *node, &heard[..watermark], Some(*asked));
            }
            Letter::Ack { node, path, epoch, to } => self.hear(&mut state.nodes[*node], path, *epoch, *to),
        }
    }

    fn say(&self, state: &mut State, node: usize, path: &[Event], to: Option<u8>) {
        let ack = Letter::Ack { node, path: path.to_vec(), epoch: state.hub.epoch(), to };
        state.road.insert(ack);
    }

    /// An ack of the epoch the node is in may come late or twice; one of another epoch is believed only in answer to the
    /// node's last question, or an old letter could take it back to an epoch that is over.
    fn hear(&self, node: &mut Node, path: &[Event], epoch: u8, to: Option<u8>) {
        if !node.journal.starts_with(path) {
            return;
        }
        if node.epoch == Some(epoch) || self.bug == Some(Bug::IgnoreEpoch) {
            node.watermark = node.watermark.max(path.len());
        } else if to == Some(node.asked) {
            node.epoch = Some(epoch);
            node.watermark = path.len();
        }
    }

    /// Everything waits no longer and nothing goes wrong any more.
    fn settles(&self, state: &State) -> bool {
        let mut state = state.clone();
        state.road.clear(); // whatever is on the road now is lost
        for _ in 0..6 {
            for node in 0..state.nodes.len() {
                for asks in [true, false] {
                    let letter = if asks { hello(&mut state, node) } else { batch(&state, node) };
                    self.take(&mut state, &letter);
                    let acks = std::mem::take(&mut state.road);
                    acks.iter().for_each(|ack| self.take(&mut state, ack));
                }
            }
        }
        let acknowledged = state.nodes.iter().all(|node| node.watermark == node.journal.len());
        let arrived = state
            .nodes
            .iter()
            .flat_map(|node| &node.journal)
            .all(|&event| state.hub.entered[usize::from(event)] == 1);
        acknowledged && arrived
    }
}

fn hello(state: &mut State, node: usize) -> Letter {
    let asking = &mut state.nodes[node];
    asking.asked += 1;
    let heard = asking.journal[..asking.watermark].to_vec();
    Letter::Hello { node, heard, epoch: asking.epoch, asked: asking.asked }
}

fn batch(state: &State, node: usize) -> Letter {
    let Node { journal, watermark, .. } = &state.nodes[node];
    Letter::Batch { node, path: journal.clone(), after: *watermark }
}

impl Model for World {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        let node = Node { journal: Vec::new(), watermark: 0, epoch: None, asked: 0, copy: None };
        let hub = Hub { held: BTreeSet::new(), entered: vec![0; usize::from(self.events)], epochs: vec![0] };
        vec![State {
            nodes: vec![node; self.nodes],
            hub,
            backup: None,
            next_epoch: 1,
            next_event: 0,
            road: BTreeSet::new(),
            faults: 0,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Act>) {
        let has_room = state.road.len() < self.letters;
        for node in 0..self.nodes {
            if state.next_event < self.events {
                actions.push(Act::Save(node));
            }
            if has_room && state.nodes[node].watermark < state.nodes[node].journal.len() {
                actions.push(Act::Send(node));
            }
            if has_room && state.nodes[node].asked < self.greetings {
                actions.push(Act::Greet(node));
            }
            if state.faults < self.faults {
                actions.push(Act::CopyCard(node));
                if state.nodes[node].copy.is_some() {
                    actions.push(Act::RestoreCard(node));
                }
            }
        }
        for letter in &state.road {
            actions.push(Act::Deliver(letter.clone()));
            if state.faults < self.faults {
                actions.push(Act::DeliverAndKeep(letter.clone()));
                actions.push(Act::Lose(letter.clone()));
            }
        }
        if state.faults < self.faults {
            actions.push(Act::BackUp);
            if state.backup.is_some() {
                actions.push(Act::Restore);
            }
        }
    }

    fn next_state(&self, last: &State, act: Act) -> Option<State> {
        let mut state = last.clone();
        match act {
            Act::Save(node) => {
                state.nodes[node].journal.push(state.next_event);
                state.next_event += 1;
            }
            Act::Send(node) => drop(state.road.insert(batch(last, node))),
            Act::Greet(node) => {
                let letter = hello(&mut state, node);
                state.road.insert(letter);
            }
            Act::Deliver(letter) => {
                state.road.remove(&letter);
                self.take(&mut state, &letter);
            }
            Act::DeliverAndKeep(letter) => {
                state.faults += 1;
                self.take(&mut state, &letter);
            }
            Act::Lose(letter) => {
                state.faults += 1;
                state.road.remove(&letter);
            }
            Act::BackUp => {
                state.faults += 1;
                state.backup = Some(state.hub.clone());
            }
            Act::Restore => {
                state.faults += 1;
                state.hub = state.backup.clone()?;
            }
            Act::CopyCard(node) => {
                state.faults += 1;
                let Node { journal, watermark, epoch, .. } = &state.nodes[node];
                state.nodes[node].copy = Some((journal.clone(), *watermark, *epoch));
            }
            Act::RestoreCard(node) => {
                state.faults += 1;
                let (journal, watermark, epoch) = state.nodes[node].copy.clone()?;
                let node = &mut state.nodes[node];
                (node.journal, node.watermark, node.epoch) = (journal, watermark, epoch);
            }
        }
        (state != *last && state.road.len() <= self.letters + 1).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always("nothing is counted twice", |_, state: &State| {
                state.hub.entered.iter().all(|&times| times <= 1)
            }),
            Property::<Self>::always(
                "everything saved arrives once the faults stop",
                |world: &World, state| world.settles(state),
            ),
        ]
    }
}

fn worlds(bug: Option<Bug>) -> [World; 2] {
    [
        World { nodes: 1, events: 3, letters: 2, greetings: 2, faults: 3, bug },
        World { nodes: 2, events: 2, letters: 2, greetings: 1, faults: 2, bug },
    ]
}

#[test]
fn nothing_is_lost_or_doubled_whatever_happens_in_whatever_order() {
    for world in worlds(None) {
        let checker = world.clone().checker().threads(2).finish_when(HasDiscoveries::Any).spawn_bfs().join();
        println!("{} nodes, {} events: {} states", world.nodes, world.events, checker.unique_state_count());
        if let Some((name, path)) = checker.discoveries().into_iter().next() {
            panic!("{name}: {:#?}", path.into_actions());
        }
        assert!(checker.unique_state_count() > 10_000, "the world is too small to mean anything");
    }
}

#[test]
fn every_planted_mistake_of_the_design_is_found() {
    for bug in [Bug::AckBeforeCommit, Bug::NoDedupe, Bug::IgnoreEpoch, Bug::DropForks] {
        let found = worlds(Some(bug)).into_iter().any(|world| {
            let checker = world.checker().threads(2).finish_when(HasDiscoveries::Any).spawn_bfs().join();
            !checker.discoveries().is_empty()
        });
        assert!(found, "{bug:?} goes unnoticed");
    }
}
