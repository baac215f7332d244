//! `keyhound.toml`: found upwards from the scanned path, loaded with errors that name file, line and the nearest key.
