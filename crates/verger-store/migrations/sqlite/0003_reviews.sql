-- What buyers say, the lots of one household by day, and the orders of one buyer.

create table lot_by_household (
  cell_id integer not null,
  lot_id blob not null,
  village_id integer not null,
  household blob not null,
  picked_on integer not null,
  phase text not null,
  document text not null,
  constraint lot_pk primary key (cell_id, lot_id)
) strict, without rowid;
insert into lot_by_household
  select cell_id, lot_id, village_id,
    unhex(substr(json_extract(document, '$.household'), 7)),
    cast(julianday(json_extract(document, '$.picked_on')) - 2440587.5 as integer),
    phase, document
  from lot;
drop table lot;
alter table lot_by_household rename to lot;
create index lot_by_phase on lot (cell_id, village_id, phase);
create index lot_of_household on lot (cell_id, household, picked_on);
create index lot_by_day on lot (cell_id, village_id, picked_on);

-- One row for each listing and each household that a review is about.
create table review (
  cell_id integer not null,
  subject blob not null,
  seq integer not null,
  village_id integer not null,
  order_id blob not null,
  stars integer not null,
  words text not null,
  at integer not null,
  constraint review_pk primary key (cell_id, subject, seq)
) strict, without rowid;

create index order_of_buyer on market_order (cell_id, buyer, placed_at);
