//! Where the reports of a command go, and which of them would get in each other's way.

use super::output::{Target, To};
use super::shape::Reports;
use crate::report::Format;
use clap::error::ErrorKind;

impl Reports {
    /// What clap cannot check.
    pub fn check(&self) -> Result<(), clap::Error> {
        let refuse = |text: String| Err(clap::Error::raw(ErrorKind::ArgumentConflict, format!("{text}\n")));
        let targets = self.targets();
        if self.show_secrets
            && let Some(target) = targets.iter().find(|target| !target.format.may_show_secrets())
        {
            return refuse(format!(
                "--show-secrets is refused with {}: such reports are uploaded to services, and handed around",
                target.format
            ));
        }
        for (i, target) in targets.iter().enumerate() {
            if targets[..i].iter().any(|earlier| earlier.to == target.to && is_one_place(&target.to)) {
                let place = match &target.to {
                    To::Stdout => "standard output".to_owned(),
                    To::File(path) => path.display().to_string(),
                };
                return refuse(format!("two reports would be written to {place}"));
            }
        }
        Ok(())
    }

    /// Every report that was asked for.
    pub fn targets(&self) -> Vec<Target> {
        let reports = self;
        let named = || reports.output.as_deref().and_then(Format::of_path);
        let first = Target {
            format: reports.format.or_else(named).unwrap_or_default(),
            to: reports.output.as_deref().map_or(To::Stdout, To::file),
        };
        std::iter::once(first).chain(reports.more.iter().cloned()).collect()
    }
}

/// Devices such as `/dev/null` take any number of reports.
fn is_one_place(to: &To) -> bool {
    !matches!(to, To::File(path) if path.starts_with("/dev"))
}
