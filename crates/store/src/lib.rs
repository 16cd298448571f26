//! iris-store
