//! The lists of households and ties: read from a folder, or generated in the same shape. Owns their
//! form; where they come from is told by whoever has them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::season::dice::Dice;

/// Villages, households and ties that are generated where there are no lists: as many as in the
/// survey of A. Banerjee and others, "The Diffusion of Microfinance", Science 341 (2013): 38
/// villages of 227 households in the mean, each tied with 9 others.
const VILLAGES: u32 = 38;
const HOUSEHOLDS: std::ops::RangeInclusive<i64> = 139..=315;
/// Ties that a household begins; it is found by as many.
const TIES: u32 = 5;

/// Households and the ties between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists {
    /// A list with the columns `village` and `hh`.
    pub households: Vec<u8>,
    /// Pairs of households, each pair once.
    pub ties: BTreeSet<(String, String)>,
}

/// A list that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListsError {
    /// The file is not there or not open to us.
    #[error("{file} cannot be read: {source}")]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not two codes.
    #[error("{file}, line {line}: a tie is two codes of households")]
    Tie {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}

impl Lists {
    /// Reads `households.csv` and `edges.txt` of a folder; each tie may stand there both ways.
    ///
    /// # Errors
    /// [`ListsError`].
    pub fn read(folder: &Path) -> Result<Self, ListsError> {
        let file = |name: &str| {
            let file = folder.join(name);
            let read = std::fs::read(&file);
            read.map(|bytes| (file.clone(), bytes))
                .map_err(|source| ListsError::File { file, source })
        };
        let (_, households) = file("households.csv")?;
        let (edges, bytes) = file("edges.txt")?;
        let mut ties = BTreeSet::new();
        for (line, text) in (1_usize..).zip(String::from_utf8_lossy(&bytes).lines()) {
            let mut codes = text.split_whitespace();
            match (codes.next(), codes.next(), codes.next()) {
                (Some(one), Some(other), None) => {
                    let (one, other) = if one < other { (one, other) } else { (other, one) };
                    ties.insert((one.to_owned(), other.to_owned()));
                }
                (None, ..) => {}
                _ => return Err(ListsError::Tie { file: edges, line }),
            }
        }
        Ok(Self { households, ties })
    }

    /// Villages as they might be: most ties are with those who live near, some with anybody.
    pub fn generated(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let (mut households, mut ties) = ("village,hh\n".to_owned(), BTreeSet::new());
        for village in 1..=VILLAGES {
            let count = dice.between(*HOUSEHOLDS.start(), *HOUSEHOLDS.end());
            let code = |place: i64| format!("{}", i64::from(village) * 1_000 + place + 1);
            for place in 0..count {
                writeln!(households, "{village},{}", code(place)).expect("a text takes all");
                for _ in 0..TIES {
                    let is_near = !dice.permille(200);
                    let reach = if is_near { 8 } else { count - 1 };
                    let other = (place + dice.between(1, reach)).rem_euclid(count);
                    let (one, other) = (code(place.min(other)), code(place.max(other)));
                    ties.insert((one, other));
                }
            }
        }
        Self { households: households.into_bytes(), ties }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temp::TempFolder;

    /// Goal: generated villages have the size of real ones, and a seed is a set of villages.
    #[test]
    fn generated_lists_look_real() {
        let lists = Lists::generated(1);
        let rows = String::from_utf8(lists.households.clone()).unwrap().lines().count() - 1;
        assert!((7_000..10_000).contains(&rows), "{rows}");
        assert!((30_000..50_000).contains(&lists.ties.len()), "{}", lists.ties.len());
        assert!(lists.ties.iter().all(|(one, other)| one != other));
        assert_eq!(Lists::generated(1), lists);
        assert_ne!(Lists::generated(2), lists);
    }

    /// Goal: a tie that stands there both ways is one tie; a wrong line is told.
    #[test]
    fn folders_are_read() {
        let folder = TempFolder::new().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("households.csv", "hh,village\n1001,1\n");
        write("edges.txt", "1001  1002\n1002  1001\n\n1003 1001\n");
        let lists = Lists::read(folder.path()).unwrap();
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(lists.ties, [pair("1001", "1002"), pair("1001", "1003")].into());
        write("edges.txt", "1001 1002\n1001\n");
        let error = Lists::read(folder.path()).unwrap_err();
        assert!(matches!(error, ListsError::Tie { line: 2, .. }), "{error}");
    }
}
