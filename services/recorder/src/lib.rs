//! iris-recorder
