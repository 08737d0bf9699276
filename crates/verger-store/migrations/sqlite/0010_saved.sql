-- What a household saves is less the way to its shop, as its own page always said.

update market_order set saved_minor = saved_minor - freight_minor
  where flow = 'purchase' and saved_minor <> 0;
