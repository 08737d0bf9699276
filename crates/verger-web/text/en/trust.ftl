# The trust index, as a household reads it: on its page, on a slip, at the counter.

trust-title = Trust
trust-head-none = { $points } points. Level { $next_level } begins at { $next }: { $missing } more.
trust-head = { $points } points, level { $level } (from { $from }). Level { $next_level } begins at { $next }: { $missing } more.
trust-head-top = { $points } points, level { $level } (from { $from }), the highest there is.
trust-limit = You may owe up to { $limit }. It is the smallest of these three:
trust-limit-none = You cannot borrow now.
trust-limit-level = by your level
trust-limit-step = by your largest loan repaid on time
trust-limit-backing = by money that came from outside
trust-limit-this = this one counts
trust-parts = What the points are the sum of
trust-pool-facts = facts about the household
trust-pool-proven-sales = sales to proven buyers
trust-pool-unproven-sales = sales to unproven buyers
trust-pool-purchases = purchases paid
trust-pool-village-trade = trade in the village
trust-pool-repaid = loans repaid on time
trust-pool-penalties = taken for lateness and lost disputes
trust-with = { $who } { $count ->
    [one] once
    [2] twice
   *[other] { $count } times
 }
trust-others = others
trust-party-cooperative = cooperative { $code }
trust-party-buyer = buyer { $code }
trust-party-supplier = supplier { $code }
trust-party-household = household { $code }
trust-reasons = Why it is not more
trust-reason-fraud-barred = Fraud was proven. This household is out of lending for good.
trust-reason-frozen-default = A loan has been in default since { $since }. Until it is paid, nothing can be borrowed.
trust-reason-village-pause = Lending pauses in the whole village, because too many loans are late. It is not your fault.
trust-reason-cohort-full = Your agent's bond covers { $room } more at present.
trust-reason-level-low = { $missing } points are missing to the next level, which allows { $limit }.
trust-reason-backing-low = Proven buyers paid you { $recent } in the last 3 months; half of that can be borrowed at first. In 12 months { $backed } counted as money from outside; a sixth of it can be borrowed.
trust-reason-step-not-repaid = The largest loan you repaid on time so far is { $largest }. The next may be half as large again.
trust-reason-unproven-only = None of your buyers is proven. Sales to them give at most { $cap } points together.
trust-reason-one-counterparty = You have sold so much to { $who } that more adds nothing. Other buyers add points.
trust-reason-period-cap = { $waiting } points are earned already and count in the next months.
trust-reason-penalty-late = Late payments cost { $points } points now. They fade.
trust-reason-penalty-dispute = Lost disputes cost { $points } points now. They fade.
trust-reason-identity-pending = Facts about the household that the agent has not confirmed this year: { $points } points.
trust-raises = What would raise it
trust-deed-sell-proven = sell for { $value } to { $who }
trust-deed-sell-proven-new = sell for { $value } to the cooperative or a proven buyer
trust-deed-sell-known = sell for { $value } to a new buyer of good standing
trust-deed-buy = buy for { $value } at the shop and pay at once
trust-deed-repay = borrow { $value } and repay it after { $days } days
trust-deed-confirm-identity = have the agent confirm who you are
trust-deed-confirm-address = have the agent confirm where you live
trust-deed-confirm-plot = have the agent confirm the plot you work
trust-deed-cure = pay what is overdue
trust-gain-points = +{ $points } points
trust-gain-limit = limit +{ $money }
trust-tree = A tree with one branch for each kind of trust: { $points } points, level { $level }
trust-leaf-withered = withered leaves: { $points } points lost
trust-slip-foot = Points and limit can be checked with anybody who has the journal. Ask the agent for every line.
