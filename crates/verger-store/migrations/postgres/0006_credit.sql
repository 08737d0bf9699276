-- Credit: households as borrowers, their draws, and what each village has lent.

-- Households as borrowers: files, events and lines; the document is the borrower.
create table borrower (
  cell_id bigint not null,
  household bytea not null,
  village_id bigint not null,
  document text not null,
  constraint borrower_pk primary key (cell_id, household)
);

-- Draws with their state on the day `through`, so that questions about a million of them read no
-- document; `interest_*` and `penalty_*` are whole minor units and atoms.
create table tranche (
  cell_id bigint not null,
  tranche_id bytea not null,
  village_id bigint not null,
  household bytea not null,
  agent bytea,
  drawn_minor bigint not null,
  drawn_on bigint not null,
  due_on bigint not null,
  principal_minor bigint not null,
  rate_ppm bigint not null,
  penalty_rate_ppm bigint not null,
  fee_ppm bigint not null,
  grace_days bigint not null,
  non_accrual_days bigint not null,
  cap_ppm bigint not null,
  day_count bigint not null,
  fee_billed bigint not null,
  fee_paid bigint not null,
  interest_whole bigint not null,
  interest_remainder bigint not null,
  interest_paid bigint not null,
  penalty_whole bigint not null,
  penalty_remainder bigint not null,
  penalty_paid bigint not null,
  is_suspended bigint not null,
  through bigint not null,
  ended_on bigint,
  ended_as text,
  claim_minor bigint not null,
  recovered_minor bigint not null,
  written_off_minor bigint not null,
  plan_on bigint,
  plan_last_on bigint,
  plan_step_minor bigint not null,
  plan_steps bigint not null,
  constraint tranche_pk primary key (cell_id, tranche_id)
);

-- What each village has lent, by due date and agent.
create table loan_book (
  cell_id bigint not null,
  village_id bigint not null,
  document text not null,
  constraint loan_book_pk primary key (cell_id, village_id)
);

create index borrower_by_village on borrower (cell_id, village_id, household);
create index tranche_open on tranche (cell_id, village_id, due_on) where ended_on is null;
create index tranche_by_time on tranche (cell_id, village_id, drawn_on);
