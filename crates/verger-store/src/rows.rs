//! Rows and domain values: one function each way for each table. Owns the mapping; must not decide
//! anything and knows no engine.

pub(crate) mod trust;

use std::collections::BTreeMap;

use verger_domain::codec::Hash;
use verger_domain::effect::{Record, Timer, TimerKind};
use verger_domain::id::{CellId, HoldId, ListingId, OrderId, PartyId, TillId, TokenId, VillageId};
use verger_domain::ledger::{Account, AccountId, AccountKey, Code, Hold, HoldStatus};
use verger_domain::market::listing::{Photo, Stock};
use verger_domain::market::review::{Review, ReviewRow, ReviewWord};
use verger_domain::market::till::Receipt;
use verger_domain::money::Currency;
use verger_domain::party::{
    CodeOf, Duty, Module, Party, PartyKind, PinTries, Profile, Scope, ShortCode, Token, Village,
};
use verger_domain::policy::Policy;
use verger_domain::state::{Entry, EvidenceRow, LotOrder, OutboxRow, Standing, StockEntry};
use verger_domain::time::{Date, Instant};

use crate::error::StoreError;
use crate::table::{Fields, Row, Value};

/// Reads one row of a table.
pub(crate) type Read<T> = Result<T, StoreError>;

fn id(cell: CellId) -> Value {
    i64::from(cell.number()).into()
}

fn village_value(village: VillageId) -> Value {
    village.number().into()
}

fn village_of(fields: &mut Fields) -> Read<VillageId> {
    fields.num().map(VillageId::new)
}

/// Skips the cell, which the caller knows.
pub(crate) fn fields(table: &'static str, row: Row) -> Read<Fields> {
    let mut fields = Fields::new(table, row);
    fields.int()?;
    Ok(fields)
}

fn currency_of(fields: &mut Fields) -> Read<Currency> {
    let code = fields.text()?;
    Currency::from_code(&code).ok_or_else(|| fields.wrong(format_args!("currency {code:?}")))
}

fn date_of(fields: &mut Fields) -> Read<Date> {
    let days = fields.num()?;
    Date::from_days(days).ok_or_else(|| fields.wrong(format_args!("day {days}")))
}

fn code_of(fields: &mut Fields) -> Read<Code> {
    let number = fields.num()?;
    Code::new(number).ok_or_else(|| fields.wrong(format_args!("account code {number}")))
}

fn key_of(fields: &mut Fields) -> Read<AccountKey> {
    Ok(AccountKey { code: code_of(fields)?, owner: fields.bits()? })
}

fn instant_of(fields: &mut Fields) -> Read<Instant> {
    fields.int().map(Instant::from_micros)
}

fn json<T: serde::de::DeserializeOwned>(fields: &mut Fields) -> Read<T> {
    let text = fields.text()?;
    serde_json::from_str(&text).map_err(|error| fields.wrong(error))
}

fn json_text<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_string(value).expect("domain values are plain data").into()
}

pub(crate) fn village_row(cell: CellId, village: &Village) -> Row {
    vec![
        id(cell),
        village_value(village.id),
        village.code.as_str().into(),
        village.name.as_str().into(),
        village.name_latin.as_str().into(),
        village.county.as_str().into(),
        village.currency.code().into(),
        i64::from(village.altitude_m).into(),
        village.closed_through.map(|month| month.to_string()).into(),
        village.policy_version.into(),
        i64::from(village.registered_on.days()).into(),
    ]
}

pub(crate) fn village_from(row: Row) -> Read<Village> {
    let mut f = fields("village", row)?;
    let id = village_of(&mut f)?;
    let (code, name, name_latin, county) = (f.parse()?, f.text()?, f.text()?, f.text()?);
    let (currency, altitude_m) = (currency_of(&mut f)?, f.num()?);
    let closed = f.opt_text()?;
    let closed_through = closed.map(|month| month.parse()).transpose().map_err(|e| f.wrong(e))?;
    let (policy_version, registered_on) = (f.num()?, date_of(&mut f)?);
    Ok(Village {
        altitude_m,
        closed_through,
        code,
        county,
        currency,
        id,
        name,
        name_latin,
        policy_version,
        registered_on,
    })
}

pub(crate) fn policy_row(cell: CellId, (village, version): (VillageId, u32), p: &Policy) -> Row {
    vec![id(cell), village_value(village), version.into(), json_text(p)]
}

pub(crate) fn policy_from(row: Row) -> Read<((VillageId, u32), Policy)> {
    let mut f = fields("policy", row)?;
    let key = (village_of(&mut f)?, f.num()?);
    Ok((key, json(&mut f)?))
}

pub(crate) fn party_row(cell: CellId, party: &Party) -> Row {
    vec![
        id(cell),
        party.id.bits().into(),
        village_value(party.village),
        party.kind.name().into(),
        party.code.as_str().into(),
        party.household.map(PartyId::bits).into(),
        json_text(&party.certified),
        json_text(&party.duty),
    ]
}

pub(crate) fn party_from(row: Row) -> Read<Party> {
    let mut f = fields("party", row)?;
    let (id, village) = (PartyId::from_bits(f.bits()?), village_of(&mut f)?);
    let kind = f.text()?;
    let kind = PartyKind::by_name(&kind).ok_or_else(|| f.wrong(format_args!("kind {kind:?}")))?;
    let (code, household) = (f.parse()?, f.opt_bits()?.map(PartyId::from_bits));
    let certified: std::collections::BTreeSet<Module> = json(&mut f)?;
    let duty: Duty = json(&mut f)?;
    Ok(Party { certified, code, duty, household, id, kind, village })
}

pub(crate) fn profile_row(cell: CellId, party: PartyId, profile: &Profile) -> Row {
    vec![
        id(cell),
        party.bits().into(),
        profile.name.as_str().into(),
        profile.name_latin.as_str().into(),
        json_text(&profile.facts),
        profile.salt.into(),
    ]
}

pub(crate) fn profile_from(row: Row) -> Read<(PartyId, Profile)> {
    let mut f = fields("profile", row)?;
    let (party, name, name_latin) = (PartyId::from_bits(f.bits()?), f.text()?, f.text()?);
    let facts: BTreeMap<String, String> = json(&mut f)?;
    Ok((party, Profile { facts, name, name_latin, salt: f.array()? }))
}

pub(crate) fn code_row(
    cell: CellId,
    (village, noun, code): &(VillageId, CodeOf, ShortCode),
    subject: u128,
) -> Row {
    let noun = noun.name().into();
    vec![id(cell), village_value(*village), noun, code.as_str().into(), subject.into()]
}

pub(crate) fn code_from(row: Row) -> Read<((VillageId, CodeOf, ShortCode), u128)> {
    let mut f = fields("code", row)?;
    let (village, noun) = (village_of(&mut f)?, f.text()?);
    let noun = CodeOf::by_name(&noun).ok_or_else(|| f.wrong(format_args!("noun {noun:?}")))?;
    Ok(((village, noun, f.parse()?), f.bits()?))
}

pub(crate) fn token_row(cell: CellId, village: VillageId, token: &Token) -> Row {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
    vec![
        id(cell),
        token.id.bits().into(),
        village_value(village),
        token.party.bits().into(),
        scopes.join(" ").into(),
        token.secret_hash.into(),
        token.expires_at.micros().into(),
    ]
}

pub(crate) fn token_from(row: Row) -> Read<Token> {
    let mut f = fields("token", row)?;
    let (id, village) = (TokenId::from_bits(f.bits()?), village_of(&mut f)?);
    let (party, scopes) = (PartyId::from_bits(f.bits()?), f.text()?);
    let scopes = scopes.split(' ').map(|name| Scope::by_name(name).ok_or(name));
    let scopes = scopes.collect::<Result<_, _>>().map_err(|name| f.wrong(name.to_owned()))?;
    Ok(Token {
        secret_hash: f.array()?,
        expires_at: instant_of(&mut f)?,
        id,
        party,
        scopes,
        village,
    })
}

pub(crate) fn pin_row(cell: CellId, party: PartyId, tries: PinTries) -> Row {
    let until = tries.locked_until.map(Instant::micros);
    vec![id(cell), party.bits().into(), tries.wrong.into(), until.into()]
}

pub(crate) fn pin_from(row: Row) -> Read<(PartyId, PinTries)> {
    let mut f = fields("pin", row)?;
    let (party, wrong) = (PartyId::from_bits(f.bits()?), f.num()?);
    Ok((party, PinTries { locked_until: f.opt_int()?.map(Instant::from_micros), wrong }))
}

pub(crate) fn pin_secret_row(cell: CellId, party: PartyId, phc: &str) -> Row {
    vec![id(cell), party.bits().into(), phc.into()]
}

pub(crate) fn account_key_row(account: AccountId) -> Row {
    let (code, owner) = (u32::from(account.key.code.number()), account.key.owner);
    vec![village_value(account.village), code.into(), owner.into()]
}

pub(crate) fn account_row(cell: CellId, account: &Account) -> Row {
    let mut row = vec![id(cell)];
    row.extend(account_key_row(account.id));
    row.extend([
        account.currency.code().into(),
        account.label.as_str().into(),
        account.debits_posted.into(),
        account.credits_posted.into(),
        account.debits_pending.into(),
        account.credits_pending.into(),
    ]);
    row
}

pub(crate) fn account_from(row: Row) -> Read<Account> {
    let mut f = fields("account", row)?;
    let (village, key) = (village_of(&mut f)?, key_of(&mut f)?);
    let (currency, label) = (currency_of(&mut f)?, f.text()?);
    let mut account = Account::open(AccountId { village, key }, currency, label);
    account.debits_posted = f.int()?;
    account.credits_posted = f.int()?;
    account.debits_pending = f.int()?;
    account.credits_pending = f.int()?;
    Ok(account)
}

pub(crate) fn entry_row(cell: CellId, entry: &Entry) -> Row {
    let mut row = vec![id(cell)];
    row.extend(account_key_row(entry.account));
    row.extend([
        entry.seq.into(),
        entry.leg.into(),
        entry.amount_minor.into(),
        entry.balance_minor.into(),
        i64::from(entry.effective_on.days()).into(),
        entry.at.micros().into(),
    ]);
    row
}

pub(crate) fn entry_from(row: Row) -> Read<Entry> {
    let mut f = fields("entry", row)?;
    let (village, key) = (village_of(&mut f)?, key_of(&mut f)?);
    let (seq, leg, amount_minor, balance_minor) = (f.num()?, f.num()?, f.int()?, f.int()?);
    let (effective_on, at) = (date_of(&mut f)?, instant_of(&mut f)?);
    let account = AccountId { village, key };
    Ok(Entry { account, seq, leg, amount_minor, balance_minor, effective_on, at })
}

const PENDING: &str = "pending";

pub(crate) fn hold_row(cell: CellId, hold: &Hold) -> Row {
    let (status, posted_minor) = match hold.status {
        HoldStatus::Pending => (PENDING, None),
        HoldStatus::Posted(minor) => ("posted", Some(minor)),
        HoldStatus::Voided => ("voided", None),
        HoldStatus::Expired => ("expired", None),
    };
    vec![
        id(cell),
        hold.id.bits().into(),
        village_value(hold.village),
        u32::from(hold.debit.code.number()).into(),
        hold.debit.owner.into(),
        u32::from(hold.credit.code.number()).into(),
        hold.credit.owner.into(),
        hold.amount_minor.into(),
        hold.expires_at.micros().into(),
        status.into(),
        posted_minor.into(),
    ]
}

pub(crate) fn hold_from(row: Row) -> Read<Hold> {
    let mut f = fields("hold", row)?;
    let (id, village) = (HoldId::from_bits(f.bits()?), village_of(&mut f)?);
    let (debit, credit) = (key_of(&mut f)?, key_of(&mut f)?);
    let (amount_minor, expires_at) = (f.int()?, instant_of(&mut f)?);
    let (status, posted) = (f.text()?, f.opt_int()?);
    let status = match (status.as_str(), posted) {
        (PENDING, None) => HoldStatus::Pending,
        ("posted", Some(minor)) => HoldStatus::Posted(minor),
        ("voided", None) => HoldStatus::Voided,
        ("expired", None) => HoldStatus::Expired,
        _ => return Err(f.wrong(format_args!("hold status {status:?}"))),
    };
    Ok(Hold { id, village, debit, credit, amount_minor, expires_at, status })
}

pub(crate) fn timer_row(cell: CellId, timer: Timer, village: VillageId) -> Row {
    let mut row = timer_key(cell, timer);
    row.push(village_value(village));
    row
}

pub(crate) fn timer_key(cell: CellId, timer: Timer) -> Row {
    let (due_at, kind) = (timer.due_at.micros().into(), timer.kind.name().into());
    vec![id(cell), due_at, kind, timer.subject.into()]
}

pub(crate) fn timer_from(row: Row) -> Read<(Timer, VillageId)> {
    let mut f = fields("timer", row)?;
    let (due_at, kind) = (instant_of(&mut f)?, f.text()?);
    let kind = TimerKind::by_name(&kind).ok_or_else(|| f.wrong(format_args!("kind {kind:?}")))?;
    Ok((Timer { due_at, kind, subject: f.bits()? }, village_of(&mut f)?))
}

pub(crate) fn standing_row(cell: CellId, party: PartyId, row: (VillageId, Standing)) -> Row {
    let (village, standing) = row;
    vec![
        id(cell),
        party.bits().into(),
        village_value(village),
        standing.good_count.into(),
        standing.bad_count.into(),
        standing.good_minor.into(),
    ]
}

pub(crate) fn standing_from(row: Row) -> Read<(PartyId, (VillageId, Standing))> {
    let mut f = fields("standing", row)?;
    let (party, village) = (PartyId::from_bits(f.bits()?), village_of(&mut f)?);
    let (good_count, bad_count, good_minor) = (f.int()?, f.int()?, f.int()?);
    Ok((party, (village, Standing { good_count, bad_count, good_minor })))
}

pub(crate) fn evidence_row(cell: CellId, row: &EvidenceRow) -> Row {
    let fact = row.evidence;
    vec![
        id(cell),
        fact.member.bits().into(),
        row.seq.into(),
        row.number.into(),
        village_value(row.village),
        fact.kind.name().into(),
        i64::from(fact.good).into(),
        fact.counterparty.bits().into(),
        fact.value_minor.into(),
        row.at.micros().into(),
        i64::from(fact.is_counter).into(),
        fact.order.map(OrderId::bits).into(),
    ]
}

pub(crate) fn reversal_row(cell: CellId, (village, seq): (VillageId, u64), by_seq: u64) -> Row {
    vec![id(cell), village_value(village), seq.into(), by_seq.into()]
}

pub(crate) fn reversal_from(row: Row) -> Read<((VillageId, u64), u64)> {
    let mut f = fields("reversal", row)?;
    Ok(((village_of(&mut f)?, f.num()?), f.num()?))
}

pub(crate) fn closing_row(cell: CellId, key: &(VillageId, String), hash: [u8; 32]) -> Row {
    vec![id(cell), village_value(key.0), key.1.as_str().into(), hash.into()]
}

pub(crate) fn stock_entry_row(cell: CellId, entry: &StockEntry) -> Row {
    vec![
        id(cell),
        entry.listing.bits().into(),
        entry.seq.into(),
        entry.number.into(),
        village_value(entry.village),
        entry.delta_held.into(),
        entry.delta_on_hand.into(),
        entry.stock.held.into(),
        entry.stock.on_hand.into(),
        entry.reason.as_str().into(),
        entry.at.micros().into(),
    ]
}

pub(crate) fn stock_entry_from(row: Row) -> Read<StockEntry> {
    let mut f = fields("stock_entry", row)?;
    let (listing, seq, number) = (ListingId::from_bits(f.bits()?), f.num()?, f.num()?);
    let (village, delta_held, delta_on_hand) = (village_of(&mut f)?, f.int()?, f.int()?);
    let stock = Stock { held: f.int()?, on_hand: f.int()? };
    let (reason, at) = (f.text()?, instant_of(&mut f)?);
    Ok(StockEntry { village, listing, seq, number, delta_held, delta_on_hand, stock, reason, at })
}

pub(crate) fn review_row(cell: CellId, row: &ReviewRow) -> Row {
    let words: Vec<&str> = row.review.words.iter().map(|word| word.name()).collect();
    vec![
        id(cell),
        row.subject.into(),
        row.seq.into(),
        village_value(row.village),
        row.order.bits().into(),
        u32::from(row.review.stars).into(),
        words.join(" ").into(),
        row.at.micros().into(),
    ]
}

pub(crate) fn review_from(row: Row) -> Read<ReviewRow> {
    let mut f = fields("review", row)?;
    let (subject, seq, village) = (f.bits()?, f.num()?, village_of(&mut f)?);
    let (order, stars, words) = (OrderId::from_bits(f.bits()?), f.num()?, f.text()?);
    // A word that a newer program knows is left out rather than refused.
    let words = words.split(' ').filter_map(ReviewWord::by_name).collect();
    let at = instant_of(&mut f)?;
    Ok(ReviewRow { at, order, review: Review { stars, words }, seq, subject, village })
}

pub(crate) fn lot_order_row(cell: CellId, row: &LotOrder) -> Row {
    let (lot, order) = (row.lot.bits().into(), row.order.bits().into());
    vec![id(cell), village_value(row.village), lot, order, row.grams.into()]
}

pub(crate) fn drawer_row(cell: CellId, shop: PartyId, row: (VillageId, TillId)) -> Row {
    vec![id(cell), shop.bits().into(), village_value(row.0), row.1.bits().into()]
}

pub(crate) fn drawer_key(cell: CellId, shop: PartyId) -> Row {
    vec![id(cell), shop.bits().into()]
}

pub(crate) fn drawer_from(row: Row) -> Read<(PartyId, (VillageId, TillId))> {
    let mut f = fields("drawer", row)?;
    let (shop, village) = (PartyId::from_bits(f.bits()?), village_of(&mut f)?);
    Ok((shop, (village, TillId::from_bits(f.bits()?))))
}

pub(crate) fn receipt_row(cell: CellId, order: OrderId, list: &Vec<Receipt>) -> Row {
    let village = list.first().map_or(VillageId::new(0), |receipt| receipt.village);
    let is_waiting = list.iter().any(|receipt| receipt.is_waiting);
    let waiting = i64::from(is_waiting);
    vec![id(cell), order.bits().into(), village_value(village), waiting.into(), json_text(list)]
}

pub(crate) fn receipt_from(row: Row) -> Read<(OrderId, Vec<Receipt>)> {
    let mut f = fields("receipt", row)?;
    let order = OrderId::from_bits(f.bits()?);
    village_of(&mut f)?;
    f.int()?;
    Ok((order, json(&mut f)?))
}

pub(crate) fn payer_row(cell: CellId, (village, payer): &(VillageId, Hash), by: PartyId) -> Row {
    vec![id(cell), village_value(*village), (*payer).into(), by.bits().into()]
}

pub(crate) fn payer_from(row: Row) -> Read<((VillageId, Hash), PartyId)> {
    let mut f = fields("payer", row)?;
    Ok(((village_of(&mut f)?, f.array()?), PartyId::from_bits(f.bits()?)))
}

pub(crate) fn photo_row(cell: CellId, (village, photo): &(VillageId, Photo), seq: u64) -> Row {
    vec![id(cell), village_value(*village), photo.0.into(), seq.into()]
}

pub(crate) fn photo_from(row: Row) -> Read<((VillageId, Photo), u64)> {
    let mut f = fields("photo", row)?;
    Ok(((village_of(&mut f)?, Photo(f.array()?)), f.num()?))
}

pub(crate) fn outbox_row(cell: CellId, row: &OutboxRow) -> Row {
    vec![
        id(cell),
        row.seq.into(),
        row.number.into(),
        village_value(row.village),
        json_text(&row.message),
        Value::Null,
    ]
}

pub(crate) fn outbox_from(row: Row) -> Read<OutboxRow> {
    let mut f = fields("outbox", row)?;
    let (seq, number, village) = (f.num()?, f.num()?, village_of(&mut f)?);
    Ok(OutboxRow { village, seq, number, message: json(&mut f)? })
}

/// The record in a journal payload.
pub(crate) fn record_from(payload: &[u8]) -> Read<Record> {
    serde_json::from_slice(payload)
        .map_err(|error| StoreError::Decode { table: "journal", what: error.to_string() })
}
