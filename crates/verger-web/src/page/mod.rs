//! The public pages. Owns the look and what is shown where; shows no personal data beyond the shop
//! and the agents, who serve the public.

mod books;
mod console;
mod counter;
mod credit;
mod goods;
mod home;
mod journal;
mod packing;
mod people;
mod reports;
mod sign_in;
mod store;
mod supply;
mod villager;

pub(crate) use console::{ANSWERS, BOOKS, DECIDES, LOOKS, REPORTS, TRADE};

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use verger_app::PartyView;
use verger_domain::party::Village;

use crate::Web;
use crate::fault::{Fault, Problem};
use crate::preferred;
use crate::session::Seat;
use crate::text::Lang;

/// The style of all pages, inlined in each; its hash is in the content security policy.
pub(crate) const STYLE: &str = include_str!("../../templates/style.css");
pub(crate) use store::STYLE as STORE_STYLE;

/// All pages.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(choose))
        .route("/{lang}/", get(home::show))
        .route("/{lang}", get(complete))
        .route("/{lang}/v/{village}/books", get(books::show))
        .route("/{lang}/v/{village}/goods", get(goods::show))
        .route("/{lang}/v/{village}/journal", get(journal::list))
        .route("/{lang}/v/{village}/journal/{seq}", get(journal::one))
        .route("/{lang}/v/{village}/people", get(people::show))
        .route("/{lang}/v/{village}/season", get(reports::season))
        .route("/{lang}/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/{lang}/sign-out", axum::routing::post(sign_in::sign_out))
        .route("/{lang}/card/{card}", get(sign_in::card))
        .route("/{lang}/session", get(sign_in::mine))
        .route("/{lang}/session/pin", get(sign_in::pin).post(sign_in::set_pin))
        .route("/{lang}/counter/turn/{party}", get(sign_in::turn).post(sign_in::turned))
        .merge(console::routes())
        .merge(counter::routes())
        .merge(store::routes())
        .merge(supply::routes())
        .merge(villager::routes())
}

/// `GET /`: sends people to the page in their language.
async fn choose(headers: HeaderMap) -> impl IntoResponse {
    let address = format!("/{}/", preferred(&headers).tag());
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)])
}

/// `GET /{lang}`: the address of a language ends with a slash.
async fn complete(Path(tag): Path<String>) -> Result<impl IntoResponse, Fault> {
    let address = format!("/{}/", lang_of(&tag)?.tag());
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, address)]))
}

/// What every page has around its own content.
struct Frame {
    css: &'static str,
    lang: Lang,
    title: String,
    /// The address after the language, so that the switch keeps the page.
    tail: String,
    /// The village's name and number, on its pages.
    place: Option<(String, u32)>,
    /// Who signed in.
    person: Option<String>,
    /// The page above this one, below the language.
    back: Option<String>,
    demo: bool,
    version: &'static str,
}

impl Frame {
    fn new(web: &Web, lang: Lang, title: String, tail: String) -> Self {
        let settings = web.settings();
        let (demo, version) = (settings.demo, settings.version);
        let (place, person, back) = (None, None, None);
        Self { css: STYLE, lang, title, tail, place, person, back, demo, version }
    }

    /// The frame of a page of a village.
    fn of(web: &Web, lang: Lang, village: &Village, (key, tail): (&str, &str)) -> Self {
        let number = village.id.number();
        let tail = format!("v/{number}/{tail}");
        let mut frame = Self::new(web, lang, lang.t(key), tail);
        frame.place = Some((local_name(lang, village), number));
        frame
    }

    /// The frame of a page for somebody who signed in. `tail` is its address below the language.
    fn seated(seat: &Seat, key: &str, tail: &str) -> Self {
        let mut frame = Self::new(&seat.web, seat.lang, seat.lang.t(key), tail.to_owned());
        frame.person = Some(seat.name.clone());
        let home = crate::access::home_of(seat.role);
        frame.back = (home != tail).then(|| home.to_owned());
        frame
    }

    fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    /// A message by the two parts of its key.
    fn tt(&self, start: &str, end: &str) -> String {
        self.lang.t(&format!("{start}-{end}"))
    }

    fn tag(&self) -> &'static str {
        self.lang.tag()
    }

    fn others(&self) -> Vec<(&'static str, &'static str, bool)> {
        Lang::ALL.map(|lang| (lang.tag(), lang.own_name(), lang == self.lang)).to_vec()
    }
}

/// What is wrong with what was typed, above the form.
#[derive(Clone)]
struct Alert {
    text: String,
    hint: String,
}

impl Alert {
    fn new(web: &Web, lang: Lang, fault: &Fault) -> Self {
        let (text, hint) = fault.form_words(web, lang);
        Self { text, hint }
    }
}

/// A party's name as the reader can read it; its code where it was forgotten.
fn shown_name(lang: Lang, view: &PartyView) -> String {
    let name = view.profile.as_ref().map(|profile| match lang {
        Lang::ZhCn => profile.name.clone(),
        Lang::Fr | Lang::En => profile.name_latin.clone(),
    });
    name.unwrap_or_else(|| view.party.code.to_string())
}

/// The village's name as the reader can read it.
fn local_name(lang: Lang, village: &Village) -> String {
    if lang == Lang::ZhCn { village.name.clone() } else { village.name_latin.clone() }
}

pub(crate) fn lang_of(tag: &str) -> Result<Lang, Fault> {
    Lang::by_tag(tag).ok_or_else(|| Fault::not_found("page"))
}

fn html(template: &impl Template) -> Result<Html<String>, Fault> {
    let incident = |error: askama::Error| {
        tracing::error!(%error, "a page does not render");
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "incident")
    };
    template.render().map(Html).map_err(incident)
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage<'a> {
    f: Frame,
    problem: &'a Problem,
}

/// An error as a page.
pub(crate) fn fault_page(web: &Web, lang: Lang, problem: &Problem) -> String {
    let frame = Frame::new(web, lang, problem.title().to_owned(), String::new());
    let page = FaultPage { f: frame, problem };
    page.render().unwrap_or_else(|_| problem.title().to_owned())
}
