//! Verdicts on policies: what they rest on, and how they are told.

mod report;
