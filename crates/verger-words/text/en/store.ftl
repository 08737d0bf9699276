# English: the shop window and the buyer's pages. One message per sentence; amounts come formatted.

## The shop
store-title = Shop
store-heading = From the orchards of { $village }
store-families = { $count ->
    [one] One family.
   *[other] { $count } families.
}
store-picked = Last picked on { $day }.
store-escrow = Money reaches the family when your parcel reaches you.
store-empty = Nothing is on sale yet.
store-empty-hint = Come back when the season begins.
store-add = Add
store-left-weight = { $amount } left
store-left-pieces = { $amount } left
store-grams = { $n } g
store-kilograms = { $n } kg
store-from = From { $day }
store-over = Not on sale now
store-sold-out = Sold out
store-basket-count = { $count ->
    [one] One piece in the basket
   *[other] { $count } pieces in the basket
}
store-family = Family { $name }
store-family-unnamed = A family of the village
store-freight = delivery
store-weight = Weight
store-grade = Grade
store-stock = Left
store-season = Season
store-expected = Expected harvest
store-returns = If something is wrong
store-returns-live = Tell us with a photo within one day; your money waits that long.
store-returns-fresh = Tell us with a photo within two days; your money waits that long.
store-returns-craft = Tell us with a photo before you confirm; your money waits that long.
store-returns-none = Final once delivered.
store-split = Where your money goes
store-split-lead = To the fen, if you buy one here. Your order shows the same when it is done.
store-growers = Whose fruit it is
store-growers-lead = { $count ->
    [one] One family brought fruit into this pool. The newest lot was picked on { $day }.
   *[other] { $count } families brought fruit into this pool. The newest lot of the largest was picked on { $day }.
}
store-reviews = What buyers say
store-reviews-none = Nobody has said anything yet. Only who bought can.
store-reviews-count = { $count ->
    [one] one review
   *[other] { $count } reviews
}
store-stars = { $count ->
    [one] One star of five
   *[other] { $count } stars of five
}
store-poster = Poster with a QR code
store-poster-hint = Print this page on any size of paper. The code leads to the good, in the reader’s language.
store-scan = Scan to see whose it is and to order
store-to-shop = To the shop
store-family-title = Family
store-family-lead = { $village }, { $altitude } m above the sea.
store-family-sells = What the family sells
store-family-pools = Boxes with its fruit
store-family-split = One { $good }, delivery included, to the fen.
store-lots = Lots it brought
store-lots-lead = Weighed before a witness, graded by somebody else.
store-lot = Lot
store-lot-day = Picked
store-variety = Variety
store-cull = cull
store-not-graded = not graded yet

## Basket and order
basket-title = Basket
basket-empty = Your basket is empty.
basket-less = One less
basket-more = One more
basket-goods = Goods
basket-freight = Delivery
basket-too-many = { $count ->
    [0] Sold out
    [one] Only one is left
   *[other] Only { $count } are left
}
basket-who = Where shall it go?
basket-name = Name
basket-phone = Telephone, for the carrier
basket-address = Address
basket-how = How will you pay?
basket-pay-online = Play money
basket-pay-online-hint = This is an example village: nothing real is paid or sent.
basket-pay-transfer = Bank transfer
basket-pay-transfer-hint = Your goods are kept for two days. The account is on the next page.
basket-pay-cash = Cash at the village shop
basket-pay-cash-hint = Your goods are kept for two days. Somebody pays for you at the counter.
basket-escrow = Your money is held until the parcel has reached you and all is well.
basket-pay = Order for
basket-closed = Take out what cannot be bought; then you can order.
basket-go-on = Look for more

## The demonstration's payment provider
pay-title = Play money
pay-lead = This provider belongs to the example village. No real money moves.
pay-amount = To pay
pay-button = Pay with play money
pay-later = Back to the order without paying

## Follow my parcel
follow-title = Your order
follow-next-placed = The goods are kept for you until { $due }. Pay { $total }, and the village begins.
follow-next-paid = Your money is safe in escrow. The village answers by { $due }, or you get it back.
follow-next-accepted = The village has your order and packs it.
follow-next-packed = Your box is closed and waits for the carrier.
follow-next-shipped = Your box is on its way.
follow-next-delivered = It has arrived. Is all well? If you say nothing, the village is paid on { $due }.
follow-next-completed = Done. The money is where it belongs; see below, to the fen.
follow-next-expired = The time to pay ran out; nothing was taken. What comes late goes back to you.
follow-next-refunded = All your money went back to you.
follow-next-cancelled = This order was called off. What was paid went back to you.
follow-pay = Pay
follow-confirm = I have it, all is well
follow-claim = Something is wrong
follow-review = How was it?
follow-stars = Stars
follow-words = What was good, what was not
follow-say = Say so
follow-way = Where it is
follow-parcel = Parcel
follow-inside = Inside is the work of
follow-picked = picked on
follow-ordered = What you ordered
follow-extend = I need three more days
follow-cancel = Call it off
follow-cancel-hint = Nothing is sent, and all your money goes back to you.
follow-cancel-yes = Yes, call it off

## Something is wrong
claim-title = Something is wrong
claim-none = There is nothing left to complain of: its money has gone where it belongs, or a complaint is open.
claim-what = What is it?
claim-reason-damaged = Bruised, broken or wet
claim-reason-spoiled = Rotten or past its time
claim-reason-short = Less than I bought
claim-reason-different = Not what was described
claim-reason-not-received = It never came
claim-which = Which goods?
claim-much = How much of it?
claim-share-quarter = A quarter
claim-share-half = Half
claim-share-most = Three quarters
claim-share-all = All
claim-photo = A photo
claim-photo-hint = The photo is made small and loses its place and time. It is needed unless nothing came.
claim-send = Send the complaint
claim-back = Back to the order
claim-opened = You asked for { $asked }. The village answers within two days; your money waits.
claim-offered = You asked for { $asked }; the village offers { $amount }.
claim-returning = Send the goods back; then { $amount } goes to you.
claim-escalated = You asked for { $asked }. A panel of the county and of another grower decides within five days.
claim-ruled = You asked for { $asked }; the panel gives { $amount }.
claim-executed = Settled: { $amount } went back to you.
claim-withdrawn = You took it back.
claim-do-withdraw = All is well after all
claim-do-agree = I agree
claim-do-escalate = Ask for a panel
claim-do-appeal = Ask for another panel

## What buyers can say
said-good = as good as hoped
said-fresh = fresh
said-well-packed = well packed
said-on-time = on time
said-as-described = as described
said-bruised = some bruised
said-not-ripe = some not ripe
said-small = smaller than hoped
said-late = late

## What can go wrong
problem-price-changed = The price changed while you looked: it is { $now_minor } now, not { $shown_minor }.
    .hint = Look at the new price and order again, or leave it.
    .hint = Send the page’s own form.
store-box-title = Box
store-box = Box { $label }
store-box-lead = Packed in { $village }.
store-box-whose = Whose fruit it is
store-box-none = The agent did not write down whose fruit is in it.
store-box-fair = What of the price reaches the orchard
store-box-fair-lead = Of the price of the fruit, without freight.
store-box-orchard = To the orchard
store-box-rest = Fees and the box
store-box-kilogram = A kilogram brings the orchard
store-box-trader = The trader paid on { $day }
store-box-more = More than the trader, a kilogram
