//! What `simpul-tests` is told from the command line.

pub(crate) mod bench;
pub(crate) mod chaos;
pub(crate) mod screenshots;
pub(crate) mod story;
pub(crate) mod with_postgres;
