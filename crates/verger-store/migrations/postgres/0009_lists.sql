-- A list of one phase is read in the order of ids.

drop index parcel_by_phase;
create index parcel_by_phase on parcel (cell_id, village_id, phase, parcel_id);
drop index trip_by_phase;
create index trip_by_phase on trip (cell_id, village_id, phase, trip_id);
drop index dispute_by_phase;
create index dispute_by_phase on dispute (cell_id, village_id, phase, dispute_id);
drop index group_by_phase;
create index group_by_phase on group_purchase (cell_id, village_id, phase, group_id);
drop index preorder_by_phase;
create index preorder_by_phase on preorder (cell_id, village_id, phase, order_id);
drop index vote_by_phase;
create index vote_by_phase on vote (cell_id, village_id, phase, vote_id);

-- The trial balance is the sum over accounts with something on them; every order leaves one without.
create index account_open on account (cell_id, village_id, code, owner)
  where debits_posted <> credits_posted;
