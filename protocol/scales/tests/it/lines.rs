//! The rules of the line dialects beyond their recorded frames: columns, lamps, letters, lost bytes.
use crate::harness::{load, refusal, said};
use scales::Dialect::{
    AdamF2, Cas10, Cas22, Kern, Ohaus, Ricelake350, Sbi, WeightQa, YaohuaA12e15, YaohuaWw,
};
use scales::Error::*;
use scales::{Dialect, Presence, Profile, Side, Unit, UnitFrom, Warning, decode, encode};

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);

/// A CAS line with these lamps.
fn cas(head: &str, lamps: u8, data: &str) -> Vec<u8> {
    [head.as_bytes(), b",1", &[lamps], b",", data.as_bytes(), b"\r\n"].concat()
}

#[test]
fn cas22_believes_the_worse_of_header_and_lamps() {
    for (head, lamps, stable, warning) in [
        ("ST,GS", 0xc4, YES, None),
        ("US,GS", 0x84, NO, None),
        ("ST,GS", 0x84, NO, Some(Warning::LampDisagrees)),
        ("US,GS", 0xc4, NO, Some(Warning::LampDisagrees)),
        ("ST,NT", 0x42, YES, Some(Warning::LampBit7Clear)),
        ("ST,NT", 0x02, NO, Some(Warning::LampBit7Clear)),
        ("ST,GS", 0xe4, YES, None),
    ] {
        let reading = said(Cas22, cas(head, lamps, "-  4.320 kg")).unwrap();
        assert_eq!((reading.grams(), reading.stable, reading.extras.warning), (Some(-4320), stable, warning));
    }
    assert_eq!(said(Cas22, cas("ST,GS", 0xd4, "  13.500 kg")).unwrap().presence, Presence::Held);
    assert_eq!(said(Cas22, cas("ST,NT", 0xc2, "  13.500 kg")).unwrap().side, Some(Side::Net));
}

#[test]
fn cas22_refuses_what_is_no_load() {
    let shorter = [&cas("ST,GS", 0xc4, "  13.500 kg")[..11], b"3.500 kg\r\n"].concat();
    for (frame, expected) in [
        (cas("OL,GS", 0xc4, "00099.99 kg"), (Overload, NO)),
        (cas("ST,TR", 0xc4, "   0.520 kg"), (NotLoad, YES)),
        (cas("ST,XX", 0xc4, "   0.520 kg"), (Malformed, None)),
        (cas("XX,GS", 0xc4, "   0.520 kg"), (Malformed, None)),
        (cas("ST,GS", 0xc4, "   0.5O0 kg"), (Malformed, None)),
        (cas("ST,GS", 0xc4, "            "), (Malformed, None)),
        (cas("ST,GS", 0xc4, "   0.520 qq"), (UnknownUnit, YES)),
        (cas("ST,GS", 0xc4, "   0.520 pc"), (NotWeight, YES)),
        (b"ST,GS,>\xc4,   0.520 kg\r\n".to_vec(), (Malformed, None)),
        (cas("ST,GS", 0xc4, "   0.520 kg")[..19].to_vec(), (Truncated, None)),
        (cas("ST,GS", 0xc4, "   0.520 kg")[4..].to_vec(), (Malformed, None)),
        (shorter, (Malformed, None)),
    ] {
        assert_eq!(refusal(Cas22, &frame), expected, "{frame:02x?}");
    }
}

#[test]
fn cas10_reads_eight_characters_or_none() {
    assert_eq!(load(Cas10, "-   4.32\r\n"), (-4_320_000, None));
    assert_eq!(load(Cas10, "  12.340\r\n"), (12_340_000, None));
    assert_eq!(said(Cas10, "  12.340\r\n").unwrap().unit_from, UnitFrom::Profile);
    let grams = Profile { dialect: Cas10, unit: Unit::Gram };
    assert_eq!(decode(grams, b"00012340\r\n").unwrap().grams(), Some(12_340));
    for (frame, expected) in [
        ("   4.32\r\n", Malformed),
        ("   12.340\r\n", Malformed),
        ("  12.34O\r\n", Malformed),
        ("        \r\n", Malformed),
        ("  1 .340\r\n", Malformed),
        ("  12.340", Truncated),
        ("kg  12.3\r\n", Malformed),
    ] {
        assert_eq!(refusal(Cas10, frame), (expected, None), "{frame}");
    }
}

#[test]
fn sbi_knows_stillness_by_its_unit() {
    assert_eq!(load(Sbi, "-    1.250 kg \r\n"), (-1_250_000, YES));
    assert_eq!(load(Sbi, "     0.000    \r\n"), (0, NO));
    assert_eq!(load(Sbi, "+ 123.5[6] g  \r\n"), (123_560, YES));
    assert_eq!(load(Sbi, "G     - 123.5[6]    \r\n"), (-123_560_000, NO));
    assert_eq!(load(Sbi, "N     +   123.5[6] g  \r\n"), (123_560, YES));
    assert_eq!(load(Sbi, "     N       0.374[9] g   \r\n"), (375, YES));
    let pounds = Profile { dialect: Sbi, unit: Unit::Pound };
    assert_eq!(decode(pounds, b"+    1.000    \r\n").unwrap().grams(), Some(454));
    assert_eq!(decode(pounds, b"+    1.000 kg \r\n").unwrap().grams(), Some(1000));
    assert_eq!(said(Sbi, "N1    +   12.340 kg \r\n").unwrap().side, Some(Side::Net));
    assert_eq!(said(Sbi, "G#    +   12.340 kg \r\n").unwrap().side, Some(Side::Gross));
    assert_eq!(said(Sbi, "      +   12.340 kg \r\n").unwrap().side, None);
}

#[test]
fn sbi_refuses_words_and_labels() {
    for (frame, expected) in [
        ("Stat         Low    \r\n", (Underload, NO)),
        ("Stat      ERR 054   \r\n", (DeviceError, NO)),
        ("      High    \r\n", (Overload, NO)),
        ("Stat      ERR       \r\n", (Malformed, None)),
        ("Stat      OFF       \r\n", (Malformed, None)),
        ("T     +    0.520 kg \r\n", (NotLoad, YES)),
        ("wRef  +    0.520 kg \r\n", (NotLoad, YES)),
        ("Qnt   +      235 pcs\r\n", (NotWeight, YES)),
        ("+  12+   12.340 kg \r\n", (Malformed, None)),
        ("+  123+   12.340 kg \r\n", (Malformed, None)),
        ("+   12.340 xyz\r\n", (UnknownUnit, YES)),
        ("+   12.340kg  \r\n", (Malformed, None)),
        ("+  12.340 kg \r\n", (Malformed, None)),
        ("+     12.340 kg \r\n", (Malformed, None)),
        ("+ 123.5[6 g   \r\n", (Malformed, None)),
        ("+  123.5[] g  \r\n", (Malformed, None)),
        ("+  123.[.6] g \r\n", (Malformed, None)),
        ("+ 12.5 [6] g  \r\n", (Malformed, None)),
        ("+   12.3", (Truncated, None)),
        ("2.340 kg \r\n", (Malformed, None)),
    ] {
        assert_eq!(refusal(Sbi, frame), expected, "{frame}");
    }
    let tare = said(Sbi, "T1    +    0.520 kg \r\n").unwrap_err();
    assert_eq!(tare.extras.tare.unwrap().grams(), Some(520));
    assert_eq!(said(Sbi, "wRef  +    0.520 kg \r\n").unwrap_err().extras.tare, None);
}

#[test]
fn ohaus_tells_the_legend_from_the_unit() {
    for (frame, milligrams, stable, side) in [
        ("-  0.150 kg    G\r\n", -150_000, YES, Some(Side::Gross)),
        ("  12.340 kg   ?NET\r\n", 12_340_000, NO, Some(Side::Net)),
        ("  12.340 kg    NET\r\n", 12_340_000, YES, Some(Side::Net)),
        ("  1234.5 g     G\r\n", 1_234_500, YES, Some(Side::Gross)),
        ("      27.2 lb ? G\r\n", 12_337_712, NO, Some(Side::Gross)),
        ("    -12.34 g   \r\n", -12_340, YES, None),
    ] {
        assert_eq!(load(Ohaus, frame), (milligrams, stable), "{frame}");
        assert_eq!(said(Ohaus, frame).unwrap().side, side, "{frame}");
    }
    for (frame, expected) in [
        ("  12.340       G\r\n", (UnknownUnit, YES)),
        ("  12.340      ?G\r\n", (UnknownUnit, NO)),
        ("      12 pcs   G\r\n", (NotWeight, YES)),
        ("60 kg    G\r\n", (Malformed, None)),
        ("  12.3O0 kg    G\r\n", (Malformed, None)),
        ("  12.340 kg    X\r\n", (Malformed, None)),
        ("  12.340 kg  12.340 kg    G\r\n", (Malformed, None)),
        ("   0.36", (Truncated, None)),
        ("kg    G", (Malformed, None)),
    ] {
        assert_eq!(refusal(Ohaus, frame), expected, "{frame}");
    }
}

#[test]
fn balances_without_a_flag_say_nothing_of_stillness() {
    for (dialect, frame, milligrams) in [
        (Kern, "+  450.41 gn \r\n", 29_186),
        (Kern, "       12.34 kg  \r\n", 12_340_000),
        (Kern, "      -12.34 g\r\n", -12_340),
        (AdamF2, "-     12.340 kg \r\n", -12_340_000),
        (AdamF2, "+       27.2 lb \r\n", 12_337_712),
        (AdamF2, "G + 2.00 kg\r\n", 2_000_000),
        (AdamF2, "N - 0.15 kg\r\n", -150_000),
        (WeightQa, "-123.45/9 G S\r\n", -123_450),
        (YaohuaWw, "ww012.340kg\r\n", 12_340_000),
        (YaohuaWw, "wn-0000.1kg\r\n", -100_000),
    ] {
        assert_eq!(load(dialect, frame), (milligrams, None), "{frame}");
    }
    assert_eq!(said(AdamF2, "G + 2.00 kg\r\n").unwrap().side, Some(Side::Gross));
    assert_eq!(said(AdamF2, "N + 2.00 kg\r\n").unwrap().side, Some(Side::Net));
    assert_eq!(said(WeightQa, "+123.45/9 G S\r\n").unwrap().extras.stability_index, Some(9));
}

#[test]
fn balances_without_a_flag_refuse_what_is_no_load() {
    for (dialect, frame, error) in [
        (Kern, "          12 pcs\r\n", NotWeight),
        (Kern, "       29.186    \r\n", UnknownUnit),
        (Kern, "9.186 g  \r\n", Malformed),
        (Kern, "       29.1B6 g  \r\n", Malformed),
        (Kern, "       29.1", Truncated),
        (AdamF2, "         12 PCS \r\n", NotWeight),
        (AdamF2, "G2.00 kg\r\n", Malformed),
        (AdamF2, "T + 2.00 kg\r\n", Malformed),
        (AdamF2, "G + 2.0", Truncated),
        (WeightQa, "+007.12/x G S\r\n", Malformed),
        (WeightQa, "+07.12/3 G S\r\n", Malformed),
        (WeightQa, "007.12/3 G S\r\n", Malformed),
        (WeightQa, "+0071.2/3 G S\r\n", Malformed),
        (WeightQa, "+007.12/3 K S\r\n", Malformed),
        (WeightQa, "+007.12", Truncated),
        (YaohuaWw, "wt000.520kg\r\n", NotLoad),
        (YaohuaWw, "ww012.34kg\r\n", Malformed),
        (YaohuaWw, "ww12.340 kg\r\n", Malformed),
        (YaohuaWw, "ww012.340g\r\n", Malformed),
        (YaohuaWw, "wx012.340kg\r\n", Malformed),
        (YaohuaWw, "ww012.340qq\r\n", UnknownUnit),
        (YaohuaWw, "w012.340kg\r\n", Malformed),
        (YaohuaWw, "ww012", Truncated),
        (YaohuaWw, "12.340kg", Malformed),
    ] {
        assert_eq!(refusal(dialect, frame), (error, None), "{frame}");
    }
    let tare = said(YaohuaWw, "wt000.520kg\r\n").unwrap_err();
    assert_eq!((tare.extras.tare.unwrap().grams(), tare.unit), (Some(520), Some(Unit::Kilogram)));
}

/// A line of the A12(E) with a check that fits.
fn a12(guarded: &str) -> String {
    format!("{guarded}{:02X}\r\n", guarded.bytes().fold(0, |sum, byte| sum ^ byte))
}

#[test]
fn yaohua_a12e_reads_only_what_its_check_fits() {
    assert_eq!(load(YaohuaA12e15, a12("WN-00.150kg")), (-150_000, None));
    assert_eq!(said(YaohuaA12e15, a12("WN012.340lb")).unwrap().side, Some(Side::Net));
    assert_eq!(load(YaohuaA12e15, a12("WG004.139kg").to_lowercase().replace("wg", "WG")), (4_139_000, None));
    for (frame, expected) in [
        (a12("         LO"), (Underload, NO)),
        (a12("WT000.520kg"), (NotLoad, None)),
        (a12("WX004.139kg"), (Malformed, None)),
        (a12("WG004.1 9kg"), (Malformed, None)),
        (a12("WG004.139qq"), (UnknownUnit, None)),
        ("WG004.13kg3D\r\n".into(), (Malformed, None)),
        ("WG004.189kg3D\r\n".into(), (Checksum, None)),
        ("         OL24\r\n".into(), (Checksum, None)),
        ("WG004.1".into(), (Truncated, None)),
        ("9kg3D\r\n".into(), (Malformed, None)),
    ] {
        assert_eq!(refusal(YaohuaA12e15, &frame), expected, "{frame}");
    }
    assert_eq!(said(YaohuaA12e15, a12("WT000.520kg")).unwrap_err().extras.tare.unwrap().grams(), Some(520));
}

#[test]
fn ricelake_sends_what_it_has_held() {
    let net = said(Ricelake350, "-   0.150 kg Net   \r\n").unwrap();
    assert_eq!((net.grams(), net.stable, net.side), (Some(-150), YES, Some(Side::Net)));
    assert_eq!((net.presence, net.is_live_load()), (Presence::Held, false));
    for (frame, expected) in [
        ("    10.0 lb Gross \r\n", (Malformed, None)),
        ("     10.0 lb Tare  \r\n", (Malformed, None)),
        ("     10.0 qq Gross \r\n", (UnknownUnit, YES)),
        ("     1O.0 lb Gross \r\n", (Malformed, None)),
        ("     10.0 lb Gro", (Truncated, None)),
        ("lb Gross \r\n", (Malformed, None)),
    ] {
        assert_eq!(refusal(Ricelake350, frame), expected, "{frame}");
    }
}

#[test]
fn a_balance_too_small_for_children_says_so_and_no_more() {
    let mut out = [0; 32];
    for grams in [-999, -1, 0, 7, 999] {
        let length = encode(WeightQa, grams, true, &mut out).unwrap();
        assert_eq!(said(WeightQa, &out[..length]).unwrap().grams(), Some(grams));
    }
    assert_eq!(encode(WeightQa, 1000, true, &mut out), None);
}

#[test]
fn a_lost_byte_never_moves_the_point() {
    // In columns every byte has its place; a line that lost one of them is no number any more.
    for dialect in [Cas22, Cas10, Sbi, Ricelake350, YaohuaWw, YaohuaA12e15, Dialect::CasSw2, Dialect::NciScp]
    {
        let good = crate::harness::frame(dialect, 12_340);
        for lost in 0..good.len() {
            let mut frame = good.clone();
            frame.remove(lost);
            if let Ok(reading) = said(dialect, &frame) {
                assert_eq!(reading.grams(), Some(12_340), "{dialect} byte {lost}");
            }
        }
    }
}
