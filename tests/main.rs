//! All integration tests link into one binary.

mod cache;
#[cfg(unix)]
mod ci;
mod cli;
#[cfg(target_os = "linux")]
mod docs;
mod encodings;
#[cfg(target_os = "linux")]
mod faults;
mod gitleaks;
mod history;
#[cfg(unix)]
mod hooks;
mod hygiene;
mod inventory;
mod leaks;
mod odd_documents;
mod online;
mod ranges;
mod readme;
mod reports;
mod rules;
mod secrecy;
mod statements;
mod triage;
