//! iris-ingest
