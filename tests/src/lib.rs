//! iris-tests
