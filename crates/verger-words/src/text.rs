//! The languages: words, sentences, money and moments as people read them. Owns the Fluent files;
//! must not decide which sentence is said.

use std::fmt::Write as _;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;
use verger_app::clock::Calendar;
use verger_domain::money::{Currency, Money};
use verger_domain::time::{Date, Instant};

/// A language of the pages and of the API's sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// Simplified Chinese.
    ZhCn,
    /// French.
    Fr,
    /// English.
    En,
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[Bundle; 3]> = LazyLock::new(|| Lang::ALL.map(bundle));

fn bundle(lang: Lang) -> Bundle {
    let id: LanguageIdentifier = lang.tag().parse().expect("the three tags are well formed");
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // The isolating marks of Fluent show as boxes on old phones; all our scripts run left to right.
    bundle.set_use_isolating(false);
    let resource = match FluentResource::try_new(lang.source().to_owned()) {
        Ok(resource) => resource,
        Err((resource, errors)) => {
            tracing::error!(lang = lang.tag(), ?errors, "a language file has faults");
            resource
        }
    };
    bundle.add_resource_overriding(resource);
    bundle
}

/// The files of a language, one after the other; every language has all of them.
macro_rules! files {
    ($tag:literal) => {
        concat!(
            include_str!(concat!("../text/", $tag, "/main.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/cooperative.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/market.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/reports.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/store.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/session.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/trust.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/credit.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/counter.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/console.ftl")),
            "\n",
            include_str!(concat!("../text/", $tag, "/villager.ftl")),
        )
    };
}

impl Lang {
    /// All languages, in the order of the foot of each page.
    pub const ALL: [Self; 3] = [Self::ZhCn, Self::Fr, Self::En];

    /// The tag in addresses and headers.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The language's name for itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::ZhCn => "中文",
            Self::Fr => "Français",
            Self::En => "English",
        }
    }

    /// The language's files, as they stand in the repository, one after the other.
    pub const fn source(self) -> &'static str {
        match self {
            Self::ZhCn => files!("zh-CN"),
            Self::Fr => files!("fr"),
            Self::En => files!("en"),
        }
    }

    /// The language with this tag.
    pub fn by_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.tag() == tag)
    }

    /// The language a client prefers among ours, by the header `Accept-Language`; English when he says
    /// nothing we know.
    pub fn preferred(wishes: Option<&str>) -> Self {
        let mut best = (0_u32, Self::En);
        for wish in wishes.unwrap_or_default().split(',').take(20) {
            let (tag, quality) = wish.split_once(";q=").unwrap_or((wish, "1"));
            let lang = match tag.trim().get(..2).map(str::to_ascii_lowercase).as_deref() {
                Some("zh") => Self::ZhCn,
                Some("fr") => Self::Fr,
                Some("en") => Self::En,
                _ => continue,
            };
            let quality = thousandths(quality.trim());
            if quality > best.0 {
                best = (quality, lang);
            }
        }
        best.1
    }

    fn bundle(self) -> &'static Bundle {
        let [zh, fr, en] = &*BUNDLES;
        match self {
            Self::ZhCn => zh,
            Self::Fr => fr,
            Self::En => en,
        }
    }

    /// Whether the language file has this message.
    pub fn has(self, key: &str) -> bool {
        self.bundle().has_message(key)
    }

    /// A message without variables.
    pub fn t(self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A message with its variables. A missing one shows its key in brackets and is logged.
    pub fn with(self, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        let (name, attribute) = key.split_once('.').map_or((key, None), |(n, a)| (n, Some(a)));
        let message = self.bundle().get_message(name);
        let pattern = message.and_then(|message| match attribute {
            None => message.value(),
            Some(attribute) => message.get_attribute(attribute).map(|found| found.value()),
        });
        let Some(pattern) = pattern else {
            tracing::error!(lang = self.tag(), key, "a text is missing");
            return format!("[{key}]");
        };
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, value.clone());
        }
        let mut errors = Vec::new();
        let text = self.bundle().format_pattern(pattern, Some(&args), &mut errors);
        if !errors.is_empty() {
            tracing::error!(lang = self.tag(), key, ?errors, "a text does not render");
        }
        text.into_owned()
    }

    /// What people call a phase of an order, a parcel and so on; its name in the API otherwise.
    pub fn phase(self, name: &str) -> String {
        let key = format!("phase-{}", name.replace('_', "-"));
        if self.has(&key) { self.t(&key) } else { name.to_owned() }
    }

    /// What stands between two sentences.
    pub const fn between(self) -> &'static str {
        match self {
            Self::ZhCn => "",
            Self::Fr | Self::En => " ",
        }
    }

    /// A whole number with the language's grouping.
    pub fn number(self, number: i64) -> String {
        let sign = if number < 0 { "-" } else { "" };
        format!("{sign}{}", self.grouped(&number.unsigned_abs().to_string()))
    }

    /// An amount with its symbol: `¥1,234.50`, `CN¥1,234.50`, `1 234,50 CN¥`.
    pub fn money(self, minor: i64, currency: Currency) -> String {
        let plain = Money::new(minor, currency).to_string();
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(digits) => ("\u{2212}", digits),
            None => ("", plain.as_str()),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let mut text = self.grouped(whole);
        if !part.is_empty() {
            text.push(if self == Self::Fr { ',' } else { '.' });
            text.push_str(part);
        }
        let symbol = self.symbol(currency);
        match self {
            Self::Fr => format!("{sign}{text}\u{a0}{symbol}"),
            Self::ZhCn | Self::En => format!("{sign}{symbol}{text}"),
        }
    }

    fn symbol(self, currency: Currency) -> String {
        match (self, currency) {
            (Self::ZhCn, Currency::CNY) => "¥".to_owned(),
            (_, Currency::CNY) => "CN¥".to_owned(),
            (_, Currency::EUR) => "€".to_owned(),
            (Self::Fr, other) => other.code().to_owned(),
            (_, other) => format!("{}\u{a0}", other.code()),
        }
    }

    fn grouped(self, digits: &str) -> String {
        let mut text = String::with_capacity(digits.len().saturating_mul(2));
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
                text.push(if self == Self::Fr { '\u{202f}' } else { ',' });
            }
            text.push(digit);
        }
        text
    }

    /// A share in percent, of parts per million, to one decimal.
    pub fn percent(self, ppm: i64) -> String {
        let tenths = ppm / 1000;
        let point = if self == Self::Fr { ',' } else { '.' };
        let space = if self == Self::ZhCn { "" } else { "\u{a0}" };
        let (whole, part) = ((tenths / 10).abs(), (tenths % 10).abs());
        let sign = if tenths < 0 { "\u{2212}" } else { "" };
        format!("{sign}{whole}{point}{part}{space}%")
    }

    /// A day as people write it.
    pub fn date(self, date: Date) -> String {
        let civil = date.civil();
        let (year, month, day) = (civil.year(), civil.month(), civil.day());
        let name = self.with("month", &[("month", month.into())]);
        match self {
            Self::ZhCn => format!("{year}年{month}月{day}日"),
            Self::Fr | Self::En => format!("{day} {name} {year}"),
        }
    }

    /// A moment as people write it, in the programme's time zone, to the minute.
    pub fn moment(self, at: Instant, calendar: &Calendar) -> String {
        format!("{} {}", self.date(calendar.at(at).today), time_of_day(at, calendar))
    }
}

/// A text as it stands in the query of an address.
pub fn percent_encoded(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            coded.push(char::from(byte));
        } else {
            let _ = write!(coded, "%{byte:02X}");
        }
    }
    coded
}

/// Hours and minutes in the programme's time zone.
pub fn time_of_day(at: Instant, calendar: &Calendar) -> String {
    let start = calendar.start_of(calendar.at(at).today);
    let minutes = at.micros().saturating_sub(start.micros()) / 60_000_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A moment as machines read it (RFC 3339, UTC, microseconds).
pub fn rfc3339(at: Instant) -> String {
    const DAY: i64 = 86_400_000_000;
    let days = i32::try_from(at.micros() / DAY).ok().and_then(Date::from_days);
    let in_day = at.micros() % DAY;
    let (seconds, micros) = (in_day / 1_000_000, in_day % 1_000_000);
    let mut text = days.map_or_else(|| "9999-12-31".to_owned(), |day| day.to_string());
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(text, "T{hour:02}:{minute:02}:{second:02}.{micros:06}Z");
    text
}

// `0.85` becomes 850; anything else that is not a weight counts as no wish.
fn thousandths(quality: &str) -> u32 {
    let (whole, part) = quality.split_once('.').unwrap_or((quality, ""));
    let digits = format!("{part:0<3}");
    let part = digits.get(..3).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0);
    match whole {
        "0" => part,
        "1" => 1000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: money reads as each language writes it, to the last fen.
    /// Method: table with zero, a thousand, a loss and a currency without minor units.
    #[test]
    fn money_reads_as_each_language_writes_it() {
        let table = [
            (Lang::ZhCn, 123_450, Currency::CNY, "¥1,234.50"),
            (Lang::En, 123_450, Currency::CNY, "CN¥1,234.50"),
            (Lang::Fr, 123_450, Currency::CNY, "1\u{202f}234,50\u{a0}CN¥"),
            (Lang::En, -5, Currency::CNY, "\u{2212}CN¥0.05"),
            (Lang::Fr, 0, Currency::EUR, "0,00\u{a0}€"),
            (Lang::En, 1_000_000, Currency::JPY, "JPY\u{a0}1,000,000"),
        ];
        for (lang, minor, currency, text) in table {
            assert_eq!(lang.money(minor, currency), text);
        }
    }

    /// Goal: a key is said once, or one page would speak with the words of another. Method: the keys of
    /// all files of a language.
    #[test]
    fn no_key_is_said_twice() {
        for lang in Lang::ALL {
            let mut known = std::collections::BTreeSet::new();
            let keys = lang.source().lines().filter(|line| line.starts_with(char::is_alphabetic));
            for key in keys.filter_map(|line| line.split(" =").next()) {
                assert!(known.insert(key), "{} says {key} twice", lang.tag());
            }
            assert!(known.len() > 500, "{}", known.len());
        }
    }

    /// Goal: the preferred language is the heaviest of ours. Method: table of headers.
    #[test]
    fn preferred_language_is_the_heaviest() {
        let table = [
            ("", Lang::En),
            ("zh-TW,zh;q=0.9", Lang::ZhCn),
            ("de, fr;q=0.8, en;q=0.9", Lang::En),
            ("de, fr-CA;q=0.8, en;q=0.25", Lang::Fr),
            ("zh;q=0, fr;q=x", Lang::En),
        ];
        for (wish, lang) in table {
            assert_eq!(Lang::preferred(Some(wish)), lang, "{wish}");
        }
    }

    /// Goal: a moment has one text for machines. Method: two moments, one before noon of day one.
    #[test]
    fn moments_read_as_rfc_3339() {
        let at = Instant::from_micros(1_780_000_000_000_001);
        assert_eq!(rfc3339(at), "2026-05-28T20:26:40.000001Z");
        assert_eq!(rfc3339(Instant::from_micros(0)), "1970-01-01T00:00:00.000000Z");
    }
}
