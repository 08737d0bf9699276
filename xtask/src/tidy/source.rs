//! Telling the code of a Rust file from its comments and its string literals.
//! Owns this small lexer and the counts of lines. Must not judge what it reads.

/// A string literal and the line on which it starts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) line: usize,
    /// The text; an escape for white space is a space here.
    pub(super) text: String,
}

/// A file in layers of the same shape: what does not belong to a layer is blank there.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) code: String,
    pub(super) comments: String,
    pub(super) literals: Vec<Literal>,
}

/// Lines of one file, by kind. A line with code and a comment counts as both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineCounts {
    /// Code outside tests.
    pub(super) code: usize,
    /// Comments and documentation outside tests.
    pub(super) comments: usize,
    /// Lines of tests that are not blank.
    pub(super) tests: usize,
}

/// Reads a whole file.
pub(super) fn scan(text: &str) -> Scan {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, line: 1, out: Scan::default() };
    while lexer.peek(0).is_some() {
        lexer.step();
    }
    lexer.out
}

/// Counts the lines of a file. `all_tests` says that the whole file is test code.
pub(super) fn count_lines(text: &str, scan: &Scan, all_tests: bool) -> LineCounts {
    let tests = test_lines(&scan.code);
    let mut counts = LineCounts::default();
    let layers = text.lines().zip(scan.code.lines()).zip(scan.comments.lines());
    for (number, ((line, code), comment)) in (1..).zip(layers) {
        let is_comment = !comment.trim().is_empty();
        let is_code = if is_comment { !code.trim().is_empty() } else { !line.trim().is_empty() };
        if all_tests || tests.iter().any(|range| range.contains(&number)) {
            counts.tests += usize::from(is_code || is_comment);
        } else {
            counts.code += usize::from(is_code);
            counts.comments += usize::from(is_comment);
        }
    }
    counts
}

/// The line (from 1) of a byte of the text.
pub(super) fn line_at(text: &str, byte: usize) -> usize {
    1 + text.get(..byte).unwrap_or_default().matches('\n').count()
}

/// Where `word` stands in the text, not as a part of a longer name.
pub(super) fn find_word<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        let starts = !word.starts_with(is_name) || !before.is_some_and(is_name);
        let ends = !word.ends_with(is_name) || !after.is_some_and(is_name);
        starts && ends
    })
}

/// Whether the character may be part of a name.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The lines of each `mod tests { .. }`.
fn test_lines(code: &str) -> Vec<std::ops::RangeInclusive<usize>> {
    let mut ranges = Vec::new();
    for start in find_word(code, "mod tests") {
        let rest = code.get(start + "mod tests".len()..).unwrap_or_default();
        if !rest.trim_start().starts_with('{') {
            continue;
        }
        let mut depth = 0_usize;
        let closing = rest.char_indices().find(|&(_, c)| {
            depth += usize::from(c == '{');
            if c == '}' {
                depth = depth.saturating_sub(1);
            }
            c == '}' && depth == 0
        });
        let length = closing.map_or(rest.len(), |(at, _)| at);
        let first = line_at(code, start);
        ranges.push(first..=first + rest.get(..length).unwrap_or_default().matches('\n').count());
    }
    ranges
}

/// The layer that a character belongs to.
#[derive(Clone, Copy)]
enum Layer {
    Code,
    Comment,
    Neither,
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    out: Scan,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Takes one character into its layer; the other layers get a blank.
    fn take(&mut self, layer: Layer) {
        let Some(c) = self.peek(0) else { return };
        self.at += 1;
        self.line += usize::from(c == '\n');
        let blank = if c == '\n' { '\n' } else { ' ' };
        self.out.code.push(if matches!(layer, Layer::Code) { c } else { blank });
        self.out.comments.push(if matches!(layer, Layer::Comment) { c } else { blank });
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('/')) => self.line_comment(),
            (Some('/'), Some('*')) => self.block_comment(),
            (Some('"'), _) => self.string(),
            (Some('\''), _) => self.character_or_lifetime(),
            (Some('r'), Some('"' | '#')) if !self.inside_name() => self.raw_string(),
            _ => self.take(Layer::Code),
        }
    }

    /// Whether the character before belongs to a name; the `b` or `c` of `br".."` does not.
    fn inside_name(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.chars.get(at));
        match before(1) {
            Some('b' | 'c') => before(2).is_some_and(|&c| is_name(c)),
            other => other.is_some_and(|&c| is_name(c)),
        }
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.take(Layer::Comment);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.take(Layer::Comment);
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.take(Layer::Comment);
                }
                (None, _) => return,
                _ => {}
            }
            self.take(Layer::Comment);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        let mut text = String::new();
        self.take(Layer::Code);
        while let Some(c) = self.peek(0) {
            if c == '"' {
                break;
            }
            if c == '\\' {
                self.take(Layer::Neither);
                let escaped = self.peek(0).unwrap_or(' ');
                text.push(if matches!(escaped, 'n' | 'r' | 't' | '\n') { ' ' } else { escaped });
            } else {
                text.push(c);
            }
            self.take(Layer::Neither);
        }
        self.take(Layer::Code);
        self.out.literals.push(Literal { line, text });
    }

    fn raw_string(&mut self) {
        let line = self.line;
        self.take(Layer::Code);
        let mut hashes = 0;
        while self.peek(0) == Some('#') {
            hashes += 1;
            self.take(Layer::Code);
        }
        if self.peek(0) != Some('"') {
            return; // a raw name, `r#type`
        }
        self.take(Layer::Code);
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            if c == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                break;
            }
            text.push(c);
            self.take(Layer::Neither);
        }
        for _ in 0..=hashes {
            self.take(Layer::Code);
        }
        self.out.literals.push(Literal { line, text });
    }

    fn character_or_lifetime(&mut self) {
        let is_character = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        self.take(Layer::Code);
        if !is_character {
            return;
        }
        if self.peek(0) == Some('\\') {
            self.take(Layer::Neither);
        }
        self.take(Layer::Neither);
        while self.peek(0).is_some_and(|c| c != '\'' && c != '\n') {
            self.take(Layer::Neither);
        }
        self.take(Layer::Code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each layer keeps its own text, and every layer keeps the lines.
    #[test]
    fn layers_are_told_apart() {
        let text = concat!(
            "let a = \"one // two\"; // three \"four\"\n",
            "/* five /* six */ seven */ let b = r#\"eight \"nine\" \"#;\n",
            "let c: &'static str = br\"ten\"; let d = '\"'; let e = '\\''; // eleven\n",
            "let r#type = b'\\\\';\n",
        );
        let scan = scan(text);
        let literals: Vec<(usize, &str)> =
            scan.literals.iter().map(|literal| (literal.line, literal.text.as_str())).collect();
        assert_eq!(literals, [(1, "one // two"), (2, "eight \"nine\" "), (3, "ten")]);
        assert!(
            ["three", "four", "six", "seven", "eleven"]
                .iter()
                .all(|word| { scan.comments.contains(word) && !scan.code.contains(word) })
        );
        assert!(
            ["let b", "let c", "'static", "let e", "r#type"]
                .iter()
                .all(|word| scan.code.contains(word) && !scan.comments.contains(word))
        );
        assert_eq!(scan.code.lines().count(), 4);
        assert_eq!(scan.comments.lines().count(), 4);
    }

    /// Goal: code, comments and tests are counted once each, where they stand.
    #[test]
    fn lines_are_counted_by_kind() {
        let text = concat!(
            "//! Head.\n\nfn a() {} // both\n",
            "const B: &str = \"\n  select\n\";\n",
            "#[cfg(test)]\nmod tests {\n    // In a test.\n    fn t() { if true {} }\n\n}\n",
            "fn c() {}\n",
        );
        let counts = count_lines(text, &scan(text), false);
        assert_eq!(counts, LineCounts { code: 6, comments: 2, tests: 4 });
        let all = count_lines(text, &scan(text), true);
        assert_eq!(all, LineCounts { code: 0, comments: 0, tests: 11 });
    }

    /// Goal: a word inside a longer name is not that word.
    #[test]
    fn words_have_borders() {
        assert_eq!(find_word("HashMap MyHashMap HashMaps", "HashMap").collect::<Vec<_>>(), [0]);
        assert_eq!(find_word("x.todo!(1)", "todo!(").collect::<Vec<_>>(), [2]);
    }
}
