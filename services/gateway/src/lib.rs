//! iris-gateway
