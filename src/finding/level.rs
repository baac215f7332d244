//! The three scales of a finding: how bad, how sure, and for which environment.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! scale {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, lowest first.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word used in rules, options and reports.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(s: &str) -> Result<Self, String> {
                match s {
                    $($word => Ok($name::$variant),)+
                    other => Err(format!("'{other}' is not one of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

scale! {
    /// How much harm the leak of such a key does.
    Severity {
        /// Little harm: test keys, identifiers.
        Low = "low",
        /// Limited harm.
        Medium = "medium",
        /// Access to data or money.
        High = "high",
        /// Control of an account or of production.
        Critical = "critical",
    }
}

scale! {
    /// How sure keyhound is that a match is a real key.
    Confidence {
        /// Looks like one.
        Low = "low",
        /// The format fits.
        Medium = "medium",
        /// Format and proof agree.
        High = "high",
    }
}

scale! {
    /// The environment that a key opens, as its format tells.
    Environment {
        /// The format does not tell.
        Unknown = "unknown",
        /// A sandbox.
        Test = "test",
        /// Production.
        Live = "live",
    }
}
