-- The foundation: cells, villages, parties, the ledger, the journal.
-- Every table of the command path leads with cell_id; units are in the names; money is minor units,
-- moments are microseconds since 1970 UTC, days are days since 1970-01-01.

-- One row a cell: the head of its chain and who owns it.
create table cell (
  cell_id bigint not null,
  seq bigint not null,
  chain bytea not null,
  at bigint not null,
  epoch bigint not null,
  owner text not null,
  lease_until bigint not null,
  constraint cell_pk primary key (cell_id)
) with (fillfactor = 50);

-- Which cell keeps which village. The one table without a leading cell: a reference table.
create table village_route (
  village_id bigint not null,
  cell_id bigint not null,
  constraint village_route_pk primary key (village_id)
);

-- Villages.
create table village (
  cell_id bigint not null,
  village_id bigint not null,
  code text not null,
  name text not null,
  name_latin text not null,
  county text not null,
  currency text not null,
  altitude_m bigint not null,
  closed_through text,
  policy_version bigint not null,
  registered_on bigint not null,
  constraint village_pk primary key (cell_id, village_id)
);

-- Every policy version a village lived under, as canonical JSON.
create table policy (
  cell_id bigint not null,
  village_id bigint not null,
  version bigint not null,
  document text not null,
  constraint policy_pk primary key (cell_id, village_id, version)
);

-- People, families and firms, without their names.
create table party (
  cell_id bigint not null,
  party_id bytea not null,
  village_id bigint not null,
  kind text not null,
  code text not null,
  household bytea,
  certified text not null,
  constraint party_pk primary key (cell_id, party_id)
);

-- Names and descriptions: never in the journal, so that a person can be forgotten.
create table profile (
  cell_id bigint not null,
  party_id bytea not null,
  name text not null,
  name_latin text not null,
  facts text not null,
  salt bytea not null,
  constraint profile_pk primary key (cell_id, party_id)
);

-- The catalogue.
create table good (
  cell_id bigint not null,
  good_id bytea not null,
  village_id bigint not null,
  code text not null,
  seller bytea not null,
  category text not null,
  name text not null,
  name_latin text not null,
  price_minor bigint not null,
  township_price_minor bigint,
  weight_g bigint not null,
  constraint good_pk primary key (cell_id, good_id)
);

-- What a short code stands for.
create table code (
  cell_id bigint not null,
  village_id bigint not null,
  noun text not null,
  code text not null,
  subject bytea not null,
  constraint code_pk primary key (cell_id, village_id, noun, code)
);

-- Bearer tokens, by the hash of their secret.
create table token (
  cell_id bigint not null,
  token_id bytea not null,
  village_id bigint not null,
  party_id bytea not null,
  scopes text not null,
  secret_hash bytea not null,
  expires_at bigint not null,
  constraint token_pk primary key (cell_id, token_id)
);

-- Counts of wrong PINs; a row is there when there is a PIN.
create table pin (
  cell_id bigint not null,
  party_id bytea not null,
  wrong bigint not null,
  locked_until bigint,
  constraint pin_pk primary key (cell_id, party_id)
);

-- PIN hashes (argon2id, PHC form): never in the journal.
create table pin_secret (
  cell_id bigint not null,
  party_id bytea not null,
  phc text not null,
  constraint pin_secret_pk primary key (cell_id, party_id)
);

-- Accounts with their four counters, in minor units.
create table account (
  cell_id bigint not null,
  village_id bigint not null,
  code bigint not null,
  owner bytea not null,
  currency text not null,
  label text not null,
  debits_posted bigint not null constraint account_debits_posted_positive check (debits_posted >= 0),
  credits_posted bigint not null constraint account_credits_posted_positive check (credits_posted >= 0),
  debits_pending bigint not null constraint account_debits_pending_positive check (debits_pending >= 0),
  credits_pending bigint not null constraint account_credits_pending_positive check (credits_pending >= 0),
  constraint account_pk primary key (cell_id, village_id, code, owner)
) with (fillfactor = 70);

-- Statement lines, clustered by account.
create table entry (
  cell_id bigint not null,
  village_id bigint not null,
  code bigint not null,
  owner bytea not null,
  seq bigint not null,
  leg bigint not null,
  amount_minor bigint not null,
  balance_minor bigint not null,
  effective_on bigint not null,
  at bigint not null,
  constraint entry_pk primary key (cell_id, village_id, code, owner, seq, leg)
);

-- Two-phase holds.
create table hold (
  cell_id bigint not null,
  hold_id bytea not null,
  village_id bigint not null,
  debit_code bigint not null,
  debit_owner bytea not null,
  credit_code bigint not null,
  credit_owner bytea not null,
  amount_minor bigint not null constraint hold_amount_minor_positive check (amount_minor >= 0),
  expires_at bigint not null,
  status text not null,
  posted_minor bigint,
  constraint hold_pk primary key (cell_id, hold_id)
);

-- What the clock has to do.
create table timer (
  cell_id bigint not null,
  due_at bigint not null,
  kind text not null,
  subject bytea not null,
  village_id bigint not null,
  constraint timer_pk primary key (cell_id, due_at, kind, subject)
);

-- A running count of the facts known about a party.
create table standing (
  cell_id bigint not null,
  party_id bytea not null,
  village_id bigint not null,
  good_count bigint not null constraint standing_good_count_positive check (good_count >= 0),
  bad_count bigint not null constraint standing_bad_count_positive check (bad_count >= 0),
  good_minor bigint not null constraint standing_good_minor_positive check (good_minor >= 0),
  constraint standing_pk primary key (cell_id, party_id)
) with (fillfactor = 70);

-- Facts for the trust index.
create table evidence (
  cell_id bigint not null,
  member bytea not null,
  seq bigint not null,
  number bigint not null,
  village_id bigint not null,
  kind text not null,
  good bigint not null,
  counterparty bytea not null,
  value_minor bigint not null constraint evidence_value_minor_positive check (value_minor >= 0),
  at bigint not null,
  constraint evidence_pk primary key (cell_id, member, seq, number)
);

-- Which record took which one back.
create table reversal (
  cell_id bigint not null,
  village_id bigint not null,
  seq bigint not null,
  by_seq bigint not null,
  constraint reversal_pk primary key (cell_id, village_id, seq)
);

-- The sealing hash of each closed month.
create table closing (
  cell_id bigint not null,
  village_id bigint not null,
  month text not null,
  hash bytea not null,
  constraint closing_pk primary key (cell_id, village_id, month)
);

-- Messages to other villages; done_at is null until delivered.
create table outbox (
  cell_id bigint not null,
  seq bigint not null,
  number bigint not null,
  village_id bigint not null,
  message text not null,
  done_at bigint,
  constraint outbox_pk primary key (cell_id, seq, number)
);

-- One row a command: the idempotency key, the packed record and the chain.
create table journal (
  cell_id bigint not null,
  seq bigint not null,
  key bytea not null,
  village_id bigint not null,
  kind text not null,
  actor text not null,
  at bigint not null,
  payload bytea not null,
  payload_hash bytea not null,
  chain bytea not null,
  constraint journal_key unique (cell_id, key),
  constraint journal_pk primary key (cell_id, seq)
);

-- Idempotency keys that a village brought along from its former cell.
create table moved_key (
  cell_id bigint not null,
  key bytea not null,
  village_id bigint not null,
  payload bytea not null,
  constraint moved_key_pk primary key (cell_id, key)
);

create index party_by_village on party (cell_id, village_id, kind, code);
create index good_by_village on good (cell_id, village_id, code);
create index hold_pending on hold (cell_id, village_id) where status = 'pending';
create index outbox_waiting on outbox (cell_id, seq) where done_at is null;

-- The fixed set of cells.
insert into cell select n, 0, decode(repeat('00', 32), 'hex'), 0, 0, '', 0 from generate_series(0, 31) as n;
