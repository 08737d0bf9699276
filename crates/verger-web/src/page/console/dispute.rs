//! One complaint: what it is about, its photos, and what the side that answers or the panel decides.
//! Owns this page; who may decide, and what silence means, is the domain's to say.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use verger_app::Role;
use verger_app::pictures::UploadError;
use verger_domain::Body;
use verger_domain::codec::{Hash, hash_from_hex, to_hex};
use verger_domain::id::{DisputeId, PartyId};
use verger_domain::market::command::DisputeCommand;
use verger_domain::market::dispute::{DisputeReason, Fault as Bearer, Settlement};
use verger_domain::market::listing::Photo;
use verger_domain::market::order::LineNo;
use verger_domain::market::{Dispute, DisputePhase, Flow, Listing, Order};

use super::grid::{Grid, Page, Td};
use super::market::number;
use super::{counter, wrong};
use crate::api::upload_fault;
use crate::fault::Fault;
use crate::form::Fields;
use crate::multipart::Parts;
use crate::page::credit::plain;
use crate::page::store::{good_name, photo_address};
use crate::session::{Seat, see};
use crate::text::Lang;

/// Who can bear what goes back, by name, in the order of the form.
const BEARERS: [(&str, Bearer); 4] = [
    ("seller", Bearer::Seller),
    ("carrier", Bearer::Carrier),
    ("agent", Bearer::Agent),
    ("goodwill", Bearer::Goodwill),
];

/// The photos of a complaint, and the forms in which it is decided.
#[derive(Template)]
#[template(path = "console/dispute.html")]
struct Decision {
    lang: Lang,
    key: String,
    asked: String,
    /// The digest, and where it is stored the addresses of the small picture and the large one.
    photos: Vec<(String, Option<(String, String)>)>,
    lines: Vec<LineField>,
    /// The freight that can go back, as asked; nothing where none is left.
    freight: Option<String>,
    can_answer: bool,
    can_rule: bool,
    /// Who can bear it: name, label, and whether he was chosen.
    bearers: Vec<(&'static str, String, bool)>,
    /// Who can be found dishonest: code, name, and whether he was chosen.
    sides: Vec<(String, String, bool)>,
    member: String,
}

/// The field for what goes back of one line.
struct LineField {
    number: u8,
    label: String,
    amount: String,
}

impl Decision {
    fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }
}

/// What the page shows.
struct Case {
    dispute: Dispute,
    order: Order,
    goods: BTreeMap<u128, Listing>,
    /// The digests of those photos that are stored here.
    stored: BTreeSet<Hash>,
}

impl Case {
    async fn of(seat: &Seat) -> Result<Self, Fault> {
        let unknown = || Fault::not_found("dispute");
        let id: DisputeId = seat.param("dispute").parse().map_err(|_| unknown())?;
        let found = seat.app().subject::<Dispute>(seat.village, seat.viewer(), id.bits()).await?;
        let (dispute, _) = found.ok_or_else(unknown)?;
        let (village, order) = (seat.village, dispute.order);
        let photos: Vec<Hash> = dispute.photos.iter().map(|photo| photo.0).collect();
        let found = seat.app().ask(village, move |reader, cell| {
            let place = (cell, village);
            let Some(order) = reader.document::<Order>(cell, village, order.bits())? else {
                return Ok(None);
            };
            let ids: Vec<u128> = order.lines.iter().map(|line| line.listing.bits()).collect();
            let goods = reader.documents_named::<Listing>(place, &ids)?;
            Ok(Some((order, goods, reader.stored_pictures(place, &photos)?)))
        });
        let (order, goods, stored) = found.await?.ok_or_else(unknown)?;
        Ok(Self { dispute, order, goods, stored })
    }

    /// The name of a line's good, and how many.
    fn named(&self, seat: &Seat, number: LineNo) -> String {
        let line = self.order.line(number);
        let good = line.and_then(|line| self.goods.get(&line.listing.bits()));
        let name = good.map(|good| good_name(seat.lang, &good.text)).unwrap_or_default();
        format!("{} × {name}", line.map_or(0, |line| line.quantity))
    }

    fn left_minor(&self, number: LineNo) -> i64 {
        self.order.line(number).map_or(0, verger_domain::market::OrderLine::left_minor)
    }

    /// Whether this person's side answers: who sells, the agent who sells for the village, and the
    /// staff for a supplier without a screen.
    fn is_answerer(&self, seat: &Seat) -> bool {
        let for_it = match self.order.flow {
            Flow::Sale => Role::Agent,
            Flow::Purchase => Role::Operator,
        };
        seat.role == for_it || self.order.lines.iter().any(|line| line.seller == seat.party)
    }

    /// Who took part, each once.
    fn sides(&self) -> Vec<PartyId> {
        let order = &self.order;
        let mut sides = vec![order.buyer];
        sides.extend(order.lines.iter().map(|line| line.seller));
        sides.extend(order.makers.keys());
        sides.extend(order.agent);
        sides.extend(order.carrier);
        let mut seen = BTreeSet::new();
        sides.retain(|side| seen.insert(*side));
        sides
    }
}

fn reason_key(reason: DisputeReason) -> &'static str {
    match reason {
        DisputeReason::Damaged => "claim-reason-damaged",
        DisputeReason::Spoiled => "claim-reason-spoiled",
        DisputeReason::Short => "claim-reason-short",
        DisputeReason::Different => "claim-reason-different",
        DisputeReason::NotReceived => "claim-reason-not-received",
        DisputeReason::ChangeOfMind => "dispute-changed-mind",
    }
}

async fn page(seat: &Seat, case: &Case, typed: &Fields) -> Result<Page, Fault> {
    let (lang, dispute, order) = (seat.lang, &case.dispute, &case.order);
    let mut page = Page::new(seat, "orders", &format!("disputes/{}", dispute.id));
    page.title(lang.t("dispute-title"));
    if seat.role == Role::Agent {
        page.f_home("counter/sell");
    } else {
        page.f_back(&format!("orders/{}", order.id));
    }
    let sides = case.sides();
    let known = counter::names(seat, sides.clone()).await?;
    let who = |id| known.get(&id).map(|who| who.cell(seat)).unwrap_or_default();
    let fact = |key: &str, value: String| vec![Td::text(lang.t(key)), Td::text(value)];
    let mut link = Td::text(number(order.id));
    if seat.role != Role::Agent {
        link = link.to(seat.to(&format!("console/orders/{}", order.id)));
    }
    let mut facts = vec![
        fact("needs-state", lang.phase(dispute.phase.name())),
        vec![Td::text(lang.t("order-number")), link],
        vec![Td::text(lang.t("dispute-opener")), who(dispute.opener)],
        fact("dispute-reason", lang.t(reason_key(dispute.reason))),
        fact("dispute-asked", seat.money(dispute.claim.total_minor())),
    ];
    let settled = dispute.settlement.as_ref();
    facts.extend(settled.map(|given| fact("dispute-given", seat.money(given.total_minor()))));
    facts.extend(dispute.due_at.map(|at| fact("fact-due", seat.moment(at))));
    page.grids.push(Grid::new(seat, "", &["fact-name", "fact-value"], facts));
    let rows = dispute.claim.lines.iter().map(|(number, minor)| {
        vec![
            Td::text(case.named(seat, *number)),
            Td::number(seat.money(case.left_minor(*number))),
            Td::number(seat.money(*minor)),
        ]
    });
    let heads = ["goods-name", "figure-escrow", "dispute-asked"];
    page.grids.push(Grid::new(seat, "dispute-lines", &heads, rows.collect()));
    let named = |id: &PartyId| known.get(id).map(|who| (who.code.clone(), who.name.clone()));
    let decision = decision(seat, case, sides.iter().filter_map(named).collect(), typed);
    page.card_below = decision.render().ok();
    Ok(page)
}

fn decision(seat: &Seat, case: &Case, sides: Vec<(String, String)>, typed: &Fields) -> Decision {
    let (lang, dispute, order) = (seat.lang, &case.dispute, &case.order);
    // A program may name a photo by its digest without sending it here.
    let photo = |photo: &Photo| {
        let address = |size| photo_address(seat.village, *photo, size);
        let stored = case.stored.contains(&photo.0).then(|| (address("thumb"), address("page")));
        (to_hex(&photo.0), stored)
    };
    // A form that was refused comes back as it was typed.
    let amount = |name: &str, minor: i64| match typed.text(name) {
        "" => plain(seat, minor),
        text => text.to_owned(),
    };
    let line = |(number, minor): (&LineNo, &i64)| LineField {
        number: number.0,
        label: case.named(seat, *number),
        amount: amount(&format!("line-{}", number.0), *minor),
    };
    let freight_minor = dispute.claim.freight_minor;
    let bearer = |(name, _): (&'static str, Bearer)| {
        (name, lang.t(&format!("dispute-bearer-{name}")), typed.text("bearer") == name)
    };
    let side = |(code, name): (String, String)| {
        let is_chosen = typed.text("dishonest") == code;
        (code, name, is_chosen)
    };
    Decision {
        lang,
        key: seat.new_key(),
        asked: seat.money(dispute.claim.total_minor()),
        photos: dispute.photos.iter().map(photo).collect(),
        lines: dispute.claim.lines.iter().map(line).collect(),
        freight: (order.freight_left_minor() > 0).then(|| amount("freight", freight_minor)),
        can_answer: dispute.phase == DisputePhase::Opened && case.is_answerer(seat),
        can_rule: dispute.phase == DisputePhase::Escalated && seat.role == Role::Operator,
        bearers: BEARERS.map(bearer).into(),
        sides: sides.into_iter().map(side).collect(),
        member: typed.text("member").to_owned(),
    }
}

/// `GET /{lang}/console/disputes/{dispute}`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    page(&seat, &Case::of(&seat).await?, &Fields::default()).await?.show()
}

/// `POST /{lang}/console/disputes/{dispute}`: accepts, offers, refuses with a photo, or rules.
pub(super) async fn decide(seat: Seat, mut parts: Parts) -> Result<Response, Fault> {
    let photo = parts.take_file("photo");
    let (case, fields) = (Case::of(&seat).await?, parts.into_fields());
    match decided(&seat, &case, &fields, photo).await {
        Ok(()) => {
            let back = format!("console/disputes/{}", case.dispute.id);
            Ok(see(&seat.to(&back)).into_response())
        }
        Err(fault) => wrong(&seat, fault, page(&seat, &case, &fields).await?),
    }
}

async fn decided(
    seat: &Seat,
    case: &Case,
    fields: &Fields,
    photo: Option<Vec<u8>>,
) -> Result<(), Fault> {
    let (key, dispute) = (fields.key()?, case.dispute.id);
    let body = |command| Body::Dispute { command, dispute, version: None };
    let command = match fields.text("do") {
        "accept" => DisputeCommand::Accept,
        "offer" => DisputeCommand::Offer { settlement: settlement(seat, fields, Bearer::Seller)? },
        "refuse" => {
            let photo = photo.ok_or_else(|| Fault::field("photo", "missing"))?;
            let stored = seat.app().store_picture(seat.village, photo).await;
            let stored = stored.map_err(|error: UploadError| upload_fault(error))?;
            DisputeCommand::Refuse { photos: vec![stored.photo] }
        }
        "rule" => {
            let settlement = settlement(seat, fields, bearer_of(fields)?)?;
            let cites = fields.each("cite-").map(|(digest, _)| hash_from_hex(digest).map(Photo));
            let cites: Option<Vec<Photo>> = cites.collect();
            let cites = cites.ok_or_else(|| Fault::field("photo", "hex"))?;
            let dishonest = match fields.text("dishonest") {
                "" => None,
                code => Some(seat.party("dishonest", code).await?),
            };
            let member = seat.party("member", &fields.needed("member")?.to_uppercase()).await?;
            let rule = |proof| {
                let (cites, settlement) = (cites.clone(), settlement.clone());
                body(DisputeCommand::Rule { cites, dishonest, proof, settlement })
            };
            seat.submit_with_pin(key, (member, fields.needed("pin")?), rule).await?;
            return Ok(());
        }
        _ => return Err(Fault::field("do", "word")),
    };
    seat.submit(key, body(command)).await.map(drop)
}

fn bearer_of(fields: &Fields) -> Result<Bearer, Fault> {
    let wanted = fields.text("bearer");
    let found = BEARERS.into_iter().find(|(name, _)| *name == wanted);
    found.map(|(_, bearer)| bearer).ok_or_else(|| Fault::field("bearer", "missing"))
}

/// What goes back, as it was typed line by line.
fn settlement(seat: &Seat, fields: &Fields, fault: Bearer) -> Result<Settlement, Fault> {
    let mut lines = BTreeMap::new();
    for (number, _) in fields.each("line-") {
        let name = format!("line-{number}");
        let number = number.parse().map_err(|_| Fault::field("line", "whole"))?;
        lines.insert(LineNo(number), fields.money(&name, seat.place.currency)?);
    }
    let freight_minor = match fields.text("freight") {
        "" => 0,
        _ => fields.money("freight", seat.place.currency)?,
    };
    Ok(Settlement { fault, freight_minor, lines })
}
