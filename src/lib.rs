//! aiolift
