//! iris-library
