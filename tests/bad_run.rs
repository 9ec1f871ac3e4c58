//! bad_run
