#![doc = include_str!("../README.md")]
#![no_std]

mod assess;
mod category;
pub mod chart;
mod child;
pub mod kms;
pub mod plausibility;
mod tables;
pub mod words;
mod zscore;

pub use assess::{Assessment, assess, assess_at};
pub use category::{
    Arm, Categories, Five, HeadForAge, LengthForAge, Nutrition, WeightForAge, nutrition_status,
};
pub use child::{Age, Child, Measures, Month, Months, Posture, Sex, Visit, completed_months};
pub use zscore::{Flags, Index, NoZ, Scores, Z, scores};
