//! What evaluations share: footage through everything before association ([`watching`]), and through association ([`replaying`]).

pub mod replaying;
pub mod watching;
