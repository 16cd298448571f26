//! iris-media
