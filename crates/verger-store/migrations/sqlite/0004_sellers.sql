-- The orders of one seller.

create index order_of_seller on market_order (cell_id, seller, placed_at);
