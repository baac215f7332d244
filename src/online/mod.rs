//! Asks providers about keys, and revokes them. Nothing here runs unless a person asked for it by name.
//!
//! ```text
//! finding ─▶ attribute (whose key is it?) ─▶ request (from the rule's table) ─▶ pace ─▶ client ─▶ answer ─▶ Asked
//! ```
//!
//! A key goes to the provider that its format or its context proves, and to nobody else; only the documented answer
//! proves anything; and `client` is the one file that can reach a network.

mod address;
mod answer;
mod attribute;
mod aws;
mod client;
mod endpoint;
mod pace;
mod receipt;
pub mod request;
mod revoke;
mod verify;

pub use address::is_internal;
pub use answer::{Answer, judge};
pub use attribute::{Attribution, Held, attribute, beside};
pub use client::{Client, Limits};
pub use endpoint::{Endpoint, Endpoints};
pub use pace::{Clock, Pace, SystemClock};
pub use receipt::{Entry, Event, Receipt, ReceiptError, State};
pub use request::{Body, Failure, Request, Transport, Values};
pub use revoke::{Outcome, Planned, Revoker, by_provider};
pub use verify::{Verifier, request};
