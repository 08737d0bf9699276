-- The market: listings with their stock, orders, parcels, trips, disputes, tills, receipts.
-- Listings take the place of the plain goods of the foundation.
--
-- Tables with documents have row ids: without them every page of the key's tree would hold whole
-- documents, four to a page, and a look-up would go through eight pages instead of three.

drop table good;

alter table party add column duty text not null default '{}';
alter table evidence add column is_counter integer not null default 0;
alter table evidence add column order_id blob;

-- Listings of the catalogue; the document is the listing, the columns are for questions.
create table listing (
  cell_id integer not null,
  listing_id blob not null,
  village_id integer not null,
  code text not null,
  phase text not null,
  document text not null,
  constraint listing_pk primary key (cell_id, listing_id)
) strict;

-- The stock ledger: one row for each movement of a listing's pieces.
create table stock_entry (
  cell_id integer not null,
  listing_id blob not null,
  seq integer not null,
  number integer not null,
  village_id integer not null,
  delta_held integer not null,
  delta_on_hand integer not null,
  held integer not null,
  on_hand integer not null,
  reason text not null,
  at integer not null,
  constraint stock_entry_pk primary key (cell_id, listing_id, seq, number)
) strict, without rowid;

-- Orders of both flows; the document is the order, the columns are for questions.
create table market_order (
  cell_id integer not null,
  order_id blob not null,
  village_id integer not null,
  flow text not null,
  phase text not null,
  placed_at integer not null,
  buyer blob not null,
  agent blob,
  seller blob not null,
  goods_minor integer not null,
  freight_minor integer not null,
  refunded_minor integer not null,
  platform_minor integer not null,
  commission_minor integer not null,
  cooperative_minor integer not null,
  packaging_minor integer not null,
  rest_minor integer not null,
  in_escrow_minor integer not null,
  saved_minor integer not null,
  completed_at integer,
  document text not null,
  constraint market_order_pk primary key (cell_id, order_id)
) strict;

-- Parcels with their custody.
create table parcel (
  cell_id integer not null,
  parcel_id blob not null,
  village_id integer not null,
  order_id blob not null,
  phase text not null,
  holder blob not null,
  trip_id blob,
  document text not null,
  constraint parcel_pk primary key (cell_id, parcel_id)
) strict;

-- Trips with their manifests.
create table trip (
  cell_id integer not null,
  trip_id blob not null,
  village_id integer not null,
  phase text not null,
  document text not null,
  constraint trip_pk primary key (cell_id, trip_id)
) strict;

-- Disputes about orders.
create table dispute (
  cell_id integer not null,
  dispute_id blob not null,
  village_id integer not null,
  order_id blob not null,
  phase text not null,
  document text not null,
  constraint dispute_pk primary key (cell_id, dispute_id)
) strict;

-- Group purchases.
create table group_purchase (
  cell_id integer not null,
  group_id blob not null,
  village_id integer not null,
  phase text not null,
  document text not null,
  constraint group_purchase_pk primary key (cell_id, group_id)
) strict;

-- Lots that households brought.
create table lot (
  cell_id integer not null,
  lot_id blob not null,
  village_id integer not null,
  phase text not null,
  document text not null,
  constraint lot_pk primary key (cell_id, lot_id)
) strict, without rowid;

-- Pools of the cooperative.
create table pool (
  cell_id integer not null,
  pool_id blob not null,
  village_id integer not null,
  phase text not null,
  document text not null,
  constraint pool_pk primary key (cell_id, pool_id)
) strict, without rowid;

-- Sessions of a shop's drawer.
create table till (
  cell_id integer not null,
  till_id blob not null,
  village_id integer not null,
  shop blob not null,
  phase text not null,
  opened_at integer not null,
  document text not null,
  constraint till_pk primary key (cell_id, till_id)
) strict, without rowid;

-- Which session of a shop's drawer is open.
create table drawer (
  cell_id integer not null,
  shop blob not null,
  village_id integer not null,
  till_id blob not null,
  constraint drawer_pk primary key (cell_id, shop)
) strict, without rowid;

-- What the payment processor told of each order.
create table receipt (
  cell_id integer not null,
  order_id blob not null,
  village_id integer not null,
  is_waiting integer not null,
  document text not null,
  constraint receipt_pk primary key (cell_id, order_id)
) strict, without rowid;

-- Who used a source of payment first, by its keyed digest.
create table payer (
  cell_id integer not null,
  village_id integer not null,
  payer blob not null,
  party_id blob not null,
  constraint payer_pk primary key (cell_id, village_id, payer)
) strict, without rowid;

-- Which record used a picture as proof.
create table photo (
  cell_id integer not null,
  village_id integer not null,
  photo blob not null,
  seq integer not null,
  constraint photo_pk primary key (cell_id, village_id, photo)
) strict, without rowid;

-- Pictures by digest and size; never in the journal, which keeps the digest.
create table picture (
  cell_id integer not null,
  village_id integer not null,
  digest blob not null,
  size text not null,
  bytes blob not null,
  constraint picture_pk primary key (cell_id, village_id, digest, size)
) strict;

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
