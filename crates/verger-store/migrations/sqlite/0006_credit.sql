-- Credit: households as borrowers, their draws, and what each village has lent.

-- Households as borrowers: files, events and lines; the document is the borrower.
create table borrower (
  cell_id integer not null,
  household blob not null,
  village_id integer not null,
  document text not null,
  constraint borrower_pk primary key (cell_id, household)
) strict, without rowid;

-- Draws with their state on the day `through`, so that questions about a million of them read no
-- document; `interest_*` and `penalty_*` are whole minor units and atoms.
create table tranche (
  cell_id integer not null,
  tranche_id blob not null,
  village_id integer not null,
  household blob not null,
  agent blob,
  drawn_minor integer not null,
  drawn_on integer not null,
  due_on integer not null,
  principal_minor integer not null,
  rate_ppm integer not null,
  penalty_rate_ppm integer not null,
  fee_ppm integer not null,
  grace_days integer not null,
  non_accrual_days integer not null,
  cap_ppm integer not null,
  day_count integer not null,
  fee_billed integer not null,
  fee_paid integer not null,
  interest_whole integer not null,
  interest_remainder integer not null,
  interest_paid integer not null,
  penalty_whole integer not null,
  penalty_remainder integer not null,
  penalty_paid integer not null,
  is_suspended integer not null,
  through integer not null,
  ended_on integer,
  ended_as text,
  claim_minor integer not null,
  recovered_minor integer not null,
  written_off_minor integer not null,
  plan_on integer,
  plan_last_on integer,
  plan_step_minor integer not null,
  plan_steps integer not null,
  constraint tranche_pk primary key (cell_id, tranche_id)
) strict, without rowid;

-- What each village has lent, by due date and agent.
create table loan_book (
  cell_id integer not null,
  village_id integer not null,
  document text not null,
  constraint loan_book_pk primary key (cell_id, village_id)
) strict, without rowid;

create index borrower_by_village on borrower (cell_id, village_id, household);
create index tranche_open on tranche (cell_id, village_id, due_on) where ended_on is null;
create index tranche_by_time on tranche (cell_id, village_id, drawn_on);
