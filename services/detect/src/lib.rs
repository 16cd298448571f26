//! iris-detect
