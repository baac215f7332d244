//! Parse, run, exit.

use keyhound::cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::hush_panics();
    match cli::parse(std::env::args_os()) {
        Ok(command) => cli::run(command),
        Err(usage) => cli::refuse(&usage),
    }
}
