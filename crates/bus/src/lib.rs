//! iris-bus
