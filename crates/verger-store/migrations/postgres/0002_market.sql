-- The market: listings with their stock, orders, parcels, trips, disputes, tills, receipts.
-- Listings take the place of the plain goods of the foundation.

drop table good;

alter table party add column duty text not null default '{}';
alter table evidence add column is_counter bigint not null default 0;
alter table evidence add column order_id bytea;

-- Listings of the catalogue; the document is the listing, the columns are for questions.
create table listing (
  cell_id bigint not null,
  listing_id bytea not null,
  village_id bigint not null,
  code text not null,
  phase text not null,
  document text not null,
  constraint listing_pk primary key (cell_id, listing_id)
);

-- The stock ledger: one row for each movement of a listing's pieces.
create table stock_entry (
  cell_id bigint not null,
  listing_id bytea not null,
  seq bigint not null,
  number bigint not null,
  village_id bigint not null,
  delta_held bigint not null,
  delta_on_hand bigint not null,
  held bigint not null,
  on_hand bigint not null,
  reason text not null,
  at bigint not null,
  constraint stock_entry_pk primary key (cell_id, listing_id, seq, number)
);

-- Orders of both flows; the document is the order, the columns are for questions.
create table market_order (
  cell_id bigint not null,
  order_id bytea not null,
  village_id bigint not null,
  flow text not null,
  phase text not null,
  placed_at bigint not null,
  buyer bytea not null,
  agent bytea,
  seller bytea not null,
  goods_minor bigint not null,
  freight_minor bigint not null,
  refunded_minor bigint not null,
  platform_minor bigint not null,
  commission_minor bigint not null,
  cooperative_minor bigint not null,
  packaging_minor bigint not null,
  rest_minor bigint not null,
  in_escrow_minor bigint not null,
  saved_minor bigint not null,
  completed_at bigint,
  document text not null,
  constraint market_order_pk primary key (cell_id, order_id)
);

-- Parcels with their custody.
create table parcel (
  cell_id bigint not null,
  parcel_id bytea not null,
  village_id bigint not null,
  order_id bytea not null,
  phase text not null,
  holder bytea not null,
  trip_id bytea,
  document text not null,
  constraint parcel_pk primary key (cell_id, parcel_id)
);

-- Trips with their manifests.
create table trip (
  cell_id bigint not null,
  trip_id bytea not null,
  village_id bigint not null,
  phase text not null,
  document text not null,
  constraint trip_pk primary key (cell_id, trip_id)
);

-- Disputes about orders.
create table dispute (
  cell_id bigint not null,
  dispute_id bytea not null,
  village_id bigint not null,
  order_id bytea not null,
  phase text not null,
  document text not null,
  constraint dispute_pk primary key (cell_id, dispute_id)
);

-- Group purchases.
create table group_purchase (
  cell_id bigint not null,
  group_id bytea not null,
  village_id bigint not null,
  phase text not null,
  document text not null,
  constraint group_purchase_pk primary key (cell_id, group_id)
);

-- Lots that households brought.
create table lot (
  cell_id bigint not null,
  lot_id bytea not null,
  village_id bigint not null,
  phase text not null,
  document text not null,
  constraint lot_pk primary key (cell_id, lot_id)
);

-- Pools of the cooperative.
create table pool (
  cell_id bigint not null,
  pool_id bytea not null,
  village_id bigint not null,
  phase text not null,
  document text not null,
  constraint pool_pk primary key (cell_id, pool_id)
);

-- Sessions of a shop's drawer.
create table till (
  cell_id bigint not null,
  till_id bytea not null,
  village_id bigint not null,
  shop bytea not null,
  phase text not null,
  opened_at bigint not null,
  document text not null,
  constraint till_pk primary key (cell_id, till_id)
);

-- Which session of a shop's drawer is open.
create table drawer (
  cell_id bigint not null,
  shop bytea not null,
  village_id bigint not null,
  till_id bytea not null,
  constraint drawer_pk primary key (cell_id, shop)
);

-- What the payment processor told of each order.
create table receipt (
  cell_id bigint not null,
  order_id bytea not null,
  village_id bigint not null,
  is_waiting bigint not null,
  document text not null,
  constraint receipt_pk primary key (cell_id, order_id)
);

-- Who used a source of payment first, by its keyed digest.
create table payer (
  cell_id bigint not null,
  village_id bigint not null,
  payer bytea not null,
  party_id bytea not null,
  constraint payer_pk primary key (cell_id, village_id, payer)
);

-- Which record used a picture as proof.
create table photo (
  cell_id bigint not null,
  village_id bigint not null,
  photo bytea not null,
  seq bigint not null,
  constraint photo_pk primary key (cell_id, village_id, photo)
);

-- Pictures by digest and size; never in the journal, which keeps the digest.
create table picture (
  cell_id bigint not null,
  village_id bigint not null,
  digest bytea not null,
  size text not null,
  bytes bytea not null,
  constraint picture_pk primary key (cell_id, village_id, digest, size)
);

create index listing_by_village on listing (cell_id, village_id, phase, code);
-- Everything that a season is summed up from, so that no order itself is read.
create index order_by_time on market_order (
  cell_id, village_id, flow, placed_at, phase, goods_minor, freight_minor, refunded_minor,
  platform_minor, commission_minor, cooperative_minor, packaging_minor, rest_minor, saved_minor
);
create index order_by_phase on market_order (cell_id, village_id, phase, placed_at);
create index order_in_escrow on market_order (cell_id, village_id, placed_at, in_escrow_minor)
  where in_escrow_minor > 0;
create index parcel_by_phase on parcel (cell_id, village_id, phase);
create index parcel_by_order on parcel (cell_id, order_id);
create index trip_by_phase on trip (cell_id, village_id, phase);
create index dispute_by_phase on dispute (cell_id, village_id, phase);
create index dispute_by_order on dispute (cell_id, order_id);
create index group_by_phase on group_purchase (cell_id, village_id, phase);
create index till_by_shop on till (cell_id, village_id, opened_at);
create index receipt_waiting on receipt (cell_id, village_id) where is_waiting = 1;
create index lot_by_phase on lot (cell_id, village_id, phase);
create index pool_by_phase on pool (cell_id, village_id, phase);
