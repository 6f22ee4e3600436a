//! Both sides find the same answer, and nothing else fits.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn asker(user: u128) -> Asker {
    Asker { node: NodeId(Uuid::from_u128(1)), incarnation: 2, user: UserId(Uuid::from_u128(user)) }
}

fn keys() -> (SigningKey, HubPrivateKey) {
    (SigningKey::from_bytes(&[5; 32]), HubPrivateKey::from_bytes([9; 32]))
}

fn both(node: &SigningKey, hub: &HubPrivateKey) -> (Shared, Shared) {
    let of_node = Shared::of_node(node, hub.public()).unwrap();
    (of_node, Shared::of_hub(hub, &node.verifying_key()).unwrap())
}

#[test]
fn codes_are_what_they_were_when_nodes_were_sold_with_them() {
    let (node, hub) = keys();
    let request = Request::new(&asker(0x11), hub.public(), 7, 0x155_5555);
    let (at_node, at_hub) = both(&node, &hub);
    let answer = at_hub.answer(&request, &asker(0x11));
    assert_eq!((request.code().as_str(), answer.as_str()), (GOLDEN.0, GOLDEN.1));
    assert!(at_node.fits(&answer, &request, &asker(0x11)));
}

/// Request and answer of the keys above.
const GOLDEN: (&str, &str) = ("CJX1-9AKC-5A00-7NAN-ANQJ", "70066-BP6D9");

#[test]
fn an_answer_fits_one_person_one_life_one_request_and_one_pair_of_keys() {
    let (node, hub) = keys();
    let (at_node, at_hub) = both(&node, &hub);
    let request = Request::new(&asker(1), hub.public(), 7, 99);
    let answer = at_hub.answer(&request, &asker(1));
    assert!(at_node.fits(&answer.to_lowercase().replace('-', " "), &request, &asker(1)));
    assert!(!at_node.fits(&answer, &request, &asker(2)));
    assert!(!at_node.fits(&answer, &request, &Asker { incarnation: 3, ..asker(1) }));
    for other in [Request::new(&asker(1), hub.public(), 8, 99), Request::new(&asker(1), hub.public(), 7, 98)]
    {
        assert!(!at_node.fits(&answer, &other, &asker(1)));
    }
    let (stranger, _) = both(&SigningKey::from_bytes(&[6; 32]), &hub);
    let (_, elsewhere) = both(&node, &HubPrivateKey::from_bytes([8; 32]));
    assert!(!stranger.fits(&answer, &request, &asker(1)));
    assert_ne!(elsewhere.answer(&request, &asker(1)), answer);
}

#[test]
fn a_request_says_whose_it_is() {
    let (_, hub) = keys();
    let request = Request::read(&Request::new(&asker(1), hub.public(), 7, 99).code()).unwrap();
    let Asker { node, incarnation, user } = asker(1);
    assert!(request.is_of(node, incarnation) && request.is_for(user) && request.is_to(hub.public()));
    assert!(!request.is_of(node, incarnation + 1) && !request.is_for(asker(2).user));
    assert!(!request.is_to(HubPrivateKey::from_bytes([8; 32]).public()));
}

#[test]
fn a_key_of_small_order_gives_no_answer() {
    assert!(Shared::of_node(&keys().0, HubPublicKey([0; 32])).is_none());
}

proptest! {
    #[test]
    fn any_request_is_read_as_it_was_written(counter: u32, nonce: u32, user: u128) {
        let request = Request::new(&asker(user), keys().1.public(), counter, nonce);
        prop_assert_eq!(Request::read(&request.code()), Ok(request));
    }

    #[test]
    fn one_misheard_letter_or_two_that_changed_places_are_always_noticed(
        nonce: u32, place in 0..20usize, letter in 0..32usize
    ) {
        let request = Request::new(&asker(1), keys().1.public(), 1, nonce);
        let mut letters: Vec<u8> = request.code().bytes().filter(|&letter| letter != b'-').collect();
        let sound = letters.clone();
        letters[place] = ALPHABET[letter];
        let read = Request::read(core::str::from_utf8(&letters).unwrap());
        prop_assert_eq!(read, if letters == sound { Ok(request) } else { Err(Misread::Check) });
        let mut letters = sound.clone();
        letters.swap(place, (place + 1) % 20);
        let read = Request::read(core::str::from_utf8(&letters).unwrap());
        if place < 19 && letters != sound {
            prop_assert_eq!(read, Err(Misread::Check));
        }
    }

    #[test]
    fn whatever_is_typed_gets_an_answer_and_no_panic(text: String) {
        let _ = (Request::read(&text), looks_like_answer(&text));
    }
}
