//! The rules of each dialect beyond its recorded frames: signs, units, widths, flags, damage.
use crate::harness::{load, refusal, said};
use scales::Dialect::{AdStd, BcdFf5, Digimatic13, MtSics, StGs, TanitaCsv, ToledoCont};
use scales::Dialect::{YaohuaEqFwd, YaohuaEqRev, YaohuaStx12};
use scales::Error::{self, *};
use scales::{Presence, Profile, Side, Unit, UnitFrom, decode};

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);

#[test]
fn ad_std_reads_fields_not_offsets() {
    for (frame, expected) in [
        ("ST,-0000.150 kg\r\n", (-150_000, YES)),
        ("US,+12.3kg\r\n", (12_300_000, NO)),
        ("WT,+000012.34   g\r\n", (12_340, YES)),
        ("ST,+   1.234 kg\r\n", (1_234_000, YES)),
        ("ST,HI,+0001.234 kg\r\n", (1_234_000, YES)),
        ("US,--,-0001.234 kg\r\n", (-1_234_000, NO)),
        ("ST,LO,+0.5 lb\r\n", (226_796, YES)),
        ("ST,+0010.00 oz\r\n", (283_495, YES)),
        ("ST,+000.0120  t\r\n", (12_000_000, YES)),
        ("ST,-00000000  g\r\n", (0, YES)),
    ] {
        assert_eq!(load(AdStd, frame), expected, "{frame}");
    }
}

#[test]
fn ad_std_refuses_what_is_no_weight() {
    for (frame, expected) in [
        ("OL,-99999999 PC\r\n", (Overload, NO)),
        ("OL,+999.99kg\r\n", (Overload, NO)),
        ("OL,HI,+9999.999 kg\r\n", (Overload, NO)),
        ("ST,+0000100.0  %\r\n", (NotWeight, YES)),
        ("US,+0000100 PCS\r\n", (NotWeight, NO)),
        ("QT,+00000012  g\r\n", (NotWeight, YES)),
        ("ST,+0001.234 tl\r\n", (UnknownUnit, YES)),
        ("ST,+0001.234\r\n", (UnknownUnit, YES)),
        ("ST,+0001.2.4 kg\r\n", (Malformed, None)),
        ("ST,+0001.234 k7\r\n", (Malformed, None)),
        ("ST,+ kg\r\n", (Malformed, None)),
        ("ST,GS,+0001.234 kg\r\n", (Malformed, None)),
        ("ST +0001.234 kg\r\n", (Malformed, None)),
        ("ST,+99999999999999999999 kg\r\n", (Malformed, None)),
        ("ST,+9223372036854775809 kg\r\n", (Malformed, None)),
        ("ST,+0.0000000000000000 kg\r\n", (Malformed, None)),
        ("ST,+0001.234 kg\r", (Truncated, None)),
        ("S", (Truncated, None)),
        ("", (Truncated, None)),
        ("1.234 k", (Malformed, None)),
    ] {
        assert_eq!(refusal(AdStd, frame), expected, "{frame}");
    }
    assert_eq!(said(AdStd, "OL,-99999999 PC\r\n").unwrap_err().unit, Some(Unit::Pieces));
}

#[test]
fn line_noise_before_a_text_frame_is_skipped() {
    assert_eq!(load(AdStd, b"\x00\x7f\xff\r\nST,+0001.234 kg\r\n"), (1_234_000, YES));
}

#[test]
fn st_gs_tells_gross_net_and_tare_apart() {
    assert_eq!(load(StGs, "ST,NT,-   0.250kg\r\n"), (-250_000, YES));
    assert_eq!(load(StGs, "US,GS, 12.5 lb\r\n"), (5_669_905, NO));
    assert_eq!(said(StGs, "ST,NT,   1.0kg\r\n").unwrap().side, Some(Side::Net));
    assert_eq!(said(StGs, "ST,GS,   1.0kg\r\n").unwrap().side, Some(Side::Gross));
    let tare = said(StGs, "US,TR,   0.520kg\r\n").unwrap_err();
    assert_eq!((tare.error, tare.stable, tare.unit), (NotLoad, NO, Some(Unit::Kilogram)));
    assert_eq!(tare.extras.tare.unwrap().grams(), Some(520));
    assert_eq!(load(StGs, "ST,NT    20.7g  \r\n"), (20_700, YES));
}

#[test]
fn st_gs_refuses_what_is_no_load() {
    for (frame, expected) in [
        ("OL,GS,- 999.99kg\r\n", (Overload, NO)),
        ("OL,NT,  ------\r\n", (Overload, NO)),
        ("ST,GS,    12 pcs\r\n", (NotWeight, YES)),
        ("ST,XX,   1.0kg\r\n", (Malformed, None)),
        ("SS,GS,   1.0kg\r\n", (Malformed, None)),
        ("ST,GS1.0kg\r\n", (Malformed, None)),
        ("ST,G\r\n", (Malformed, None)),
        ("T,GS,   1.0kg\r\n", (Malformed, None)),
        ("ST,GS,   1.0", (Truncated, None)),
        ("ST,GS,   1,0kg\r\n", (Malformed, None)),
    ] {
        assert_eq!(refusal(StGs, frame), expected, "{frame}");
    }
}

#[test]
fn mt_sics_gives_each_answer_its_word() {
    assert_eq!(load(MtSics, "S D     -0.07 g\r\n"), (-70, NO));
    assert_eq!(load(MtSics, "SI S    1.5 kg\r\n"), (1_500_000, YES));
    for (frame, expected) in [
        ("S -\r\n", (Underload, NO)),
        ("SI +\r\n", (Overload, NO)),
        ("S L\r\n", (BadParameter, None)),
        ("ET\r\n", (TransmissionError, None)),
        ("EL\r\n", (LogicalError, None)),
        ("Z A\r\n", (NoWeight, None)),
        ("Z I\r\n", (NotExecutable, None)),
        ("T S     0.52 kg\r\n", (NotLoad, YES)),
        ("TA A     0.52 kg\r\n", (NotLoad, YES)),
        ("S S     12 PCS\r\n", (NotWeight, YES)),
        ("S S     1.0 xyz\r\n", (UnknownUnit, YES)),
        ("S X     1.0 kg\r\n", (Malformed, None)),
        ("S\r\n", (Malformed, None)),
        ("   100.00 g\r\n", (Malformed, None)),
        ("ES 1\r\n", (Malformed, None)),
        ("S S   100.0", (Truncated, None)),
        ("E", (Truncated, None)),
    ] {
        assert_eq!(refusal(MtSics, frame), expected, "{frame}");
    }
}

/// A Toledo frame with a check byte that fits.
fn toledo(status: [u8; 3], load: &[u8; 6], tare: &[u8; 6]) -> Vec<u8> {
    let mut frame = [&[2], status.as_slice(), load, tare, b"\r"].concat();
    let sum = frame.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    frame.push(sum.wrapping_neg() & 0x7f);
    frame
}

#[test]
fn toledo_puts_the_point_where_the_code_says() {
    let points = [1_250_000_000_000, 125_000_000_000, 12_500_000_000, 1_250_000_000, 125_000_000, 12_500_000];
    for (code, milligrams) in (0x28..).zip(points) {
        assert_eq!(load(ToledoCont, toledo([code, 0x30, 0x20], b"012500", b"000000")), (milligrams, YES));
    }
    assert_eq!(load(ToledoCont, toledo([0x2f, 0x30, 0x20], b"012500", b"000000")), (125_000, YES));
}

#[test]
fn toledo_takes_unit_sign_and_tare_from_its_bits() {
    for (b, c, expected) in [
        (0x20, 0x20, (4_535_924, YES)),
        (0x30, 0x21, (10_000, YES)),
        (0x22, 0x22, (-10_000_000_000, YES)),
        (0x3a, 0x20, (-10_000_000, NO)),
    ] {
        assert_eq!(load(ToledoCont, toledo([0x2d, b, c], b" 10000", b"      ")), expected);
    }
    let gross = said(ToledoCont, toledo([0x2d, 0x30, 0x20], b" 10000", b"   520")).unwrap();
    assert_eq!((gross.side, gross.extras.tare.unwrap().grams()), (Some(Side::Gross), Some(520)));
    let expanded = said(ToledoCont, toledo([0x2d, 0x30, 0x30], b" 10000", b"000000")).unwrap();
    assert_eq!((expanded.presence, expanded.is_live_load()), (Presence::Service, false));
    // A clone with other fixed bits in its first byte.
    assert_eq!(load(ToledoCont, toledo([0x55, 0x30, 0x20], b"010000", b"000000")), (10_000_000, YES));
}

#[test]
fn toledo_refuses_by_flag_and_by_damage() {
    let good = toledo([0x2d, 0x30, 0x20], b"010000", b"000000");
    for (frame, expected) in [
        (toledo([0x2d, 0x70, 0x20], b"010000", b"000000"), (NotZeroed, NO)),
        (toledo([0x2d, 0x24, 0x20], b"010000", b"000000"), (OutOfRange, NO)),
        (toledo([0x2d, 0x30, 0x25], b"010000", b"000000"), (UnknownUnit, YES)),
        (toledo([0x2d, 0x30, 0x20], b"01O000", b"000000"), (Malformed, None)),
        (toledo([0x2d, 0x30, 0x20], b"01 000", b"000000"), (Malformed, None)),
        (toledo([0x2d, 0x30, 0x20], b"      ", b"000000"), (Malformed, None)),
        (good[..16].to_vec(), (Truncated, None)),
        (good[1..].to_vec(), (Malformed, None)),
        ([&good[..17], b"\x2b\x2b"].concat(), (Malformed, None)),
        ([&good[..16], b"0"].concat(), (Malformed, None)),
    ] {
        assert_eq!(refusal(ToledoCont, &frame), expected, "{frame:02x?}");
    }
}

#[test]
fn tanita_picks_the_load_by_its_tag() {
    assert_eq!(load(TanitaCsv, "{0,16,~0,1,MO,\"BD,815\",Wp,8.0,Ta,0.5\r\n"), (3_628_739, YES));
    assert_eq!(load(TanitaCsv, "\u{1a}{0,16,~0,1,Wk,58.1\r\n"), (58_100_000, YES));
    assert_eq!(load(TanitaCsv, "{0,16,ID,\"\",Hf,5'07.0\",Wk,58.1\r\n"), (58_100_000, YES));
    let full = said(TanitaCsv, "{0,16,~0,1,Hm,98.5,Wk,14.2,Pt,1.0,Ta,0.5\r\n").unwrap();
    assert_eq!(full.extras.height.unwrap().tenth_mm(), Some(9850));
    assert_eq!(full.extras.tare.unwrap().grams(), Some(500));
    assert_eq!((full.presence, full.is_live_load()), (Presence::Held, false));
    let gain = said(TanitaCsv, "{0,16,~0,1,MO,\"BD-815\",Wg,3972,Gg,104,Rg,3868\r\n").unwrap();
    assert_eq!((gain.grams(), gain.extras.memory.unwrap().grams()), (Some(3972), Some(3868)));
}

#[test]
fn tanita_refuses_memories_and_damage() {
    let sealed = |body: &str, sum: u8| format!("{body}CS,{sum:02x}\r\n");
    let body = "{0,16,~0,1,Wk,58.1,";
    let sum = body.bytes().fold(0_u8, u8::wrapping_add);
    assert_eq!(load(TanitaCsv, sealed(body, sum)), (58_100_000, YES));
    for (frame, expected) in [
        (sealed(body, sum.wrapping_add(1)), (Checksum, None)),
        ("Gg,104,Rg,3868\r\n".into(), (NotLoad, YES)),
        ("{0,16,~0,1,MO,\"BD-815\"\r\n".into(), (NoWeight, None)),
        ("{0,16,~0,1,mW,3.9\r\n".into(), (NoWeight, None)),
        ("{0,16,~0,1,Wk,3.9,Wk,4.9\r\n".into(), (Malformed, None)),
        ("{0,16,~0,1,Wg,39a2\r\n".into(), (Malformed, None)),
        ("{0,16,~0,1,Wg\r\n".into(), (Malformed, None)),
        ("{0,16,~0,1,MO,\"BD-815,Wg,3972\r\n".into(), (Malformed, None)),
        ("1,MO,\"BD-815\",Wg,3972\r\n".into(), (Malformed, None)),
        ("Wg,3972\r\n".into(), (Malformed, None)),
        ("{0,16,~0,1,MO,\"BD-81".into(), (Truncated, None)),
        ("{".into(), (Truncated, None)),
    ] {
        assert_eq!(refusal(TanitaCsv, &frame), expected, "{frame}");
    }
}

#[test]
fn yaohua_sisters_disagree_on_the_same_bytes() {
    assert_eq!(load(YaohuaEqRev, "=000.3000"), (3_000_000, None));
    assert_eq!(load(YaohuaEqFwd, "=000.3000"), (300_000, None));
    assert_eq!(load(YaohuaEqRev, "=05.2100-"), (-12_500_000, None));
    assert_eq!(load(YaohuaEqFwd, "=-0012.50"), (-12_500_000, None));
    assert_eq!(load(YaohuaEqFwd, "=00000012"), (12_000_000, None));
    let reading = said(YaohuaEqFwd, "=0001.000").unwrap();
    assert_eq!(reading.unit_from, UnitFrom::Profile);
    let pounds = Profile { dialect: YaohuaEqFwd, unit: Unit::Pound };
    assert_eq!(decode(pounds, b"=0001.000").unwrap().grams(), Some(454));
    let nonsense = Profile { dialect: YaohuaEqFwd, unit: Unit::Pieces };
    assert_eq!(decode(nonsense, b"=0001.000").unwrap_err().error, UnknownUnit);
}

#[test]
fn yaohua_sisters_refuse_damage() {
    for (dialect, frame, error) in [
        (YaohuaEqRev, "=-001.000", Malformed),
        (YaohuaEqFwd, "=0001.00-", Malformed),
        (YaohuaEqFwd, "=00 1.000", Malformed),
        (YaohuaEqFwd, "=0.01.000", Malformed),
        (YaohuaEqFwd, "=0001.00", Truncated),
        (YaohuaEqRev, "=", Truncated),
        (YaohuaEqFwd, "0001.000", Malformed),
        (YaohuaEqFwd, "=0001.0000", Malformed),
        (YaohuaEqRev, "=000O3000", Malformed),
    ] {
        assert_eq!(refusal(dialect, frame), (error, None), "{frame}");
    }
}

/// A twelve-byte Yaohua frame with a check that fits, in the letters given.
fn stx12(body: &[u8; 8], letters: fn(u8) -> String) -> Vec<u8> {
    let sum = body.iter().fold(0, |sum, byte| sum ^ byte);
    [b"\x02", body.as_slice(), letters(sum).as_bytes(), b"\x03"].concat()
}

#[test]
fn stx12_reads_sign_point_and_check() {
    let upper = |sum| format!("{sum:02X}");
    assert_eq!(load(YaohuaStx12, stx12(b"+0123450", upper)), (12_345_000_000, None));
    assert_eq!(load(YaohuaStx12, stx12(b"-0123453", |sum| format!("{sum:02x}"))), (-12_345_000, None));
    let good = stx12(b"+0123453", upper);
    for (frame, error) in [
        (stx12(b"+01234O3", upper), Malformed),
        (stx12(b" 0123453", upper), Malformed),
        (stx12(b"+0123459", upper), Malformed),
        (good[..11].to_vec(), Truncated),
        (good[1..].to_vec(), Malformed),
        ([&good[..11], b"0"].concat(), Malformed),
        ([good.as_slice(), b"0"].concat(), Malformed),
        ([&good[..9], b"ZZ\x03"].concat(), Checksum),
    ] {
        assert_eq!(refusal(YaohuaStx12, &frame), (error, None), "{frame:02x?}");
    }
}

#[test]
fn bcd_ff5_takes_all_from_its_status() {
    assert_eq!(load(BcdFf5, [0xff, 0x64, 0x50, 0x23, 0x01]), (-12_350_000, YES));
    assert_eq!(load(BcdFf5, [0xff, 0x01, 0x50, 0x23, 0x01]), (12_350_000_000, NO));
    assert_eq!(load(BcdFf5, [0xff, 0x45, 0x50, 0x23, 0x01]), (1_235_000, YES));
    for (frame, expected) in [
        ([0xff, 0x4c, 0x50, 0x23, 0x01].as_slice(), (NotWeight, YES)),
        (&[0xff, 0x44, 0x5a, 0x23, 0x01], (Malformed, None)),
        (&[0xff, 0x40, 0x50, 0x23, 0x01], (Malformed, None)),
        (&[0xff, 0x46, 0x50, 0x23, 0x01], (Malformed, None)),
        (&[0xff, 0x44, 0x50, 0x23], (Truncated, None)),
        (&[0x44, 0x50, 0x23, 0x01, 0x00], (Malformed, None)),
        (&[0xff, 0x44, 0x50, 0x23, 0x01, 0xff], (Malformed, None)),
        (&[0xff, 0x85, 0xff, 0xff, 0xff], (Overload, NO)),
    ] {
        assert_eq!(refusal(BcdFf5, frame), expected, "{frame:02x?}");
    }
}

/// A Digimatic frame: sign, six digits, point, unit.
fn digimatic(body: [u8; 9]) -> Vec<u8> {
    [[0x0f; 4].as_slice(), &body].concat()
}

#[test]
fn digimatic_reads_lengths_in_both_units() {
    let nanometres = |body| said(Digimatic13, digimatic(body)).unwrap().quantity().unwrap().nanometres();
    assert_eq!(nanometres([8, 0, 1, 2, 3, 4, 5, 2, 0]), Some(-123_450_000));
    assert_eq!(nanometres([0, 0, 1, 2, 3, 4, 5, 4, 1]), Some(31_356_300));
    assert_eq!(nanometres([0, 9, 9, 9, 9, 9, 9, 0, 0]), Some(999_999_000_000));
    let errors: Vec<Error> = [
        [4, 0, 1, 2, 3, 4, 5, 2, 0],
        [0, 0, 1, 10, 3, 4, 5, 2, 0],
        [0, 0, 1, 2, 3, 4, 5, 6, 0],
        [0, 0, 1, 2, 3, 4, 5, 2, 2],
        [0, 0, 1, 2, 3, 4, 0x35, 2, 0],
    ]
    .map(|body| refusal(Digimatic13, digimatic(body)).0)
    .to_vec();
    assert_eq!(errors, [Malformed, Malformed, Malformed, UnknownUnit, Malformed]);
    let good = digimatic([0, 0, 1, 2, 3, 4, 5, 2, 0]);
    assert_eq!(refusal(Digimatic13, &good[..12]).0, Truncated);
    assert_eq!(refusal(Digimatic13, &good[1..]).0, Malformed);
}
