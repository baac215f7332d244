//! Going through findings one by one: what a person sees, presses and decides.
//!
//! [`Triage`] is the whole of it as a state that keys move; it touches neither terminal nor file, so that a test can press
//! keys. [`draw`] is a pure function of it, `screen` the one place that knows the terminal. What is decided leaves as
//! [`Decision`]s, and whoever started it writes them down.

mod draw;
mod form;
mod screen;
mod state;

pub use draw::{Look, draw};
pub use screen::{open, run};
pub use state::{Decision, Item, Leave, Options, Press, Triage};
