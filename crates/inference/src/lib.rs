//! iris-inference
