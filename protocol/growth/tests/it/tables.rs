//! The packed tables are the published ones, to the last digit.

use sha2::{Digest, Sha256};

const TABLES: [(&str, &[u8]); 10] = [
    ("wfa", include_bytes!("../../tables/wfa.lms")),
    ("lhfa", include_bytes!("../../tables/lhfa.lms")),
    ("bfa", include_bytes!("../../tables/bfa.lms")),
    ("hcfa", include_bytes!("../../tables/hcfa.lms")),
    ("acfa", include_bytes!("../../tables/acfa.lms")),
    ("wfl", include_bytes!("../../tables/wfl.lms")),
    ("wfh", include_bytes!("../../tables/wfh.lms")),
    ("wfa_2007", include_bytes!("../../tables/wfa_2007.lms")),
    ("hfa_2007", include_bytes!("../../tables/hfa_2007.lms")),
    ("bfa_2007", include_bytes!("../../tables/bfa_2007.lms")),
];

#[test]
fn no_figure_of_the_tables_has_moved() {
    let mut digest = Sha256::new();
    for (name, bytes) in TABLES {
        digest.update(name);
        digest.update(bytes);
    }
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "21bd8499240b2381b7a170d1b4b82c84a45be993a7605278ea22d065815c9564");
}
