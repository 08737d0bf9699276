//! Tests of the trust index through commands. Owns what its commands and effects look like in the
//! journal; the index by itself is tested in `verger-rules`.

pub(super) mod market;
pub(super) mod samples;
