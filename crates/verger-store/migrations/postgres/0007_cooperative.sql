-- The cooperative: season windows, boxes ordered ahead, registers of members, votes, and which lots
-- are in which orders.

-- Season windows of a variety.
create table season (
  cell_id bigint not null,
  season_id bytea not null,
  village_id bigint not null,
  phase text not null,
  document text not null,
  constraint season_pk primary key (cell_id, season_id)
);

-- What of each pool lies in the store, and what its fruit has earned.
create table shelf (
  cell_id bigint not null,
  pool_id bytea not null,
  village_id bigint not null,
  phase text not null,
  document text not null,
  constraint shelf_pk primary key (cell_id, pool_id)
);

-- Boxes ordered ahead, by the order that they become.
create table preorder (
  cell_id bigint not null,
  order_id bytea not null,
  village_id bigint not null,
  season_id bytea not null,
  phase text not null,
  buyer bytea not null,
  document text not null,
  constraint preorder_pk primary key (cell_id, order_id)
);

-- Registers of the cooperatives' members, by the cooperative's party.
create table cooperative (
  cell_id bigint not null,
  party_id bytea not null,
  village_id bigint not null,
  phase text not null,
  document text not null,
  constraint cooperative_pk primary key (cell_id, party_id)
);

-- Votes of the members.
create table vote (
  cell_id bigint not null,
  vote_id bytea not null,
  village_id bigint not null,
  phase text not null,
  document text not null,
  constraint vote_pk primary key (cell_id, vote_id)
);

-- Which lots are in the boxes of which orders: one row for each lot of an order.
create table lot_order (
  cell_id bigint not null,
  village_id bigint not null,
  lot_id bytea not null,
  order_id bytea not null,
  grams bigint not null,
  constraint lot_order_pk primary key (cell_id, village_id, lot_id, order_id)
);

create index season_by_phase on season (cell_id, village_id, phase);
create index preorder_by_season on preorder (cell_id, village_id, season_id, phase);
create index preorder_by_phase on preorder (cell_id, village_id, phase);
create index cooperative_by_phase on cooperative (cell_id, village_id, phase);
create index vote_by_phase on vote (cell_id, village_id, phase);
