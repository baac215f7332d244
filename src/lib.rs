//! keyhound finds leaked API keys in source trees and in whole git histories.
//!
//! ```text
//!  source ──Blob──▶ engine ──Hit──▶ (history: who introduced it) ──Finding──▶ policy ──Verdict──▶ report
//!                   hygiene ──────────────────────────────────────Finding──┘
//! ```
//!
//! Data flows one way: a stage knows the types of the stages to its left, never their work, and nobody calls back.
//! Nothing is dropped, only judged: detectors report everything they see, `policy` labels each finding with a reason,
//! and the summary accounts for every finding and for every input that was not looked at. A secret is a type whose
//! printed form is redacted. The same input gives the same bytes out, whatever the number of threads.

pub mod archive;
pub mod atomic;
pub mod blob;
pub mod ci;
pub mod cli;
pub mod config;
pub mod content;
pub mod coverage;
pub mod engine;
pub mod exit;
pub mod finding;
pub mod git;
pub mod halt;
pub mod history;
pub mod hook;
pub mod hygiene;
pub mod online;
pub mod pipeline;
pub mod policy;
pub mod problem;
pub mod report;
pub mod rule;
pub mod source;
pub mod tally;
pub mod triage;
pub mod vectors;
