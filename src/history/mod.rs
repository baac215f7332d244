//! Packs → fresh bytes → hits per blob → who introduced them, and are they still at HEAD.
