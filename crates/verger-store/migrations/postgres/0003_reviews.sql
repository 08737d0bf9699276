-- What buyers say, the lots of one household by day, and the orders of one buyer.

create table lot_by_household (
  cell_id bigint not null,
  lot_id bytea not null,
  village_id bigint not null,
  household bytea not null,
  picked_on bigint not null,
  phase text not null,
  document text not null
);
insert into lot_by_household
  select cell_id, lot_id, village_id,
    decode(substr(document::json->>'household', 7), 'hex'),
    (document::json->>'picked_on')::date - date '1970-01-01',
    phase, document
  from lot;
drop table lot;
alter table lot_by_household rename to lot;
alter table lot add constraint lot_pk primary key (cell_id, lot_id);
create index lot_by_phase on lot (cell_id, village_id, phase);
create index lot_of_household on lot (cell_id, household, picked_on);
create index lot_by_day on lot (cell_id, village_id, picked_on);

-- One row for each listing and each household that a review is about.
create table review (
  cell_id bigint not null,
  subject bytea not null,
  seq bigint not null,
  village_id bigint not null,
  order_id bytea not null,
  stars bigint not null,
  words text not null,
  at bigint not null,
  constraint review_pk primary key (cell_id, subject, seq)
);

create index order_of_buyer on market_order (cell_id, buyer, placed_at);
