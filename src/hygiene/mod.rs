//! Key hygiene: what is wrong with how keys are used, though none of them has leaked. Keys that are never rotated or never
//! expire, that are live in a test, that are sent over plain HTTP or in the wrong header.
//!
//! Files become [`document::Document`]s; the checks of [`FAMILIES`] look at one file, or at all of them together, and note
//! what they see. A value that is no literal is unknown, and what is unknown is no finding.

mod answers;
mod audit;
mod check;
pub mod class;
pub mod document;
mod families;
pub mod inventory;
pub mod moment;
pub mod period;
mod project;
mod settings;
pub mod words;
mod worth;

pub use answers::of_answers;
pub use audit::{Audit, Audited};
pub use check::{
    Check, Checks, Family, File, Key, Note, Notes, Run, checks, examples, find, is_made, is_of_one_file, rules,
};
pub use families::FAMILIES;
pub use project::{Kept, Past, Project};
pub use settings::{Limits, Override, Settings};
pub use worth::watched;
