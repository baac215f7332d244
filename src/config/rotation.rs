//! `[rotation]` of the configuration: how long keys may live, and for whom that is different.

use serde::Deserialize;

/// `[rotation]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotationToml {
    /// Days after which a key must be replaced.
    pub max_age_days: Option<u32>,
    /// Days for which a key may be valid.
    pub max_expiry_days: Option<u32>,
    /// Days for which a cryptographic key that never leaves its service may be in use.
    pub max_crypto_days: Option<u32>,
    /// Days before its end from which on an end is near.
    pub expiring_soon_days: Option<u32>,
    /// Other limits for some keys; the last that matches counts.
    #[serde(default)]
    pub limits: Vec<RotationForToml>,
}

/// `[[rotation.limits]]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotationForToml {
    /// Ids of providers.
    #[serde(default)]
    pub providers: Vec<String>,
    /// `live`, `test`, or environments as paths name them.
    #[serde(default)]
    pub environments: Vec<String>,
    /// Path patterns.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Days after which a key must be replaced.
    pub max_age_days: Option<u32>,
    /// Days for which a key may be valid.
    pub max_expiry_days: Option<u32>,
    /// Days before its end from which on an end is near.
    pub expiring_soon_days: Option<u32>,
}
