//! iris-proto
