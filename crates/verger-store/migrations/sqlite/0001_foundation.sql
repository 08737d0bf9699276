-- The foundation: cells, villages, parties, the ledger, the journal.
-- Every table of the command path leads with cell_id; units are in the names; money is minor units,
-- moments are microseconds since 1970 UTC, days are days since 1970-01-01.

-- One row a cell: the head of its chain and who owns it.
create table cell (
  cell_id integer not null,
  seq integer not null,
  chain blob not null,
  at integer not null,
  epoch integer not null,
  owner text not null,
  lease_until integer not null,
  constraint cell_pk primary key (cell_id)
) strict, without rowid;

-- Which cell keeps which village. The one table without a leading cell: a reference table.
create table village_route (
  village_id integer not null,
  cell_id integer not null,
  constraint village_route_pk primary key (village_id)
) strict, without rowid;

-- Villages.
create table village (
  cell_id integer not null,
  village_id integer not null,
  code text not null,
  name text not null,
  name_latin text not null,
  county text not null,
  currency text not null,
  altitude_m integer not null,
  closed_through text,
  policy_version integer not null,
  registered_on integer not null,
  constraint village_pk primary key (cell_id, village_id)
) strict, without rowid;

-- Every policy version a village lived under, as canonical JSON.
create table policy (
  cell_id integer not null,
  village_id integer not null,
  version integer not null,
  document text not null,
  constraint policy_pk primary key (cell_id, village_id, version)
) strict;

-- People, families and firms, without their names.
create table party (
  cell_id integer not null,
  party_id blob not null,
  village_id integer not null,
  kind text not null,
  code text not null,
  household blob,
  certified text not null,
  constraint party_pk primary key (cell_id, party_id)
) strict, without rowid;

-- Names and descriptions: never in the journal, so that a person can be forgotten.
create table profile (
  cell_id integer not null,
  party_id blob not null,
  name text not null,
  name_latin text not null,
  facts text not null,
  salt blob not null,
  constraint profile_pk primary key (cell_id, party_id)
) strict, without rowid;

-- The catalogue.
create table good (
  cell_id integer not null,
  good_id blob not null,
  village_id integer not null,
  code text not null,
  seller blob not null,
  category text not null,
  name text not null,
  name_latin text not null,
  price_minor integer not null,
  township_price_minor integer,
  weight_g integer not null,
  constraint good_pk primary key (cell_id, good_id)
) strict, without rowid;

-- What a short code stands for.
create table code (
  cell_id integer not null,
  village_id integer not null,
  noun text not null,
  code text not null,
  subject blob not null,
  constraint code_pk primary key (cell_id, village_id, noun, code)
) strict, without rowid;

-- Bearer tokens, by the hash of their secret.
create table token (
  cell_id integer not null,
  token_id blob not null,
  village_id integer not null,
  party_id blob not null,
  scopes text not null,
  secret_hash blob not null,
  expires_at integer not null,
  constraint token_pk primary key (cell_id, token_id)
) strict, without rowid;

-- Counts of wrong PINs; a row is there when there is a PIN.
create table pin (
  cell_id integer not null,
  party_id blob not null,
  wrong integer not null,
  locked_until integer,
  constraint pin_pk primary key (cell_id, party_id)
) strict, without rowid;

-- PIN hashes (argon2id, PHC form): never in the journal.
create table pin_secret (
  cell_id integer not null,
  party_id blob not null,
  phc text not null,
  constraint pin_secret_pk primary key (cell_id, party_id)
) strict, without rowid;

-- Accounts with their four counters, in minor units.
create table account (
  cell_id integer not null,
  village_id integer not null,
  code integer not null,
  owner blob not null,
  currency text not null,
  label text not null,
  debits_posted integer not null constraint account_debits_posted_positive check (debits_posted >= 0),
  credits_posted integer not null constraint account_credits_posted_positive check (credits_posted >= 0),
  debits_pending integer not null constraint account_debits_pending_positive check (debits_pending >= 0),
  credits_pending integer not null constraint account_credits_pending_positive check (credits_pending >= 0),
  constraint account_pk primary key (cell_id, village_id, code, owner)
) strict, without rowid;

-- Statement lines, clustered by account.
create table entry (
  cell_id integer not null,
  village_id integer not null,
  code integer not null,
  owner blob not null,
  seq integer not null,
  leg integer not null,
  amount_minor integer not null,
  balance_minor integer not null,
  effective_on integer not null,
  at integer not null,
  constraint entry_pk primary key (cell_id, village_id, code, owner, seq, leg)
) strict, without rowid;

-- Two-phase holds.
create table hold (
  cell_id integer not null,
  hold_id blob not null,
  village_id integer not null,
  debit_code integer not null,
  debit_owner blob not null,
  credit_code integer not null,
  credit_owner blob not null,
  amount_minor integer not null constraint hold_amount_minor_positive check (amount_minor >= 0),
  expires_at integer not null,
  status text not null,
  posted_minor integer,
  constraint hold_pk primary key (cell_id, hold_id)
) strict, without rowid;

-- What the clock has to do.
create table timer (
  cell_id integer not null,
  due_at integer not null,
  kind text not null,
  subject blob not null,
  village_id integer not null,
  constraint timer_pk primary key (cell_id, due_at, kind, subject)
) strict, without rowid;

-- A running count of the facts known about a party.
create table standing (
  cell_id integer not null,
  party_id blob not null,
  village_id integer not null,
  good_count integer not null constraint standing_good_count_positive check (good_count >= 0),
  bad_count integer not null constraint standing_bad_count_positive check (bad_count >= 0),
  good_minor integer not null constraint standing_good_minor_positive check (good_minor >= 0),
  constraint standing_pk primary key (cell_id, party_id)
) strict, without rowid;

-- Facts for the trust index.
create table evidence (
  cell_id integer not null,
  member blob not null,
  seq integer not null,
  number integer not null,
  village_id integer not null,
  kind text not null,
  good integer not null,
  counterparty blob not null,
  value_minor integer not null constraint evidence_value_minor_positive check (value_minor >= 0),
  at integer not null,
  constraint evidence_pk primary key (cell_id, member, seq, number)
) strict, without rowid;

-- Which record took which one back.
create table reversal (
  cell_id integer not null,
  village_id integer not null,
  seq integer not null,
  by_seq integer not null,
  constraint reversal_pk primary key (cell_id, village_id, seq)
) strict, without rowid;

-- The sealing hash of each closed month.
create table closing (
  cell_id integer not null,
  village_id integer not null,
  month text not null,
  hash blob not null,
  constraint closing_pk primary key (cell_id, village_id, month)
) strict, without rowid;

-- Messages to other villages; done_at is null until delivered.
create table outbox (
  cell_id integer not null,
  seq integer not null,
  number integer not null,
  village_id integer not null,
  message text not null,
  done_at integer,
  constraint outbox_pk primary key (cell_id, seq, number)
) strict, without rowid;

-- One row a command: the idempotency key, the packed record and the chain.
create table journal (
  cell_id integer not null,
  seq integer not null,
  key blob not null,
  village_id integer not null,
  kind text not null,
  actor text not null,
  at integer not null,
  payload blob not null,
  payload_hash blob not null,
  chain blob not null,
  constraint journal_key unique (cell_id, key),
  constraint journal_pk primary key (cell_id, seq)
) strict;

-- Idempotency keys that a village brought along from its former cell.
create table moved_key (
  cell_id integer not null,
  key blob not null,
  village_id integer not null,
  payload blob not null,
  constraint moved_key_pk primary key (cell_id, key)
) strict;

create index party_by_village on party (cell_id, village_id, kind, code);
create index good_by_village on good (cell_id, village_id, code);
create index hold_pending on hold (cell_id, village_id) where status = 'pending';
create index outbox_waiting on outbox (cell_id, seq) where done_at is null;

-- The fixed set of cells.
with recursive number(n) as (select 0 union all select n + 1 from number where n < 31)
insert into cell select n, 0, zeroblob(32), 0, 0, '', 0 from number;
