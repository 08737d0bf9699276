//! Signing in and out: by PIN, by password and one-time code, by card; the turned screen; and what a
//! session is. Owns no secret: the app checks what was typed.

use askama::Template;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use verger_app::sign_in::{Credentials, SignIn};
use verger_app::{AppError, Role};
use verger_domain::Body;
use verger_domain::id::{PartyId, VillageId};
use verger_domain::party::{CodeOf, PartyKind};

use super::{Alert, Frame, html, lang_of, local_name};
use crate::access::home_of;
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::{Asked, village_of};
use crate::limits::{self, Kind};
use crate::session::{Seat, see, see_as, see_without, sessions};
use crate::text::Lang;
use crate::{Door, Web};

/// What stands behind the question mark.
#[derive(Default, Deserialize)]
pub(super) struct SignInQuery {
    /// Where to go afterwards.
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    f: Frame,
    alert: Option<Alert>,
    villages: Vec<(u32, String)>,
    code: String,
    next: String,
    doors: Vec<OpenDoor>,
}

/// Somebody of the invented village, who may be tried out.
pub(super) struct OpenDoor {
    village: u32,
    pub(super) code: String,
    pub(super) name: String,
    role: String,
    pub(super) secret: String,
    pub(super) one_time: String,
}

/// `GET /{lang}/sign-in`
pub(super) async fn show(
    State(web): State<Web>,
    Path(tag): Path<String>,
    Asked(query): Asked<SignInQuery>,
) -> Result<Html<String>, Fault> {
    let lang = lang_of(&tag)?;
    html(&page(&web, lang, &Fields::default(), query.next.unwrap_or_default()).await?)
}

async fn page(web: &Web, lang: Lang, typed: &Fields, next: String) -> Result<SignInPage, Fault> {
    let mut villages = Vec::new();
    for id in web.app().villages().into_keys() {
        let village = web.village(id).await?;
        villages.push((id.number(), local_name(lang, &village)));
    }
    let mut doors = Vec::new();
    for door in &web.settings().doors {
        doors.extend(open_door(web, lang, door).await?.map(|(open, _)| open));
    }
    let mut f = Frame::new(web, lang, lang.t("sign-in-title"), "sign-in".to_owned());
    f.back = Some(String::new());
    let code = typed.text("code").to_owned();
    Ok(SignInPage { f, alert: None, villages, code, next, doors })
}

/// A door as it can be used now, and what the person is; nothing where it was closed.
pub(super) async fn open_door(
    web: &Web,
    lang: Lang,
    door: &Door,
) -> Result<Option<(OpenDoor, Role)>, Fault> {
    let (village, code) = (door.village, door.code.clone());
    let found = web.app().ask(village, move |reader, cell| {
        let subject = reader.subject_of(cell, village, CodeOf::Party, &code)?;
        let Some(id) = subject.map(PartyId::from_bits) else { return Ok(None) };
        let Some(view) = reader.party(cell, id)? else { return Ok(None) };
        Ok(reader.pin(cell, id)?.map(|(phc, _)| (view, phc)))
    });
    let Ok(Some((view, phc))) = found.await else { return Ok(None) };
    let Some(role) = Role::of(&view.party) else { return Ok(None) };
    let one_time = match SignIn::of(view.party.kind) {
        Some(SignIn::PasswordAndCode) => web.app().one_time_code(view.party.id, &phc),
        _ => String::new(),
    };
    let name = super::shown_name(lang, &view);
    let title = lang.t(&format!("role-{}", role.name()));
    let (village, secret) = (village.number(), door.secret.clone());
    let open = OpenDoor { village, code: door.code.clone(), name, role: title, secret, one_time };
    Ok(Some((open, role)))
}

/// `POST /{lang}/sign-in`
pub(super) async fn sign_in(
    State(web): State<Web>,
    Path(tag): Path<String>,
    request: Request,
) -> Result<Response, Fault> {
    let lang = lang_of(&tag)?;
    let fields = counted(&web, request).await?;
    let next = fields.text("next").to_owned();
    match session(&web, &fields).await {
        Ok(session) => {
            let home = format!("/{}/{}", lang.tag(), home_of(session.role));
            let address = if is_local(&next) { next } else { home };
            Ok(see_as(&session, &address))
        }
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&web, lang, &fields, next).await?;
            page.alert = Some(Alert::new(&web, lang, &fault));
            Ok((fault.status, html(&page)?).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// Reads a form that counts as a try to sign in.
async fn counted(web: &Web, request: Request) -> Result<Fields, Fault> {
    let address = limits::address_of(&request);
    let now = web.app().now().at;
    web.limits().take(Kind::SignIn, address, now).map_err(limits::too_many)?;
    Fields::from_request(request, web).await
}

async fn session(web: &Web, fields: &Fields) -> Result<verger_app::sign_in::Session, Fault> {
    let code = fields.needed("code")?;
    let secret = fields.needed("secret")?;
    let village = match fields.text("village") {
        "" => web.app().villages().into_keys().next().ok_or(AppError::SignInWrong)?,
        number => village_of(number)?,
    };
    let who = Credentials { village, code, secret, one_time: fields.text("one_time") };
    Ok(web.app().sign_in(&who).await?)
}

/// Whether an address is a page of ours: nobody is led elsewhere by a link to our sign-in.
fn is_local(next: &str) -> bool {
    let mut parts = next.split('/');
    let is_rooted = parts.next() == Some("");
    let is_ours = parts.next().and_then(Lang::by_tag).is_some();
    is_rooted && is_ours && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// `GET /{lang}/card/{card}`: the code on a member's card opens his own pages.
pub(super) async fn card(
    State(web): State<Web>,
    Path((tag, card)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Fault> {
    let lang = lang_of(&tag)?;
    let (address, now) = (limits::address_of(&request), web.app().now().at);
    web.limits().take(Kind::SignIn, address, now).map_err(limits::too_many)?;
    let session = web.app().sign_in_by_card(&card).await?;
    Ok(see_as(&session, &format!("/{}/{}", lang.tag(), home_of(session.role))))
}

/// `POST /{lang}/sign-out`: ends the session of a villager, or of who works here.
pub(super) async fn sign_out(
    State(web): State<Web>,
    Path(tag): Path<String>,
    headers: axum::http::HeaderMap,
    fields: Fields,
) -> Result<Response, Fault> {
    let lang = lang_of(&tag)?;
    let is_own = fields.text("who") == Role::Member.name();
    let mut stays = None;
    for text in sessions(&headers) {
        let Ok(seated) = web.app().seat(&text).await else { continue };
        if (seated.role == Role::Member) == is_own {
            web.app().sign_out(&text).await?;
        } else {
            stays = Some(seated.role);
        }
    }
    // After a turned screen the agent has his own back.
    let home = stays.map_or("sign-in", home_of);
    let ended = if is_own { Role::Member } else { Role::Agent };
    Ok(see_without(ended, &format!("/{}/{home}", lang.tag())))
}

#[derive(Template)]
#[template(path = "session.html")]
struct SessionPage {
    f: Frame,
    name: String,
    code: String,
    role: String,
    who: &'static str,
    home: &'static str,
    place: String,
    asks: &'static str,
}

/// `GET /{lang}/session`: who sits here, and the way out.
pub(super) async fn mine(seat: Seat) -> Result<Html<String>, Fault> {
    let (village, party) = (seat.village, seat.party);
    let found = seat.app().ask(village, move |reader, cell| reader.party(cell, party)).await?;
    let view = found.ok_or_else(|| Fault::not_found("party"))?;
    let home = home_of(seat.role);
    html(&SessionPage {
        f: Frame::seated(&seat, "session-title", "session"),
        name: seat.name.clone(),
        code: view.party.code.to_string(),
        role: seat.lang.t(&format!("role-{}", seat.role.name())),
        who: seat.role.name(),
        home: if home == "session" { "" } else { home },
        place: local_name(seat.lang, &seat.place),
        asks: proves_by(view.party.kind),
    })
}

/// What a kind of party proves itself with, for the words of its pages.
fn proves_by(kind: PartyKind) -> &'static str {
    match SignIn::of(kind) {
        Some(SignIn::PasswordAndCode) => "password",
        _ => "pin",
    }
}

#[derive(Template)]
#[template(path = "pin.html")]
struct PinPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    asks: &'static str,
    /// The key of the one-time codes, once a new password is set.
    one_time_key: Option<String>,
}

/// `GET /{lang}/session/pin`: a new PIN or password for oneself.
pub(super) async fn pin(seat: Seat) -> Result<Html<String>, Fault> {
    html(&pin_page(&seat).await?)
}

async fn pin_page(seat: &Seat) -> Result<PinPage, Fault> {
    let (village, party) = (seat.village, seat.party);
    let found = seat.app().ask(village, move |reader, cell| reader.party(cell, party)).await?;
    let kind = found.map_or(PartyKind::Member, |view| view.party.kind);
    let asks = proves_by(kind);
    let f = Frame::seated(seat, &format!("pin-title-{asks}"), "session/pin");
    Ok(PinPage { f, alert: None, key: seat.new_key(), asks, one_time_key: None })
}

/// `POST /{lang}/session/pin`
pub(super) async fn set_pin(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let done = new_pin(&seat, &fields).await;
    let mut page = pin_page(&seat).await?;
    match done {
        Ok(()) if page.asks == "pin" => Ok(see(&seat.to("session"))),
        Ok(()) => {
            let (village, party) = (seat.village, seat.party);
            let found = seat.app().ask(village, move |reader, cell| reader.pin(cell, party));
            let phc = found.await?.map(|(phc, _)| phc);
            page.one_time_key = phc.map(|phc| seat.app().one_time_key(party, &phc));
            Ok(html(&page)?.into_response())
        }
        Err(fault) if fault.status.is_client_error() => {
            page.alert = Some(Alert::new(&seat.web, seat.lang, &fault));
            Ok((fault.status, html(&page)?).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn new_pin(seat: &Seat, fields: &Fields) -> Result<(), Fault> {
    let (old, new) = (fields.needed("old")?.to_owned(), fields.needed("new")?.to_owned());
    if new != fields.text("again") {
        return Err(Fault::field("again", "again"));
    }
    let (person, key, app) = (seat.party, fields.key()?, seat.app().clone());
    let is_pin = matches!(seat.role, Role::Member | Role::Agent);
    let made = tokio::task::spawn_blocking(move || {
        if is_pin { app.new_pin(person, &new) } else { app.new_password(person, &new) }
    });
    let wrong = Fault::field("new", if is_pin { "pin" } else { "password" });
    let made = made.await.map_err(|_| AppError::Incident { incident: key.0 })?;
    let pin = made.map_err(|_| wrong)?;
    let body = |proof| Body::SetPin { pin: pin.clone(), member: person, proof: Some(proof) };
    seat.submit_with_pin(key, (person, &old), body).await.map(drop)
}

#[derive(Template)]
#[template(path = "counter/turn.html")]
struct TurnPage {
    f: Frame,
    alert: Option<Alert>,
    name: String,
    code: String,
}

/// `GET /{lang}/counter/turn/{party}`: the agent turns the screen round to a member.
pub(super) async fn turn(seat: Seat) -> Result<Html<String>, Fault> {
    html(&turn_page(&seat).await?)
}

async fn turn_page(seat: &Seat) -> Result<TurnPage, Fault> {
    let member = seat.party("party", seat.param("party")).await?;
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| reader.party(cell, member)).await?;
    let is_member = |view: &verger_app::PartyView| view.party.kind == PartyKind::Member;
    let view = found.filter(is_member).ok_or_else(|| Fault::not_found("party"))?;
    let (name, code) = (super::shown_name(seat.lang, &view), view.party.code.to_string());
    let mut f = Frame::seated(seat, "turn-title", &format!("counter/turn/{code}"));
    f.back = Some("counter".to_owned());
    Ok(TurnPage { f, alert: None, name, code })
}

/// `POST /{lang}/counter/turn/{party}`: the member types his own PIN.
pub(super) async fn turned(
    seat: Seat,
    State(web): State<Web>,
    request: Request,
) -> Result<Response, Fault> {
    let fields = counted(&web, request).await?;
    let mut page = turn_page(&seat).await?;
    let (village, code) = (seat.village, page.code.clone());
    match signed(&web, (village, &code), &fields).await {
        Ok(session) => Ok(see_as(&session, &seat.to(home_of(session.role)))),
        Err(fault) if fault.status.is_client_error() => {
            page.alert = Some(Alert::new(&web, seat.lang, &fault));
            Ok((fault.status, html(&page)?).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn signed(
    web: &Web,
    (village, code): (VillageId, &str),
    fields: &Fields,
) -> Result<verger_app::sign_in::Session, Fault> {
    let who = Credentials { village, code, secret: fields.needed("secret")?, one_time: "" };
    Ok(web.app().sign_in(&who).await?)
}

#[cfg(test)]
mod tests {
    use super::is_local;

    /// Goal: signing in leads to our own pages only. Method: table of addresses.
    #[test]
    fn the_way_back_is_our_own() {
        for good in ["/en/counter", "/zh-CN/", "/fr/console/orders?phase=open"] {
            assert!(is_local(good), "{good}");
        }
        for bad in
            ["", "en/", "//evil.example/en/", "/api/v1", "/en\\evil", "https://x/en/", "/en/ x"]
        {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
