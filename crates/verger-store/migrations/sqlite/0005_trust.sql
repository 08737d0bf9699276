-- Trust: what is kept of each party, the pairs that trade, the journal of points, and the weights of
-- each batch.

-- One row a party of which anything is known; the document is points, facts and weight.
create table trust (
  cell_id integer not null,
  party_id blob not null,
  village_id integer not null,
  batch integer not null,
  document text not null,
  constraint trust_pk primary key (cell_id, party_id)
) strict;

-- The trade of a household with a counterparty.
create table trust_pair (
  cell_id integer not null,
  household blob not null,
  counterparty blob not null,
  village_id integer not null,
  period integer not null,
  sum_minor integer not null,
  counts text not null,
  constraint trust_pair_pk primary key (cell_id, household, counterparty)
) strict, without rowid;

-- The journal of points: one line for each operation; only ever added to. What a refund takes back
-- of an order, and the payments of the graph, are read from it.
create table trust_line (
  cell_id integer not null,
  household blob not null,
  seq integer not null,
  number integer not null,
  village_id integer not null,
  on_day integer not null,
  kind text not null,
  pool text,
  grains integer not null,
  value_minor integer not null,
  share integer not null,
  is_seed integer not null,
  before_minor integer not null,
  batch integer not null,
  policy_version integer not null,
  counterparty blob,
  order_id blob,
  constraint trust_line_pk primary key (cell_id, household, seq, number)
) strict, without rowid;

-- The last batch of weights of a village.
create table trust_batch (
  cell_id integer not null,
  village_id integer not null,
  number integer not null,
  on_day integer not null,
  rounds integer not null,
  constraint trust_batch_pk primary key (cell_id, village_id)
) strict, without rowid;

-- The weights of every batch, for ever: a line of points can be checked against them.
create table trust_weight (
  cell_id integer not null,
  village_id integer not null,
  batch integer not null,
  party_id blob not null,
  weight integer not null,
  backed_share integer not null,
  backed_minor integer not null,
  constraint trust_weight_pk primary key (cell_id, village_id, batch, party_id)
) strict, without rowid;

create index trust_weighed on trust (cell_id, village_id) where batch > 0;
create index trust_line_by_order on trust_line (cell_id, order_id) where order_id is not null;
create index trust_line_with on trust_line (cell_id, counterparty) where counterparty is not null;
create index trust_line_by_seq on trust_line (cell_id, village_id, seq);
