-- Trust: what is kept of each party, the pairs that trade, the journal of points, and the weights of
-- each batch.

-- One row a party of which anything is known; the document is points, facts and weight.
create table trust (
  cell_id bigint not null,
  party_id bytea not null,
  village_id bigint not null,
  batch bigint not null,
  document text not null,
  constraint trust_pk primary key (cell_id, party_id)
);

-- The trade of a household with a counterparty.
create table trust_pair (
  cell_id bigint not null,
  household bytea not null,
  counterparty bytea not null,
  village_id bigint not null,
  period bigint not null,
  sum_minor bigint not null,
  counts text not null,
  constraint trust_pair_pk primary key (cell_id, household, counterparty)
);

-- The journal of points: one line for each operation; only ever added to. What a refund takes back
-- of an order, and the payments of the graph, are read from it.
create table trust_line (
  cell_id bigint not null,
  household bytea not null,
  seq bigint not null,
  number bigint not null,
  village_id bigint not null,
  on_day bigint not null,
  kind text not null,
  pool text,
  grains bigint not null,
  value_minor bigint not null,
  share bigint not null,
  is_seed bigint not null,
  before_minor bigint not null,
  batch bigint not null,
  policy_version bigint not null,
  counterparty bytea,
  order_id bytea,
  constraint trust_line_pk primary key (cell_id, household, seq, number)
);

-- The last batch of weights of a village.
create table trust_batch (
  cell_id bigint not null,
  village_id bigint not null,
  number bigint not null,
  on_day bigint not null,
  rounds bigint not null,
  constraint trust_batch_pk primary key (cell_id, village_id)
);

-- The weights of every batch, for ever: a line of points can be checked against them.
create table trust_weight (
  cell_id bigint not null,
  village_id bigint not null,
  batch bigint not null,
  party_id bytea not null,
  weight bigint not null,
  backed_share bigint not null,
  backed_minor bigint not null,
  constraint trust_weight_pk primary key (cell_id, village_id, batch, party_id)
);

create index trust_weighed on trust (cell_id, village_id) where batch > 0;
create index trust_line_by_order on trust_line (cell_id, order_id) where order_id is not null;
create index trust_line_with on trust_line (cell_id, counterparty) where counterparty is not null;
create index trust_line_by_seq on trust_line (cell_id, village_id, seq);
