-- The cooperative: season windows, boxes ordered ahead, registers of members, votes, and which lots
-- are in which orders.

-- Season windows of a variety.
create table season (
  cell_id integer not null,
  season_id blob not null,
  village_id integer not null,
  phase text not null,
  document text not null,
  constraint season_pk primary key (cell_id, season_id)
) strict;

-- What of each pool lies in the store, and what its fruit has earned.
create table shelf (
  cell_id integer not null,
  pool_id blob not null,
  village_id integer not null,
  phase text not null,
  document text not null,
  constraint shelf_pk primary key (cell_id, pool_id)
) strict;

-- Boxes ordered ahead, by the order that they become.
create table preorder (
  cell_id integer not null,
  order_id blob not null,
  village_id integer not null,
  season_id blob not null,
  phase text not null,
  buyer blob not null,
  document text not null,
  constraint preorder_pk primary key (cell_id, order_id)
) strict;

-- Registers of the cooperatives' members, by the cooperative's party.
create table cooperative (
  cell_id integer not null,
  party_id blob not null,
  village_id integer not null,
  phase text not null,
  document text not null,
  constraint cooperative_pk primary key (cell_id, party_id)
) strict;

-- Votes of the members.
create table vote (
  cell_id integer not null,
  vote_id blob not null,
  village_id integer not null,
  phase text not null,
  document text not null,
  constraint vote_pk primary key (cell_id, vote_id)
) strict;

-- Which lots are in the boxes of which orders: one row for each lot of an order.
create table lot_order (
  cell_id integer not null,
  village_id integer not null,
  lot_id blob not null,
  order_id blob not null,
  grams integer not null,
  constraint lot_order_pk primary key (cell_id, village_id, lot_id, order_id)
) strict, without rowid;

create index season_by_phase on season (cell_id, village_id, phase);
create index preorder_by_season on preorder (cell_id, village_id, season_id, phase);
create index preorder_by_phase on preorder (cell_id, village_id, phase);
create index cooperative_by_phase on cooperative (cell_id, village_id, phase);
create index vote_by_phase on vote (cell_id, village_id, phase);
