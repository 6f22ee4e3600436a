//! What is asked, and what is not.

use chrono::{Days, NaiveDate};
use growth::plausibility::{self, Concern, Concerns, Limits};
use growth::{Child, Measures, Posture, Sex, Visit};

use crate::fixture::day;

const BORN: (i32, u32, u32) = (2025, 1, 10);

fn girl() -> Child {
    Child::new(Sex::Female, day(BORN.0, BORN.1, BORN.2))
}

fn on(age_days: u64) -> NaiveDate {
    girl().birth_date + Days::new(age_days)
}

fn weighed(age_days: u64, mass_g: u32) -> Visit {
    Visit::new(on(age_days), Measures { mass_g: Some(mass_g), ..Measures::default() })
}

fn long(age_days: u64, length_tenth_mm: u32, posture: Posture) -> Visit {
    let measures =
        Measures { length_tenth_mm: Some(length_tenth_mm), posture: Some(posture), ..Measures::default() };
    Visit::new(on(age_days), measures)
}

fn asked(now: Visit, previous: &[Visit]) -> Concerns {
    plausibility::check(&girl(), &now, previous, Some(now.on), &Limits::default())
}

#[test]
fn an_ordinary_month_is_not_asked_about() {
    let before = long(365, 7_400, Posture::Lying);
    assert!(asked(long(395, 7_500, Posture::Lying), &[before]).is_empty());
    assert!(asked(weighed(395, 9_100), &[weighed(365, 8_900)]).is_empty());
}

#[test]
fn a_tenth_of_the_weight_may_be_lost_but_no_more() {
    let before = [weighed(365, 9_000)];
    assert!(!asked(weighed(395, 8_100), &before).contains(Concern::WeightLoss));
    assert!(asked(weighed(395, 8_099), &before).contains(Concern::WeightLoss));
}

#[test]
fn a_newborn_may_lose_twelve_percent_of_the_birth_weight() {
    let child = Child { birth_mass_g: Some(3_000), ..girl() };
    let lost = |age, mass_g| {
        let now = weighed(age, mass_g);
        plausibility::check(&child, &now, &[], Some(now.on), &Limits::default()).contains(Concern::WeightLoss)
    };
    assert!(!lost(5, 2_640));
    assert!(lost(5, 2_639));
    assert!(lost(15, 2_690));
}

#[test]
fn a_gain_is_measured_against_a_weighing_a_week_before() {
    let fast = |from| asked(weighed(395, 9_800), &[weighed(from, 9_000)]).contains(Concern::WeightGain);
    assert!(!fast(395 - 6));
    assert!(fast(395 - 7));
    assert!(fast(395 - 31));
    assert!(!fast(395 - 32));
}

#[test]
fn shorter_is_judged_after_the_posture_shift_and_across_the_change_of_table() {
    let shorter = |now, before| asked(now, &[before]).contains(Concern::LengthLoss);
    let lying = |age, length| long(age, length, Posture::Lying);
    assert!(!shorter(lying(500, 7_700), lying(470, 7_800)));
    assert!(shorter(lying(500, 7_699), lying(470, 7_800)));
    // 85.0 cm lying before the second birthday and 84.5 cm standing after it: grown, not shrunk.
    assert!(!shorter(long(745, 8_450, Posture::Standing), lying(715, 8_500)));
    assert!(!shorter(long(745, 8_330, Posture::Standing), lying(715, 8_500)));
    assert!(shorter(long(745, 8_329, Posture::Standing), lying(715, 8_500)));
}

#[test]
fn growth_is_measured_against_a_length_two_weeks_before() {
    let fast = |from, length| {
        let before = long(from, 7_000, Posture::Lying);
        asked(long(400, length, Posture::Lying), &[before]).contains(Concern::LengthGain)
    };
    assert!(!fast(370, 7_200));
    assert!(fast(370, 7_201));
    assert!(fast(386, 7_100));
    assert!(!fast(387, 7_100));
}

#[test]
fn a_head_does_not_shrink() {
    let head = |age, head_tenth_mm| {
        Visit::new(on(age), Measures { head_tenth_mm: Some(head_tenth_mm), ..Measures::default() })
    };
    assert!(!asked(head(400, 4_450), &[head(370, 4_500)]).contains(Concern::HeadLoss));
    assert!(asked(head(400, 4_449), &[head(370, 4_500)]).contains(Concern::HeadLoss));
}

#[test]
fn another_child_on_the_scale_is_noticed_within_two_months() {
    let swapped = |from| asked(weighed(400, 14_500), &[weighed(from, 8_500)]).contains(Concern::OtherChild);
    assert!(swapped(340));
    assert!(!swapped(339));
}

#[test]
fn only_the_latest_earlier_visit_is_compared() {
    let previous = [weighed(365, 8_000), weighed(300, 20_000), weighed(420, 20_000)];
    assert!(!asked(weighed(395, 8_100), &previous).contains(Concern::WeightLoss));
}

#[test]
fn dates_that_cannot_be_are_asked_about() {
    let now = weighed(395, 9_000);
    let check = |now: &Visit, today| plausibility::check(&girl(), now, &[], today, &Limits::default());
    assert!(check(&now, None).contains(Concern::ClockUnset));
    assert!(check(&now, Some(on(394))).contains(Concern::InFuture));
    assert!(!check(&now, Some(on(395))).contains(Concern::InFuture));
    let unborn = Visit::new(day(2025, 1, 9), now.measures);
    assert!(check(&unborn, Some(on(0))).contains(Concern::BeforeBirth));
    assert!(check(&weighed(7_000, 60_000), Some(on(7_000))).contains(Concern::AgeOutOfRange));
}

#[test]
fn sizes_no_body_has_are_asked_about() {
    let odd = |mass_g| asked(weighed(400, mass_g), &[]).contains(Concern::WeightCannotBe);
    assert_eq!([499, 500, 60_000, 60_001].map(odd), [true, false, false, true]);
    let odd = |length| asked(long(400, length, Posture::Lying), &[]).contains(Concern::LengthCannotBe);
    assert_eq!([2_999, 3_000, 15_000, 15_001].map(odd), [true, false, false, true]);
    assert!(asked(long(200, 6_600, Posture::Standing), &[]).contains(Concern::StandingTooYoung));
}

#[test]
fn who_flags_are_asked_about() {
    let concerns = asked(weighed(400, 3_000), &[]);
    assert!(concerns.contains(Concern::WazFlag));
    assert_eq!(concerns.iter().collect::<Concerns>(), concerns);
    assert!(concerns.without(concerns).is_empty());
}

#[test]
fn stored_numbers_never_change_their_meaning() {
    let words: Vec<_> = Concern::ALL.iter().map(|concern| (concern.as_code(), concern.word())).collect();
    let expected = [
        "weight_loss",
        "weight_gain",
        "length_loss",
        "length_gain",
        "head_loss",
        "band",
        "waz",
        "lhaz",
        "whz",
        "baz",
        "hcz",
        "acz",
        "age",
        "before_birth",
        "in_future",
        "clock_unset",
        "weight",
        "length",
        "head",
        "arm",
        "standing",
        "twin",
        "first_length",
        "repeat_difference",
    ];
    assert_eq!(words, (0..).zip(expected).collect::<Vec<_>>());
    assert!(Concern::ALL.iter().all(|&concern| Concern::from_code(concern.as_code()) == Some(concern)));
    assert!(Concern::ALL.iter().all(|concern| concern.ask().ends_with('?')));
    assert_eq!(Concern::from_code(200), None);
}

#[test]
fn a_second_measurement_is_asked_for_near_a_border() {
    let limits = Limits::default();
    let near = |length| {
        let measures = Measures { length_tenth_mm: Some(length), ..Measures::default() };
        let said = growth::assess(&girl(), on(365), &measures);
        (said.scores.lhaz.unwrap().centi, plausibility::near_cutoff(&said, &limits))
    };
    for length in 6_500..7_800 {
        let (centi, asked) = near(length);
        let expected = [-300, -200, 100, 200, 300_i32].iter().any(|cut| (centi - cut).abs() <= 15);
        assert_eq!(asked, expected, "z of {centi}");
    }
    assert!(!plausibility::third_length_needed(7_000, 7_070, &limits));
    assert!(plausibility::third_length_needed(7_071, 7_000, &limits));
    assert!(plausibility::third_weight_needed(8_000, 8_021, &limits));
    assert!(!plausibility::third_weight_needed(8_000, 8_020, &limits));
}
