//! The rules of text dialects that come in frames of their own: answers to a poll, records behind control characters.
use crate::harness::{heard, load, refusal, said, with_parity};
use scales::Dialect::{CasSw2, DetectoCsv, HealthometerEsc, NciScp, Toledo8217};
use scales::Error::*;
use scales::{Presence, Profile, Side, Unit, UnitFrom, decode};

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);

/// A CAS SW-II frame with a check that fits.
fn sw2(body: &[u8]) -> Vec<u8> {
    let check = body.iter().fold(0, |sum, byte| sum ^ byte);
    [b"\x01\x02", body, &[check], b"\x03\x04"].concat()
}

#[test]
fn cas_sw2_reads_state_sign_and_unit() {
    assert_eq!(load(CasSw2, sw2(b"U- 1.250KG")), (-1_250_000, NO));
    assert_eq!(load(CasSw2, sw2(b"S  27.20LB")), (12_337_712, YES));
    let good = sw2(b"S  1.250KG");
    for (frame, expected) in [
        (sw2(b"X  1.250KG"), (Malformed, None)),
        (sw2(b"S  1.2A0KG"), (Malformed, None)),
        (sw2(b"S  1.250QQ"), (UnknownUnit, YES)),
        (sw2(b"S ------KG"), (Malformed, None)),
        (good[..14].to_vec(), (Truncated, None)),
        (good[1..].to_vec(), (Malformed, None)),
        ([&good[..14], b"0"].concat(), (Malformed, None)),
        ([&good[..6], b"7", &good[7..]].concat(), (Checksum, None)),
    ] {
        assert_eq!(refusal(CasSw2, &frame), expected, "{frame:02x?}");
    }
}

#[test]
fn toledo_8217_answers_with_a_number_or_a_reason() {
    assert_eq!(load(Toledo8217, b"\x0212.345\r"), (12_345_000, YES));
    let net = said(Toledo8217, with_parity(b"\x02 1.235N\r")).unwrap();
    assert_eq!((net.grams(), net.side, net.unit_from), (Some(1235), Some(Side::Net), UnitFrom::Profile));
    let pounds = Profile { dialect: Toledo8217, unit: Unit::Pound };
    assert_eq!(decode(pounds, b"\x02 1.00\r").unwrap().grams(), Some(454));
    for (frame, expected) in [
        (b"\x02?C\r".as_slice(), (Overload, NO)),
        (b"\x02?D\r", (Underload, NO)),
        (b"\x02?H\r", (NotZeroed, NO)),
        (b"\x02?P\r", (NoWeight, YES)),
        (b"\x02?\x01\r", (Malformed, None)),
        (b"\x02E\r", (NoWeight, None)),
        (b"\x02F\r", (NoWeight, None)),
        (b"\x02E\rhello", (NoWeight, None)),
        (b"\x02\r", (Malformed, None)),
        (b"\x02-1.235\r", (Malformed, None)),
        (b"\x02 1.235 \r", (Malformed, None)),
        (b"\x02 1.2K5\r", (Malformed, None)),
        (b"\x02 1.235", (Truncated, None)),
        (b" 1.235\r", (Malformed, None)),
    ] {
        assert_eq!(refusal(Toledo8217, frame), expected, "{frame:02x?}");
    }
    let answers = heard(Toledo8217, b"\x02E\rhello\x02F\r\x02?A\r\x02 1.235\r");
    assert_eq!(
        answers.iter().map(|it| it.map_or_else(|no| no.error.word(), |_| "number")).collect::<Vec<_>>(),
        ["no_weight", "no_weight", "motion", "number"]
    );
}

#[test]
fn nci_reads_a_number_by_its_status_bytes() {
    for (frame, expected) in [
        ("\n-   0.150kg\r\n0pp\r\x03", (-150_000, YES)),
        ("\n    27.20lb\r\n1p\r\x03", (12_337_712, NO)),
        ("\n   12.340kg\r\n2ppp\r\x03", (12_340_000, YES)),
    ] {
        assert_eq!(load(NciScp, frame), expected, "{frame:?}");
    }
    assert_eq!(said(NciScp, "\n   12.340kg\r\n0pt\r\x03").unwrap().side, Some(Side::Net));
    assert_eq!(said(NciScp, "\n   12.340kg\r\n0pp\r\x03").unwrap().side, Some(Side::Gross));
    assert_eq!(load(NciScp, with_parity("\n   12.340kg\r\n0pp\r\x03")), (12_340_000, YES));
}

#[test]
fn nci_refuses_by_mark_by_status_and_by_damage() {
    for (frame, expected) in [
        ("\n_________kg\r\n0qp\r\x03", (Underload, NO)),
        ("\n---------kg\r\n0pp\r\x03", (ZeroError, NO)),
        ("\n   12.340kg\r\n0rp\r\x03", (Overload, NO)),
        ("\n   12.340kg\r\n0qp\r\x03", (Underload, NO)),
        ("\n   12.340kg\r\n4pp\r\x03", (DeviceError, NO)),
        ("\n   12.340kg\r\n0xp\r\x03", (DeviceError, NO)),
        ("\n   12.340kg\r\n0px\r\x03", (ZeroError, NO)),
        ("\n0p\r\x03", (NoWeight, YES)),
        ("\n1pp\r\x03", (NoWeight, NO)),
        ("\n0rp\r\x03", (Overload, NO)),
        ("\n   12.340pc\r\n0pp\r\x03", (NotWeight, YES)),
        ("\n   12.340qq\r\n0pp\r\x03", (UnknownUnit, YES)),
        ("\n  12.340kg\r\n0pp\r\x03", (Malformed, None)),
        ("\n   12.340g\r\n0pp\r\x03", (Malformed, None)),
        ("\n   12.3O0kg\r\n0pp\r\x03", (Malformed, None)),
        ("\n^^^^^^^^kg\r\n0pp\r\x03", (Malformed, None)),
        ("\n   12.340kg\r\n0\r\x03", (Malformed, None)),
        ("\n   12.340kg\r\n0ppp0\r\x03", (Malformed, None)),
        ("\n   12.340kg\r\n0Ap\r\x03", (Malformed, None)),
        ("\n   12.340kg\r\n0p", (Truncated, None)),
        ("kg\r\n0pp\r\x03", (Malformed, None)),
    ] {
        assert_eq!(refusal(NciScp, frame), expected, "{frame:?}");
    }
    assert_eq!(said(NciScp, "\n_________lb\r\n0qp\r\x03").unwrap_err().unit, Some(Unit::Pound));
}

#[test]
fn healthometer_picks_fields_by_their_letter() {
    let full = said(HealthometerEsc, "\x1bR\x1bW31.30\x1bH48.5\x1bT2.5\x1bB9.4\x1bNc\x1bE").unwrap();
    assert_eq!((full.grams(), full.stable, full.presence), (Some(14_197), YES, Presence::Held));
    assert_eq!(full.extras.height.unwrap().tenth_mm(), Some(12_319));
    assert_eq!((full.extras.tare.unwrap().grams(), full.extras.bmi.unwrap().digits), (Some(1134), 94));
    assert_eq!(load(HealthometerEsc, "\x1bR\x1bI\x1bX?\x1bW14.2\x1bNm\x1bE\r\n"), (14_200_000, YES));
    for (frame, expected) in [
        ("\x1bR\x1bH98.5\x1bNm\x1bE", (NoWeight, YES)),
        ("\x1bR\x1bW14.2\x1bE", (UnknownUnit, None)),
        ("\x1bR\x1bW14.2\x1bNx\x1bE", (UnknownUnit, None)),
        ("\x1bR\x1bW14.2\x1bW15.2\x1bNm\x1bE", (Malformed, None)),
        ("\x1bR\x1bW14,2\x1bNm\x1bE", (Malformed, None)),
        ("\x1bR\x1bW\x1bNm\x1bE", (Malformed, None)),
        ("\x1bR7\x1bW14.2\x1bNm\x1bE", (Malformed, None)),
        ("\x1bR\x1b\x1bW14.2\x1bNm\x1bE", (Malformed, None)),
        ("\x1bR\x1bW14.2\x1bNm", (Truncated, None)),
        ("\x1b", (Truncated, None)),
        ("4.2\x1bNm\x1bE", (Malformed, None)),
    ] {
        assert_eq!(refusal(HealthometerEsc, frame), expected, "{frame:?}");
    }
    let height = said(HealthometerEsc, "\x1bR\x1bH98.5\x1bNm\x1bE").unwrap_err();
    assert_eq!(height.extras.height.unwrap().tenth_mm(), Some(9850));
}

#[test]
fn healthometer_tells_no_patient() {
    let numbered = |number| said(HealthometerEsc, format!("\x1bR\x1bI{number}\x1bW14.2\x1bNm\x1bE"));
    assert_eq!(numbered("9900000000000001"), numbered(""));
}

#[test]
fn an_endless_record_does_not_silence_the_next() {
    let record = b"\x1bR\x1bW14.2\x1bNm\x1bE".as_slice();
    let endless = [b"\x1bR\x1bI".as_slice(), &[b'7'; 3000]].concat();
    let outcomes = heard(HealthometerEsc, &[endless.as_slice(), record].concat());
    assert_eq!(outcomes.last().unwrap().unwrap().grams(), Some(14_200));
    assert!(outcomes[..outcomes.len() - 1].iter().all(Result::is_err));
}

#[test]
fn detecto_reads_five_fields() {
    let record = said(DetectoCsv, "9:05,24.12.2026,15.8,98.5cm,14.2kg\r").unwrap();
    assert_eq!((record.grams(), record.stable, record.presence), (Some(14_200), YES, Presence::Held));
    assert_eq!(record.extras.height.unwrap().tenth_mm(), Some(9850));
    let bare = said(DetectoCsv, "12:00,08/07/15,0.0,0'00.0\",31.3lb\r\n").unwrap();
    assert_eq!((bare.grams(), bare.extras.height, bare.extras.bmi), (Some(14_197), None, None));
    assert_eq!(
        said(DetectoCsv, "\n12:00,08/07/15,,38.5in,31.3lb\r").unwrap().extras.height.unwrap().tenth_mm(),
        Some(9779)
    );
    assert_eq!(said(DetectoCsv, "12:00,08/07/15,21.5,63,132.3lb\r").unwrap().extras.height, None);
    assert_eq!(load(DetectoCsv, "12:00:30,08/07/15,,,14.2 kg\r"), (14_200_000, YES));
    for (frame, expected) in [
        ("12:00,08/07/15,21.5,5'03.0\",132.3\r", (UnknownUnit, YES)),
        ("12:00,08/07/15,21.5,5'03.0\"\r", (Malformed, None)),
        ("12:00,08/07/15,21.5,5'03.0\",132.3lb,7\r", (Malformed, None)),
        ("12:00,08/07/15,21.5,5.5'03.0\",132.3lb\r", (Malformed, None)),
        ("12:00,08/07/15,21.5,5'0O.0\",132.3lb\r", (Malformed, None)),
        ("12:00,08/07/15,x,5'03.0\",132.3lb\r", (Malformed, None)),
        ("12:00,08/07,21.5,5'03.0\",132.3lb\r", (Malformed, None)),
        (":00,08/07/15,21.5,5'03.0\",132.3lb\r", (Malformed, None)),
        ("00,08/07/15,21.5,5'03.0\",132.3lb\r", (Malformed, None)),
        ("12:00,08/07/15,21.5,9223372036854775807'03.0\",132.3lb\r", (Malformed, None)),
        ("12:00,08/07/15,21.5", (Truncated, None)),
        (",08/07/15,21.5", (Malformed, None)),
    ] {
        assert_eq!(refusal(DetectoCsv, frame), expected, "{frame:?}");
    }
}

#[test]
fn a_detecto_record_is_heard_as_soon_as_it_ends() {
    let record = b"12:00,08/07/15,21.5,5'03.0\",132.3lb\r";
    assert_eq!(heard(DetectoCsv, record).len(), 1);
    let twice = [record.as_slice(), b"\n", record].concat();
    assert_eq!(heard(DetectoCsv, &twice).iter().filter(|outcome| outcome.is_ok()).count(), 2);
}
