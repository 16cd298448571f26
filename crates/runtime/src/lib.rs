//! iris-runtime
