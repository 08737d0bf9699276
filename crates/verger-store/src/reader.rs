//! Questions to the books, apart from the command path. Owns the queries, one text for both engines
//! (parameters are written `?1`); must not change anything.

#![expect(clippy::missing_errors_doc, reason = "every question fails only when the database does")]

mod lists;
mod trust;

pub use trust::{Payment, TrustView};

use std::collections::BTreeMap;
use std::fmt::Write as _;

use verger_domain::codec::Hash;
use verger_domain::effect::Record;
use verger_domain::id::{CellId, HoldId, ListingId, OrderId, PartyId, TillId, TokenId, VillageId};
use verger_domain::ledger::{Account, AccountId, AccountKey, Code, Hold};
use verger_domain::market::listing::Photo;
use verger_domain::market::till::Receipt;
use verger_domain::party::{Party, PartyKind, PinTries, Profile, Token, Village};
use verger_domain::policy::Policy;
use verger_domain::state::{Entry, Standing, StockEntry};
use verger_domain::time::{Instant, Month};

use crate::document::{self, Document};
use crate::engine::{Engine, Head};
use crate::error::StoreError;
use crate::rows;
use crate::table::{self, Fields, Row, Table, Value};

/// A reading connection. It sees every commit that was answered before the question.
pub struct Reader {
    engine: Box<dyn Engine>,
}

type Result<T> = std::result::Result<T, StoreError>;

/// One row of the journal as stored.
#[derive(Clone, Debug)]
pub struct JournalRow {
    /// Its number in the cell.
    pub seq: u64,
    /// The idempotency key's bits.
    pub key: u128,
    /// The village.
    pub village: VillageId,
    /// The command's name.
    pub kind: String,
    /// Who acted.
    pub actor: String,
    /// When it was decided.
    pub at: Instant,
    /// The canonical JSON of the record.
    pub payload: Vec<u8>,
    /// The stored SHA-256 of the payload.
    pub payload_hash: [u8; 32],
    /// The stored chain after this record.
    pub chain: [u8; 32],
}

impl JournalRow {
    /// Whether it says that something was refused. Some records are long, and a list has many: what
    /// does not have the word is not parsed.
    pub fn is_refused(&self) -> bool {
        #[derive(serde::Deserialize)]
        struct Refused {
            #[serde(default)]
            refusal: Option<serde::de::IgnoredAny>,
        }
        let is_refused = |text: &str| {
            text.contains("\"refusal\":")
                && serde_json::from_str::<Refused>(text).is_ok_and(|seen| seen.refusal.is_some())
        };
        std::str::from_utf8(&self.payload).is_ok_and(is_refused)
    }

    /// The record in the payload.
    ///
    /// # Errors
    /// When the payload does not parse.
    pub fn record(&self) -> Result<Record> {
        rows::record_from(&self.payload)
    }
}

/// A party with its profile, if it was not forgotten.
#[derive(Clone, Debug)]
pub struct PartyView {
    /// The party.
    pub party: Party,
    /// Its names.
    pub profile: Option<Profile>,
}

/// Which parties to list.
#[derive(Clone, Debug, Default)]
pub struct PartyFilter {
    /// Only this kind.
    pub kind: Option<PartyKind>,
    /// Only codes after this one.
    pub after_code: String,
}

/// The sizes in which a picture is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PictureSize {
    /// For a page of its own.
    Page,
    /// For a list.
    Thumb,
}

impl PictureSize {
    /// The name in addresses and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Thumb => "thumb",
        }
    }

    /// The size with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Page, Self::Thumb].into_iter().find(|size| size.name() == name)
    }
}

/// The place in a statement before which to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryCursor {
    /// The record.
    pub seq: u64,
    /// The leg.
    pub leg: u32,
}

fn cell_value(cell: CellId) -> Value {
    i64::from(cell.number()).into()
}

impl Reader {
    pub(crate) fn new(engine: Box<dyn Engine>) -> Self {
        Self { engine }
    }

    pub(crate) fn engine(&mut self) -> &mut dyn Engine {
        self.engine.as_mut()
    }

    /// Which cell keeps which village.
    pub fn routes(&mut self) -> Result<BTreeMap<VillageId, CellId>> {
        let rows = self.engine.query("select village_id, cell_id from village_route", &[])?;
        let mut routes = BTreeMap::new();
        for row in rows {
            let mut f = Fields::new("village_route", row);
            let village = VillageId::new(f.num()?);
            let number = f.num()?;
            let cell = CellId::new(number).ok_or_else(|| f.wrong(format_args!("cell {number}")))?;
            routes.insert(village, cell);
        }
        Ok(routes)
    }

    /// Stays on the state of the books as of now, until [`Reader::thaw`].
    pub fn freeze(&mut self) -> Result<()> {
        self.engine.script("begin")?;
        // SQLite takes its state with the first question.
        self.ping()
    }

    /// Sees new commits again.
    pub fn thaw(&mut self) -> Result<()> {
        self.engine.script("commit")
    }

    /// Answers a whole question out of one state of the books, so that its figures belong together.
    pub fn at_once<T>(&mut self, question: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.engine.script("begin")?;
        let answer = question(self);
        // Nothing was written: either ends it, and only a question that failed needs the latter.
        let ended = self.engine.script(if answer.is_ok() { "commit" } else { "rollback" });
        answer.and_then(|answer| ended.map(|()| answer))
    }

    /// Where every cell's chain stands.
    pub fn heads(&mut self) -> Result<Vec<Head>> {
        CellId::all().map(|cell| self.head(cell)).collect()
    }

    /// Where a cell's chain stands.
    pub fn head(&mut self, cell: CellId) -> Result<Head> {
        let rows = self.engine.query(crate::engine::HEAD_SELECT, &[cell_value(cell)])?;
        crate::engine::head_from(cell, rows)
    }

    /// A village.
    pub fn village(&mut self, cell: CellId, village: VillageId) -> Result<Option<Village>> {
        let found = self.by(&table::VILLAGE, cell, &[("village_id", village.number().into())])?;
        found.into_iter().next().map(rows::village_from).transpose()
    }

    /// Every policy a village lived under, the oldest first.
    pub fn policies(&mut self, cell: CellId, village: VillageId) -> Result<Vec<Policy>> {
        let found = self.by(&table::POLICY, cell, &[("village_id", village.number().into())])?;
        let policies =
            found.into_iter().map(|row| rows::policy_from(row).map(|(_, policy)| policy));
        let mut policies = policies.collect::<Result<Vec<_>>>()?;
        policies.sort_by_key(|policy| policy.version);
        Ok(policies)
    }

    /// A party with its profile.
    pub fn party(&mut self, cell: CellId, party: PartyId) -> Result<Option<PartyView>> {
        let id = Value::from(party.bits());
        let found = self.by(&table::PARTY, cell, &[("party_id", id)])?.into_iter().next();
        let Some(party) = found.map(rows::party_from).transpose()? else { return Ok(None) };
        Ok(Some(PartyView { profile: self.profile(cell, party.id)?, party }))
    }

    /// The id that a short code of a village stands for.
    pub fn subject_of(
        &mut self,
        cell: CellId,
        village: VillageId,
        noun: verger_domain::party::CodeOf,
        code: &str,
    ) -> Result<Option<u128>> {
        let by = [
            ("village_id", village.number().into()),
            ("noun", noun.name().into()),
            ("code", code.into()),
        ];
        let found = self.by(&table::CODE, cell, &by)?.into_iter().next();
        Ok(found.map(rows::code_from).transpose()?.map(|(_, subject)| subject))
    }

    /// Parties of a village by code, at most `limit`.
    pub fn parties(
        &mut self,
        cell: CellId,
        village: VillageId,
        filter: &PartyFilter,
        limit: u32,
    ) -> Result<Vec<PartyView>> {
        let kinds: Vec<PartyKind> = match filter.kind {
            Some(kind) => vec![kind],
            None => PartyKind::ALL.to_vec(),
        };
        let columns = table::PARTY.column_list();
        let sql = format!(
            "select {columns} from party where cell_id = ?1 and village_id = ?2 and kind = ?3
             and code > ?4 order by code limit ?5"
        );
        let mut parties = Vec::new();
        for kind in kinds {
            let after = filter.after_code.as_str();
            let params = [
                cell_value(cell),
                village.number().into(),
                kind.name().into(),
                after.into(),
                limit.into(),
            ];
            for row in self.engine.query(&sql, &params)? {
                parties.push(rows::party_from(row)?);
            }
        }
        parties.sort_by(|a, b| a.code.cmp(&b.code));
        parties.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        self.views(cell, parties)
    }

    /// How many parties of a kind a village has.
    pub fn party_count(
        &mut self,
        cell: CellId,
        village: VillageId,
        kind: PartyKind,
    ) -> Result<i64> {
        const SQL: &str = "select count(*) from party
            where cell_id = ?1 and village_id = ?2 and kind = ?3";
        let params = [cell_value(cell), village.number().into(), kind.name().into()];
        self.count(SQL, &params)
    }

    /// The number that a question for one number is answered with.
    pub(crate) fn count(&mut self, sql: &str, params: &[Value]) -> Result<i64> {
        let row = self.engine.query(sql, params)?.into_iter().next().unwrap_or_default();
        Fields::new("count", row).int()
    }

    /// The members of a household, by code.
    pub fn members_of(
        &mut self,
        (cell, village): (CellId, VillageId),
        household: PartyId,
    ) -> Result<Vec<PartyView>> {
        let sql = format!(
            "select {} from party where cell_id = ?1 and village_id = ?2 and kind = 'member'
             and household = ?3 order by code",
            table::PARTY.column_list()
        );
        let params = [cell_value(cell), village.number().into(), household.bits().into()];
        let rows = self.engine.query(&sql, &params)?.into_iter();
        self.views(cell, rows.map(rows::party_from).collect::<Result<_>>()?)
    }

    /// Parties with their profiles, in their order.
    pub(crate) fn views(&mut self, cell: CellId, parties: Vec<Party>) -> Result<Vec<PartyView>> {
        let ids: Vec<PartyId> = parties.iter().map(|party| party.id).collect();
        let mut profiles = self.profiles(cell, &ids)?;
        let view = |party: Party| PartyView { profile: profiles.remove(&party.id), party };
        Ok(parties.into_iter().map(view).collect())
    }

    fn profile(&mut self, cell: CellId, party: PartyId) -> Result<Option<Profile>> {
        let found = self.by(&table::PROFILE, cell, &[("party_id", party.bits().into())])?;
        Ok(found.into_iter().next().map(rows::profile_from).transpose()?.map(|(_, p)| p))
    }

    /// A document by the bits of its id, if it is of this village.
    pub fn document<D: Document>(
        &mut self,
        cell: CellId,
        village: VillageId,
        bits: u128,
    ) -> Result<Option<D>> {
        let table = D::place().0;
        let key = table.page_columns().first().copied().unwrap_or_default();
        let by = [(key, bits.into()), ("village_id", village.number().into())];
        let found = self.by(table, cell, &by)?.into_iter().next();
        found.map(document::from).transpose()
    }

    /// All documents of a kind of a cell.
    pub fn all_documents<D: Document>(&mut self, cell: CellId) -> Result<Vec<D>> {
        self.all(D::place().0, cell)?.into_iter().map(document::from).collect()
    }

    /// All open drawers of a cell, by shop.
    pub fn all_drawers(&mut self, cell: CellId) -> Result<Vec<(PartyId, (VillageId, TillId))>> {
        self.all(&table::DRAWER, cell)?.into_iter().map(rows::drawer_from).collect()
    }

    /// What the processor told of all orders of a cell.
    pub fn all_receipts(&mut self, cell: CellId) -> Result<Vec<(OrderId, Vec<Receipt>)>> {
        self.all(&table::RECEIPT, cell)?.into_iter().map(rows::receipt_from).collect()
    }

    /// What the processor told of an order.
    pub fn receipts(&mut self, cell: CellId, order: OrderId) -> Result<Vec<Receipt>> {
        let found = self.by(&table::RECEIPT, cell, &[("order_id", order.bits().into())])?;
        let list = found.into_iter().next().map(rows::receipt_from).transpose()?;
        Ok(list.map(|(_, list)| list).unwrap_or_default())
    }

    /// All used pictures of a cell.
    pub fn all_photos(&mut self, cell: CellId) -> Result<Vec<((VillageId, Photo), u64)>> {
        self.all(&table::PHOTO, cell)?.into_iter().map(rows::photo_from).collect()
    }

    /// All known sources of payment of a cell.
    pub fn all_payers(&mut self, cell: CellId) -> Result<Vec<((VillageId, Hash), PartyId)>> {
        self.all(&table::PAYER, cell)?.into_iter().map(rows::payer_from).collect()
    }

    /// A stored picture of a village in one of its sizes: a JPEG file.
    pub fn picture(
        &mut self,
        (cell, village): (CellId, VillageId),
        digest: &Hash,
        size: PictureSize,
    ) -> Result<Option<Vec<u8>>> {
        let by = [
            ("village_id", village.number().into()),
            ("digest", (*digest).into()),
            ("size", size.name().into()),
        ];
        let found = self.by(&table::PICTURE, cell, &by)?.into_iter().next();
        match found.and_then(|row| row.into_iter().next_back()) {
            Some(Value::Bytes(bytes)) => Ok(Some(bytes)),
            _ => Ok(None),
        }
    }

    /// The newest movements of a listing's stock, newest first, at most `limit`.
    pub fn stock_entries(
        &mut self,
        cell: CellId,
        listing: ListingId,
        limit: u32,
    ) -> Result<Vec<StockEntry>> {
        let sql = format!(
            "select {} from stock_entry where cell_id = ?1 and listing_id = ?2
             order by seq desc, number desc limit ?3",
            table::STOCK_ENTRY.column_list()
        );
        let params = [cell_value(cell), listing.bits().into(), limit.into()];
        self.engine.query(&sql, &params)?.into_iter().map(rows::stock_entry_from).collect()
    }

    /// An account.
    pub fn account(&mut self, cell: CellId, id: AccountId) -> Result<Option<Account>> {
        let by = [
            ("village_id", id.village.number().into()),
            ("code", u32::from(id.key.code.number()).into()),
            ("owner", id.key.owner.into()),
        ];
        let found = self.by(&table::ACCOUNT, cell, &by)?.into_iter().next();
        found.map(rows::account_from).transpose()
    }

    /// The accounts of a village after a key, at most `limit`.
    pub fn accounts(
        &mut self,
        cell: CellId,
        village: VillageId,
        after: Option<AccountKey>,
        limit: u32,
    ) -> Result<Vec<Account>> {
        let sql = format!(
            "select {} from account where cell_id = ?1 and village_id = ?2
             and (code, owner) > (?3, ?4) order by code, owner limit ?5",
            table::ACCOUNT.column_list()
        );
        let (code, owner) = after.map_or((0, 0), |key| (u32::from(key.code.number()), key.owner));
        let params =
            [cell_value(cell), village.number().into(), code.into(), owner.into(), limit.into()];
        self.engine.query(&sql, &params)?.into_iter().map(rows::account_from).collect()
    }

    /// An account as of a moment: holds past their time reserve nothing, whether they were swept
    /// or not. Both rows are of one state of the books only within [`Reader::at_once`].
    pub fn account_at(
        &mut self,
        cell: CellId,
        id: AccountId,
        at: Instant,
    ) -> Result<Option<Account>> {
        let Some(mut account) = self.account(cell, id)? else { return Ok(None) };
        if account.debits_pending == 0 && account.credits_pending == 0 {
            return Ok(Some(account));
        }
        let (debits, credits) = self.expired_reserved(cell, id, at)?;
        account.debits_pending = account.debits_pending.saturating_sub(debits);
        account.credits_pending = account.credits_pending.saturating_sub(credits);
        Ok(Some(account))
    }

    /// What holds past their time still reserve on an account, debits and credits.
    fn expired_reserved(
        &mut self,
        cell: CellId,
        account: AccountId,
        now: Instant,
    ) -> Result<(i64, i64)> {
        const SQL: &str = "select debit_code, debit_owner, amount_minor from hold
            where cell_id = ?1 and village_id = ?2 and status = 'pending' and expires_at <= ?5
            and ((debit_code = ?3 and debit_owner = ?4) or (credit_code = ?3 and credit_owner = ?4))";
        let key = account.key;
        let params = [
            cell_value(cell),
            account.village.number().into(),
            u32::from(key.code.number()).into(),
            key.owner.into(),
            now.micros().into(),
        ];
        let (mut debits, mut credits) = (0_i64, 0_i64);
        for row in self.engine.query(SQL, &params)? {
            let mut f = Fields::new("hold", row);
            let is_debit = (f.num::<u16>()?, f.bits()?) == (key.code.number(), key.owner);
            let side = if is_debit { &mut debits } else { &mut credits };
            *side = side.saturating_add(f.int()?);
        }
        Ok((debits, credits))
    }

    /// The newest entries of an account before a place, at most `limit`.
    pub fn statement(
        &mut self,
        cell: CellId,
        account: AccountId,
        before: Option<EntryCursor>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let sql = format!(
            "select {} from entry where cell_id = ?1 and village_id = ?2 and code = ?3
             and owner = ?4 and (seq, leg) < (?5, ?6) order by seq desc, leg desc limit ?7",
            table::ENTRY.column_list()
        );
        let (seq, leg) = before.map_or((Value::Int(i64::MAX), 0), |c| (c.seq.into(), c.leg));
        let key = account.key;
        let params = [
            cell_value(cell),
            account.village.number().into(),
            u32::from(key.code.number()).into(),
            key.owner.into(),
            seq,
            leg.into(),
            limit.into(),
        ];
        self.engine.query(&sql, &params)?.into_iter().map(rows::entry_from).collect()
    }

    /// The posted balances of a village by code, debit positive.
    pub fn trial_balance(
        &mut self,
        cell: CellId,
        village: VillageId,
    ) -> Result<BTreeMap<Code, i64>> {
        const SQL: &str = "select code, cast(sum(debits_posted - credits_posted) as bigint)
            from account where cell_id = ?1 and village_id = ?2
            and debits_posted <> credits_posted group by code order by code";
        let mut balance = BTreeMap::new();
        for row in self.engine.query(SQL, &[cell_value(cell), village.number().into()])? {
            let mut f = Fields::new("account", row);
            let number = f.num()?;
            let code = Code::new(number).ok_or_else(|| f.wrong(format_args!("code {number}")))?;
            let minor = f.int()?;
            if minor != 0 {
                balance.insert(code, minor);
            }
        }
        Ok(balance)
    }

    /// A hold.
    pub fn hold(&mut self, cell: CellId, hold: HoldId) -> Result<Option<Hold>> {
        let found = self.by(&table::HOLD, cell, &[("hold_id", hold.bits().into())])?;
        found.into_iter().next().map(rows::hold_from).transpose()
    }

    /// A token.
    pub fn token(&mut self, cell: CellId, token: TokenId) -> Result<Option<Token>> {
        let found = self.by(&table::TOKEN, cell, &[("token_id", token.bits().into())])?;
        found.into_iter().next().map(rows::token_from).transpose()
    }

    /// A member's PIN hash and how often it was tried wrongly.
    pub fn pin(&mut self, cell: CellId, member: PartyId) -> Result<Option<(String, PinTries)>> {
        let by = [("party_id", member.bits().into())];
        let secret = self.by(&table::PIN_SECRET, cell, &by)?.into_iter().next();
        let tries = self.by(&table::PIN, cell, &by)?.into_iter().next();
        let (Some(secret), Some(tries)) = (secret, tries) else { return Ok(None) };
        let mut f = rows::fields("pin_secret", secret)?;
        f.bits()?;
        Ok(Some((f.text()?, rows::pin_from(tries)?.1)))
    }

    /// A party's standing.
    pub fn standing(&mut self, cell: CellId, party: PartyId) -> Result<Option<Standing>> {
        let found = self.by(&table::STANDING, cell, &[("party_id", party.bits().into())])?;
        let row = found.into_iter().next().map(rows::standing_from).transpose()?;
        Ok(row.map(|(_, (_, standing))| standing))
    }

    /// A record of the journal.
    pub fn record(&mut self, cell: CellId, seq: u64) -> Result<Option<JournalRow>> {
        let found = self.by(&table::JOURNAL, cell, &[("seq", seq.into())])?;
        found.into_iter().next().map(journal_from).transpose()
    }

    /// The record that was stored under a key, also one that a village brought along.
    pub fn record_by_key(
        &mut self,
        cell: CellId,
        key: verger_domain::id::CommandId,
    ) -> Result<Option<Record>> {
        let by = [("key", key.bits().into())];
        if let Some(row) = self.by(&table::JOURNAL, cell, &by)?.into_iter().next() {
            return journal_from(row)?.record().map(Some);
        }
        let moved = self.by(&table::MOVED_KEY, cell, &by)?.into_iter().next();
        match moved.and_then(|row| row.into_iter().nth(3)) {
            Some(Value::Bytes(payload)) => rows::record_from(&payload).map(Some),
            _ => Ok(None),
        }
    }

    /// The records of a cell after a number, in order, at most `limit`.
    pub fn journal(&mut self, cell: CellId, after: u64, limit: u32) -> Result<Vec<JournalRow>> {
        let rows = self.page(&table::JOURNAL, cell, Some(&[after.into()]), limit)?;
        rows.into_iter().map(journal_from).collect()
    }

    /// The newest records of a village after a number whose kind begins like this, newest first.
    pub fn journal_of(
        &mut self,
        (cell, village): (CellId, VillageId),
        kind: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<JournalRow>> {
        let sql = format!(
            "select {} from journal where cell_id = ?1 and seq > ?2 and village_id = ?3
             and substr(kind, 1, length(cast(?4 as text))) = cast(?4 as text) order by seq desc limit ?5",
            table::JOURNAL.column_list()
        );
        let params: Row = vec![
            cell_value(cell),
            after.into(),
            village.number().into(),
            kind.into(),
            limit.into(),
        ];
        self.engine.query(&sql, &params)?.into_iter().map(journal_from).collect()
    }

    /// The entries of a cell after a place, by account, in order, at most `limit`.
    pub fn entries(
        &mut self,
        cell: CellId,
        after: Option<&Entry>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let after = after.map(|entry| {
            let mut key = rows::account_key_row(entry.account);
            key.extend([entry.seq.into(), entry.leg.into()]);
            key
        });
        let rows = self.page(&table::ENTRY, cell, after.as_deref(), limit)?;
        rows.into_iter().map(rows::entry_from).collect()
    }

    /// All accounts of a cell.
    pub fn all_accounts(&mut self, cell: CellId) -> Result<Vec<Account>> {
        self.all(&table::ACCOUNT, cell)?.into_iter().map(rows::account_from).collect()
    }

    /// All holds of a cell.
    pub fn all_holds(&mut self, cell: CellId) -> Result<Vec<Hold>> {
        self.all(&table::HOLD, cell)?.into_iter().map(rows::hold_from).collect()
    }

    /// All parties of a cell with their profiles.
    pub fn all_parties(&mut self, cell: CellId) -> Result<Vec<(Party, Option<Profile>)>> {
        let profiles = self.all(&table::PROFILE, cell)?.into_iter().map(rows::profile_from);
        let mut profiles: BTreeMap<PartyId, Profile> = profiles.collect::<Result<_>>()?;
        let parties = self.all(&table::PARTY, cell)?.into_iter().map(rows::party_from);
        parties.map(|party| party.map(|p| (p.clone(), profiles.remove(&p.id)))).collect()
    }

    /// All standings of a cell.
    pub fn all_standings(&mut self, cell: CellId) -> Result<Vec<(PartyId, (VillageId, Standing))>> {
        self.all(&table::STANDING, cell)?.into_iter().map(rows::standing_from).collect()
    }

    /// All villages of a cell.
    pub fn all_villages(&mut self, cell: CellId) -> Result<Vec<Village>> {
        self.all(&table::VILLAGE, cell)?.into_iter().map(rows::village_from).collect()
    }

    /// All timers of a cell.
    pub fn all_timers(
        &mut self,
        cell: CellId,
    ) -> Result<Vec<(verger_domain::effect::Timer, VillageId)>> {
        self.all(&table::TIMER, cell)?.into_iter().map(rows::timer_from).collect()
    }

    /// Whether the database answers.
    pub fn ping(&mut self) -> Result<()> {
        self.engine.query("select count(*) from schema_migration", &[]).map(|_| ())
    }

    /// All rows of a table of one cell.
    pub(crate) fn all(&mut self, table: &Table, cell: CellId) -> Result<Vec<Row>> {
        const LIMIT: u32 = 2000;
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let after = rows.last().map(|row| table.page_key(row));
            let page = self.page(table, cell, after.as_deref(), LIMIT)?;
            let is_last = page.len() < usize::try_from(LIMIT).unwrap_or(usize::MAX);
            rows.extend(page);
            if is_last {
                return Ok(rows);
            }
        }
    }

    /// The rows of a table of one cell after a key, in order of the key, at most `limit`.
    pub(crate) fn page(
        &mut self,
        table: &Table,
        cell: CellId,
        after: Option<&[Value]>,
        limit: u32,
    ) -> Result<Vec<Row>> {
        let keys = table.page_columns();
        let mut sql =
            format!("select {} from {} where cell_id = ?1", table.column_list(), table.name);
        let mut params = vec![cell_value(cell)];
        if let Some(after) = after.filter(|_| !keys.is_empty()) {
            let marks: Vec<String> = (2..).take(keys.len()).map(|n| format!("?{n}")).collect();
            let _ = write!(sql, " and ({}) > ({})", keys.join(", "), marks.join(", "));
            params.extend(after.iter().cloned());
        }
        if !keys.is_empty() {
            let _ = write!(sql, " order by {}", keys.join(", "));
        }
        let _ = write!(sql, " limit ?{}", params.len() + 1);
        params.push(limit.into());
        self.engine.query(&sql, &params)
    }

    pub(crate) fn by(
        &mut self,
        table: &Table,
        cell: CellId,
        by: &[(&str, Value)],
    ) -> Result<Vec<Row>> {
        let mut sql =
            format!("select {} from {} where cell_id = ?1", table.column_list(), table.name);
        let mut params = vec![cell_value(cell)];
        for (name, value) in by {
            params.push(value.clone());
            let _ = write!(sql, " and {name} = ?{}", params.len());
        }
        self.engine.query(&sql, &params)
    }
}

fn journal_from(row: Row) -> Result<JournalRow> {
    let mut f = rows::fields("journal", row)?;
    let (seq, key, village) = (f.num()?, f.bits()?, VillageId::new(f.num()?));
    let (kind, actor, at) = (f.text()?, f.text()?, Instant::from_micros(f.int()?));
    let (payload, payload_hash, chain) = (f.bytes()?, f.array()?, f.array()?);
    Ok(JournalRow { seq, key, village, kind, actor, at, payload, payload_hash, chain })
}

/// The posted balances of a village's accounts at the end of a month: today's counters less what
/// took effect later.
pub(crate) fn month_end(
    engine: &mut dyn Engine,
    cell: CellId,
    (village, month): &(VillageId, String),
) -> Result<Vec<(AccountKey, i64)>> {
    const LATER: &str = "select code, owner, cast(sum(amount_minor) as bigint) from entry
        where cell_id = ?1 and village_id = ?2 and effective_on >= ?3 group by code, owner";
    const TODAY: &str = "select code, owner, debits_posted - credits_posted from account
        where cell_id = ?1 and village_id = ?2 order by code, owner";
    let next = month.parse::<Month>().ok().and_then(Month::next);
    let next_day = next.map_or(i64::MAX, |next| i64::from(next.first_day().days()));
    let of_village = [cell_value(cell), village.number().into()];
    let mut since: BTreeMap<AccountKey, i64> = BTreeMap::new();
    let [cell, village] = of_village.clone();
    for row in engine.query(LATER, &[cell, village, next_day.into()])? {
        let (key, minor) = balance_from(row)?;
        since.insert(key, minor);
    }
    let mut balances = Vec::new();
    for row in engine.query(TODAY, &of_village)? {
        let (key, minor) = balance_from(row)?;
        let later = since.get(&key).copied().unwrap_or(0);
        balances.push((key, minor.saturating_sub(later)));
    }
    Ok(balances)
}

fn balance_from(row: Row) -> Result<(AccountKey, i64)> {
    let mut f = Fields::new("account", row);
    let number = f.num()?;
    let code = Code::new(number).ok_or_else(|| f.wrong(format_args!("code {number}")))?;
    Ok((AccountKey { code, owner: f.bits()? }, f.int()?))
}
