//! The statistics of verdicts. Every formula names its source; all are checked against published
//! numbers and scipy.
//!
//! Two kinds of evidence. Statistics of a sample whose size was fixed beforehand ([`interval`]) may
//! be looked at once. E-values ([`betting`], [`paired`]) may be looked at after every seed, and
//! the run stopped or extended as one likes: under the null hypothesis the chance that an e-value
//! *ever* reaches 1/α is at most α (Ville 1939; Ramdas, Grünwald, Vovk & Shafer, "Game-Theoretic
//! Statistics and Safe Anytime-Valid Inference", Statistical Science 38, 2023).

pub mod betting;
pub mod holm;
pub mod interval;
pub mod order;
pub mod paired;
pub mod power;
pub mod special;
