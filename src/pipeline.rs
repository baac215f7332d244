//! A whole run on one screen: wires the stages.
