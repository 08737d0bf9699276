//! Seeded villages, load, faults and checkers that drive the real commands. Owns what tests, demos
//! and benches have in common; must not use the machine's randomness, nor its clock for decisions.

pub mod attack;
pub mod browser;
pub mod crawl;
pub mod demo;
pub mod http;
pub mod load;
pub mod market_load;
pub mod orchard;
pub mod postgres;
pub mod season;
pub mod temp;
pub mod trust_load;
pub mod trust_replay;
pub mod vectors;
pub mod village;
pub mod villages;
