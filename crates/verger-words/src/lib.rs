//! What Verger says to people, in Chinese, French and English: sentences, the explanation of trust and
//! credit in words, and figures as pictures. Owns the texts of all pages, slips and refusals. Must not
//! know HTTP, nor decide anything.

pub mod chart;
pub mod credit;
pub mod text;
pub mod trust;
