//! The timestamp repair against what cameras really send.
