//! Search in a village's catalogue in Chinese, French and English. Owns how names and queries are
//! folded, cut into terms and ranked; must not read the store and knows no goods, only texts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use unicode_normalization::UnicodeNormalization;

/// More of a query than this is not looked at: nobody types it, and the work stays bounded.
pub const QUERY_CHARS_MAX: usize = 200;

/// A number is joined to the word behind it when that word is short enough to be a unit.
const UNIT_CHARS_MAX: usize = 4;

/// Latin words match by their beginning from this many letters on.
const PREFIX_CHARS_MIN: usize = 2;

/// A word and its plural are the same word from this many letters on, so that `as` is not `a`.
const SINGULAR_CHARS_MIN: usize = 3;

/// What French and English put behind a word to make it plural.
const PLURAL_ENDINGS: [&str; 3] = ["s", "es", "x"];

/// The terms of some entries, ready to be searched.
///
/// ```
/// use verger_app::search::Index;
///
/// let index = Index::new([
///     (1, vec!["湖景蜜桃 2.5kg", "Pêches Hujing 2,5 kg", "Hujing peach box 2.5kg"]),
///     (2, vec!["菜籽油 5L", "bouteille d'huile de colza", "rapeseed oil 5 L"]),
/// ]);
/// assert_eq!(index.search("蜜桃", 10), [1]);
/// assert_eq!(index.search("peche", 10), [1]);
/// assert_eq!(index.search("HUILE colza", 10), [2]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
    /// Every term with the entries that hold it. Ordered, so that a prefix is a range.
    terms: BTreeMap<String, Vec<Posting>>,
}

/// What the ranking needs to know of an entry.
#[derive(Clone, Copy, Debug)]
struct Entry {
    id: u128,
    length_chars: usize,
}

/// One entry that holds a term.
#[derive(Clone, Copy, Debug)]
struct Posting {
    /// Its place in [`Index::entries`].
    entry: usize,
    place: Place,
}

/// Where a term stands in an entry. The better place is the smaller one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// Whether what was asked for is only a part of the word that stands there.
    is_part: bool,
    /// The number of the text: names come first.
    text: usize,
}

/// How well an entry answers a whole query. The better one is the smaller one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    parts: usize,
    texts: usize,
}

impl Score {
    /// The score with one more term, found at `place`.
    fn with(self, place: Place) -> Self {
        Self {
            parts: self.parts.saturating_add(usize::from(place.is_part)),
            texts: self.texts.saturating_add(place.text),
        }
    }
}

impl Index {
    /// An index of entries: the id of each and its texts, the names first, since a word found in
    /// an earlier text counts for more.
    pub fn new<'a>(entries: impl IntoIterator<Item = (u128, Vec<&'a str>)>) -> Self {
        let mut index = Self::default();
        for (id, texts) in entries {
            index.add(id, &texts);
        }
        index
    }

    fn add(&mut self, id: u128, texts: &[&str]) {
        let entry = self.entries.len();
        let mut length_chars = 0_usize;
        let mut places: BTreeMap<String, Place> = BTreeMap::new();
        for (text, content) in texts.iter().enumerate() {
            let pieces = pieces(content, usize::MAX);
            for piece in &pieces {
                length_chars = length_chars.saturating_add(piece.text.chars().count());
            }
            for (term, is_part) in terms_of(&pieces) {
                let place = Place { is_part, text };
                let best = places.entry(term).or_insert(place);
                *best = place.min(*best);
            }
        }
        self.entries.push(Entry { id, length_chars });
        for (term, place) in places {
            self.terms.entry(term).or_default().push(Posting { entry, place });
        }
    }

    /// The ids of at most `limit` entries that hold every word of the query, best first.
    ///
    /// Whole words come before beginnings of words, earlier texts before later ones, short entries
    /// before long ones, and small ids before large ones. A query without a letter, a digit or a
    /// Chinese character finds nothing.
    pub fn search(&self, query: &str, limit: usize) -> Vec<u128> {
        let terms = wanted(&pieces(query, QUERY_CHARS_MAX));
        if terms.is_empty() {
            return Vec::new();
        }
        let mut scores = vec![Some(Score::default()); self.entries.len()];
        for term in &terms {
            let places = self.places(term);
            for (score, place) in scores.iter_mut().zip(places) {
                *score = score.zip(place).map(|(score, place)| score.with(place));
            }
        }
        let mut found: Vec<(Score, usize, u128)> = (self.entries.iter().zip(scores))
            .filter_map(|(entry, score)| Some((score?, entry.length_chars, entry.id)))
            .collect();
        found.sort_unstable();
        let mut seen = BTreeSet::new();
        let ids = found.into_iter().map(|(_, _, id)| id);
        ids.filter(|id| seen.insert(*id)).take(limit).collect()
    }

    /// The best place of a term in each entry.
    fn places(&self, term: &str) -> Vec<Option<Place>> {
        let mut places = vec![None; self.entries.len()];
        if term.chars().any(is_han) {
            // Every character and every pair stands in the index; a pair that begins with what was
            // asked for says nothing new.
            self.note(term, false, &mut places);
            return places;
        }
        let behind = self.terms.range::<str, _>((Bound::Included(term), Bound::Unbounded));
        for (longer, postings) in behind.take_while(|(longer, _)| longer.starts_with(term)) {
            match closeness(term, longer) {
                Closeness::Same => note(postings, false, &mut places),
                Closeness::Beginning => note(postings, true, &mut places),
                Closeness::Other => {}
            }
        }
        for singular in singulars(term) {
            self.note(singular, false, &mut places);
        }
        places
    }

    fn note(&self, term: &str, is_part: bool, places: &mut [Option<Place>]) {
        if let Some(postings) = self.terms.get(term) {
            note(postings, is_part, places);
        }
    }
}

/// Keeps the better of what is known and what these postings say.
fn note(postings: &[Posting], is_part: bool, places: &mut [Option<Place>]) {
    for posting in postings {
        let place = Place { is_part: is_part || posting.place.is_part, ..posting.place };
        if let Some(known) = places.get_mut(posting.entry) {
            *known = Some(known.map_or(place, |known| known.min(place)));
        }
    }
}

/// What a term that begins with the one asked for has to do with it.
enum Closeness {
    Same,
    Beginning,
    Other,
}

fn closeness(asked: &str, term: &str) -> Closeness {
    let rest = term.strip_prefix(asked).unwrap_or_default();
    let is_number = asked.starts_with(|c: char| c.is_numeric());
    let letters = asked.chars().count();
    if rest.is_empty() {
        return Closeness::Same;
    }
    if is_number {
        // 5 is not the beginning of 50 or of 5.5, but it is of 5kg.
        let goes_on = rest.starts_with(|c: char| c.is_numeric() || c == '.');
        return if goes_on { Closeness::Other } else { Closeness::Beginning };
    }
    if letters >= SINGULAR_CHARS_MIN && PLURAL_ENDINGS.contains(&rest) {
        return Closeness::Same;
    }
    if letters >= PREFIX_CHARS_MIN { Closeness::Beginning } else { Closeness::Other }
}

/// What a word may be the plural of.
fn singulars(word: &str) -> impl Iterator<Item = &str> {
    let without = PLURAL_ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending));
    without.filter(|singular| singular.chars().count() >= SINGULAR_CHARS_MIN)
}

/// A run of Chinese characters, or a run of other letters and digits, after folding.
#[derive(Debug, Default, PartialEq, Eq)]
struct Piece {
    text: String,
    is_han: bool,
    /// What stands before it.
    gap: Gap,
}

impl Piece {
    fn is_number(&self) -> bool {
        !self.text.is_empty() && self.text.chars().all(|c| c.is_numeric() || c == '.')
    }
}

/// What stands between two pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    Nothing,
    Space,
    Other,
}

impl Gap {
    fn and(self, c: char) -> Self {
        if self == Self::Nothing && c.is_whitespace() { Self::Space } else { Self::Other }
    }
}

/// The text in the one form that all its spellings share: compatibility forms (full-width letters,
/// units written as one sign) spelt out, no accents, lower case, ligatures as two letters.
fn fold(text: &str) -> impl Iterator<Item = char> {
    let bare = text.nfkd().filter(|c| !is_accent(*c));
    bare.flat_map(char::to_lowercase)
        .flat_map(|c| {
            let (first, second) = match c {
                'œ' => ('o', Some('e')),
                'æ' => ('a', Some('e')),
                'ß' => ('s', Some('s')),
                'ø' => ('o', None),
                'ł' => ('l', None),
                'đ' => ('d', None),
                '’' | '‘' | 'ʼ' | '`' => ('\'', None),
                other => (other, None),
            };
            std::iter::once(first).chain(second)
        })
        // Lower case may bring an accent back, as that of İ does.
        .filter(|c| !is_accent(*c))
}

/// The marks that decomposing a Latin letter leaves behind.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Whether a character is Chinese writing, where no space stands between words.
fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Cuts a text into runs of Chinese characters and words.
fn pieces(text: &str, chars_max: usize) -> Vec<Piece> {
    let folded: Vec<char> = fold(text).take(chars_max).collect();
    let mut pieces = Vec::new();
    let mut open = Piece::default();
    for (at, &c) in folded.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| folded.get(before)).copied();
        let after = at.checked_add(1).and_then(|after| folded.get(after)).copied();
        let is_between =
            |kind: fn(char) -> bool| before.is_some_and(kind) && after.is_some_and(kind);
        if is_han(c) || c.is_alphanumeric() {
            if open.is_han != is_han(c) && !open.text.is_empty() {
                pieces.push(std::mem::take(&mut open));
            }
            open.is_han = is_han(c);
            open.text.push(c);
        } else if matches!(c, '.' | ',') && is_between(char::is_numeric) {
            // A Frenchman writes 2,5 kg.
            open.text.push('.');
        } else if c == '\'' && is_between(char::is_alphabetic) && !open.is_han {
            if is_elided(&open.text) {
                open = Piece { gap: Gap::Other, ..Piece::default() };
            }
        } else {
            let gap = if open.text.is_empty() { open.gap } else { Gap::Nothing };
            if !open.text.is_empty() {
                pieces.push(std::mem::take(&mut open));
            }
            open.gap = gap.and(c);
        }
    }
    if !open.text.is_empty() {
        pieces.push(open);
    }
    pieces
}

/// Whether this, before an apostrophe, is an article that lost its vowel, as in `d'huile`.
fn is_elided(word: &str) -> bool {
    word == "qu" || word.chars().count() == 1
}

/// Each piece with the one behind it.
fn with_next(pieces: &[Piece]) -> impl Iterator<Item = (&Piece, Option<&Piece>)> {
    pieces.iter().zip(pieces.iter().skip(1).map(Some).chain([None]))
}

/// The terms under which a text is found, and for each whether it is only a part of a word.
fn terms_of(pieces: &[Piece]) -> Vec<(String, bool)> {
    let mut terms = Vec::new();
    for (piece, next) in with_next(pieces) {
        if piece.is_han {
            let run: Vec<char> = piece.text.chars().collect();
            terms.extend(run.iter().map(|c| (c.to_string(), run.len() > 1)));
            terms.extend(run.windows(2).map(|pair| (pair.iter().collect(), run.len() > 2)));
            continue;
        }
        if let Some((number, unit)) = number_and_unit(&piece.text) {
            terms.push((number.to_owned(), true));
            terms.push((unit.to_owned(), true));
        }
        if let Some(next) = next.filter(|next| next.gap != Gap::Other)
            && let Some(joined) = join(piece, next)
        {
            terms.push((joined, false));
        }
        terms.push((piece.text.clone(), false));
    }
    terms
}

/// The terms that an entry must hold to answer a query, each once.
fn wanted(pieces: &[Piece]) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    for (piece, next) in with_next(pieces) {
        if piece.is_han {
            let run: Vec<char> = piece.text.chars().collect();
            // A pair holds its characters, so a character is asked for only when it is alone.
            if let [alone] = run.as_slice() {
                terms.insert(alone.to_string());
            }
            terms.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
            continue;
        }
        let glued = next.filter(|next| next.gap == Gap::Nothing && next.is_han);
        let joined = glued.and_then(|next| join(piece, next));
        terms.insert(joined.unwrap_or_else(|| piece.text.clone()));
    }
    terms
}

/// `2.5` and `kg` of `2.5kg`; nothing for a word that is not a number with letters behind it.
fn number_and_unit(word: &str) -> Option<(&str, &str)> {
    let at = word.find(|c: char| !c.is_numeric() && c != '.')?;
    let (number, unit) = word.split_at(at);
    let is_unit = unit.chars().all(char::is_alphabetic);
    (!number.is_empty() && is_unit).then_some((number, unit))
}

/// A number with its unit as one term: `5` and `斤`, `2.5` and `kg`.
fn join(number: &Piece, unit: &Piece) -> Option<String> {
    if !number.is_number() {
        return None;
    }
    if unit.is_han {
        return unit.text.chars().next().map(|first| format!("{}{first}", number.text));
    }
    let is_unit =
        unit.text.chars().all(char::is_alphabetic) && unit.text.chars().count() <= UNIT_CHARS_MAX;
    is_unit.then(|| format!("{}{}", number.text, unit.text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index as Choice;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;

    /// Names as the demo village has them: Chinese, French, English, category, code.
    const CATALOGUE: [(u128, [&str; 5]); 14] = [
        (1, ["湖景蜜桃", "pêche Hujing", "Hujing peach", "fresh", "peach-hujing"]),
        (
            2,
            [
                "湖景蜜桃礼盒 2.5kg",
                "caisse de pêches Hujing, 2,5 kg",
                "Hujing peach box 2.5kg",
                "fresh",
                "box-2.5",
            ],
        ),
        (
            3,
            [
                "黄桃果酱 280g",
                "confiture de pêches jaunes 280 g",
                "yellow peach jam 280 g",
                "food",
                "peach-jam",
            ],
        ),
        (
            4,
            [
                "菜籽油 5L",
                "bouteille d'huile de colza 5 L",
                "rapeseed oil 5 L",
                "household",
                "oil-5",
            ],
        ),
        (
            5,
            [
                "山茶油 500ml",
                "huile de camélia 500 ml",
                "camellia oil 500 ml",
                "food",
                "camellia-oil",
            ],
        ),
        (6, ["土鸡蛋 30枚", "œufs fermiers, 30", "free-range eggs, 30", "fresh", "eggs-30"]),
        (7, ["棉被 8斤", "couette en coton 4 kg", "cotton quilt 4 kg", "household", "quilt"]),
        (8, ["大米 25kg", "riz 25 kg", "rice 25 kg", "household", "rice-25"]),
        (
            9,
            [
                "桃树苗(锦绣,2年)",
                "jeune pêcher, 2 ans",
                "peach sapling, 2 years",
                "farm input",
                "peach-sapling",
            ],
        ),
        (
            10,
            [
                "复合肥15-15-15 40kg",
                "engrais composé 40 kg",
                "compound fertiliser 40 kg",
                "farm input",
                "fert-compound-40",
            ],
        ),
        (
            11,
            [
                "小鸡开口料 40kg",
                "aliment pour poussins 40 kg",
                "chick starter feed 40 kg",
                "feed",
                "feed-starter-40",
            ],
        ),
        (12, ["中油4号", "nectarine Zhongyou 4", "Zhongyou 4 nectarine", "fresh", "zhongyou4"]),
        (
            13,
            [
                "散养土鸡(只,约1.9kg)",
                "poulet fermier, environ 1,9 kg",
                "free-range chicken, about 1.9 kg",
                "fresh",
                "chicken-live",
            ],
        ),
        (
            14,
            [
                "宣恩火腿 5斤",
                "jambon de Xuan'en 2,5 kg",
                "Xuan'en ham 2.5 kg",
                "food",
                "ham-xuanen",
            ],
        ),
    ];

    fn catalogue() -> Index {
        Index::new(CATALOGUE.map(|(id, texts)| (id, texts.to_vec())))
    }

    /// Compares what each query finds with what it should, in that order.
    fn check(cases: &[(&str, &[u128])]) {
        let index = catalogue();
        for (query, expected) in cases {
            assert_eq!(index.search(query, 20), *expected, "{query}");
        }
    }

    /// Goal: Chinese is found by any two neighbouring characters, and by a single one.
    #[test]
    fn chinese_is_found_by_pairs_and_single_characters() {
        check(&[
            ("湖景蜜桃", &[1, 2]),
            ("景蜜", &[1, 2]),
            ("蜜桃礼盒", &[2]),
            ("桃", &[1, 9, 3, 2]),
            ("油", &[4, 12, 5]),
            ("桃湖", &[]),
            ("桃 酱", &[3]),
            ("鸡蛋", &[6]),
        ]);
    }

    /// Goal: accents, capitals, ligatures, full-width forms and apostrophes make no difference.
    #[test]
    fn spellings_are_folded() {
        check(&[
            ("pêche", &[1, 3, 2, 9]),
            ("peche", &[1, 3, 2, 9]),
            ("PÊCHE", &[1, 3, 2, 9]),
            ("pe\u{302}che", &[1, 3, 2, 9]),
            ("Ｐｅａｃｈ　ｂｏｘ", &[2]),
            ("oeuf", &[6]),
            ("ŒUFS", &[6]),
            ("d’huile", &[4, 5]),
            ("huile", &[4, 5]),
            ("bouteille d'huile", &[4]),
            ("xuanen", &[14]),
            ("Xuan’en", &[14]),
        ]);
    }

    /// Goal: Latin words match by their beginning from two letters on, and in both numbers.
    #[test]
    fn latin_words_match_by_prefix_and_plural() {
        check(&[
            ("pea", &[1, 9, 3, 2]),
            ("peaches", &[1, 9, 3, 2]),
            ("egg", &[6]),
            ("zh", &[12]),
            ("p", &[]),
            ("each", &[]),
            ("rices", &[8]),
        ]);
    }

    /// Goal: a number with its unit is found as typed, glued or apart, and no other number is.
    #[test]
    fn numbers_match_as_typed() {
        check(&[
            ("2.5kg", &[2, 14]),
            ("2,5 kg", &[14, 2]),
            ("２．５ｋｇ", &[2, 14]),
            ("2.5㎏", &[2, 14]),
            ("2.5k", &[2, 14]),
            ("5斤", &[14]),
            ("8 斤", &[7]),
            ("5kg", &[]),
            ("25", &[8]),
            ("4号", &[12]),
            ("油4号", &[12]),
            ("500ml", &[5]),
            ("30枚", &[6]),
        ]);
    }

    /// Goal: every word must stand somewhere in the entry, in whichever language.
    #[test]
    fn all_words_must_match() {
        check(&[
            ("peach 2.5kg", &[2]),
            ("桃 jam", &[3]),
            ("confiture yellow 桃", &[3]),
            ("peach rice", &[]),
            ("peach-jam", &[3]),
            ("40kg feed", &[11]),
        ]);
    }

    /// Goal: a query without anything to look for finds nothing, and the limit holds.
    #[test]
    fn blank_queries_find_nothing() {
        check(&[("", &[]), ("  \t　", &[]), ("-- '… ×", &[]), ("\u{302}", &[])]);
        assert_eq!(catalogue().search("桃", 2), [1, 9]);
        assert_eq!(catalogue().search("桃", 0), [0_u128; 0]);
        assert_eq!(Index::default().search("桃", 5), [0_u128; 0]);
    }

    /// Goal: whole words first, then names, then short entries, then small ids.
    #[test]
    fn ranking_is_as_documented() {
        let index = Index::new([
            (60, vec!["peachy cream"]),
            (50, vec!["jam", "peach"]),
            (40, vec!["big peach jam"]),
            (31, vec!["peach jam"]),
            (30, vec!["peach jam"]),
            (20, vec!["jam", "jar", "peach"]),
        ]);
        assert_eq!(index.search("peach", 9), [30, 31, 40, 50, 20, 60]);
    }

    /// Goal: an id that was given twice is answered once.
    #[test]
    fn an_id_is_answered_once() {
        let index = Index::new([(7, vec!["藤茶"]), (7, vec!["vine tea 藤茶"])]);
        assert_eq!(index.search("藤茶", 9), [7]);
    }

    /// Goal: a query of any length is answered, and what is behind the limit is not looked at.
    #[test]
    fn long_queries_are_cut() {
        let long = "桃".repeat(QUERY_CHARS_MAX) + " jam";
        assert_eq!(Index::new([(1, vec!["桃桃"])]).search(&long, 9), [1]);
    }

    /// Names made of Chinese characters with other things between them.
    fn names() -> impl Strategy<Value = Vec<String>> {
        let name =
            "([桃蜜湖景油茶鸡蛋米𠮷々\u{4e00}-\u{4e20}]{1,6}|[ (),×0-9]{1,3}|[a-zé'.]{1,5}){1,6}";
        proptest::collection::vec(name, 1..12)
    }

    /// Goal: two or more neighbouring Chinese characters of a name always find its entry.
    #[test]
    fn a_piece_of_a_chinese_name_finds_it() {
        let config = Config { failure_persistence: None, ..Config::with_cases(512) };
        let pick = (names(), any::<Choice>(), any::<Choice>(), any::<Choice>());
        let outcome = TestRunner::new(config).run(&pick, |(names, entry, start, length)| {
            let index = Index::new((0..).zip(names.iter().map(|name| vec!["x", name.as_str()])));
            let entry = entry.index(names.len());
            let runs: Vec<Vec<char>> = (names[entry].split(|c| !is_han(c)))
                .map(|run| run.chars().collect())
                .filter(|run: &Vec<char>| run.len() >= 2)
                .collect();
            for run in runs {
                let start = start.index(run.len() - 1);
                let length = 2 + length.index(run.len() - start - 1);
                let query: String = run[start..start + length].iter().collect();
                let found = index.search(&query, names.len());
                prop_assert!(found.contains(&u128::try_from(entry)?), "{query} in {names:?}");
            }
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Goal: any query is answered without a panic, with known ids, each once, and the same twice.
    #[test]
    fn any_query_is_answered() {
        let config = Config { failure_persistence: None, ..Config::with_cases(512) };
        let outcome = TestRunner::new(config).run(&(names(), ".{0,30}"), |(names, query)| {
            let index = Index::new((0..).zip(names.iter().map(|name| vec![name.as_str()])));
            let found = index.search(&query, 8);
            let known: BTreeSet<u128> = found.iter().copied().collect();
            prop_assert_eq!(known.len(), found.len());
            prop_assert_eq!(found, index.search(&query, 8));
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{error}"));
    }
}
