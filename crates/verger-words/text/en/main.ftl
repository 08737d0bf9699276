# English. One message per sentence; refusals carry their numbers, amounts come formatted.

## Pages
home-title = The village
home-lead = Every yuan in these books can be followed to the operation that moved it.
home-people = The village in numbers
count-households = households
count-members = members
count-goods = goods
count-suppliers = suppliers
count-carriers = carriers
state-title = The money
state-balanced = Books balance
state-off = Off by
state-short = Money is missing
state-off-by = Trial balance off by
state-owed = Owed to people and firms
state-assets = Held for it
state-records = Records
state-last = Last record
state-closed = Closed through
state-open = no month yet
money-bank = At the bank
money-processor = At the payment processor
money-drawers = Cash in drawers
money-claims = Claims and advances
shop-tag = Shop
shop-agent = Agent
fact-hours = Opening hours
fact-phone = Telephone
fact-address = Address
fact-link = Connection
books-title = The books
books-lead = Trial balance by class.
books-empty = Nothing has been posted yet.
books-code = No.
books-account = Account
books-balance = Balance
books-total = Total
class-asset = What there is
class-liability = What is owed
class-equity = Own funds
class-income = Income
class-expense = Expenses
class-memorandum = Memorandum
goods-title = Goods
goods-lead = What it costs at the shop, and what the township asks.
goods-empty = The catalogue is still empty.
goods-name = Good
goods-other = In Chinese
goods-price = Price
goods-township = Township price
goods-saving = You save
people-title = The people
people-lead = Who lives here and who serves the village. Of families only the name is shown, and only of those whose fruit is sold.
people-homes = Families
people-home = At home
people-households = Households
people-members = Members
people-size = { $count ->
    [one] one member
   *[other] { $count } members
}
people-growers = Families with fruit
people-no-growers = No family has brought fruit yet.
people-shop = Shops
people-cooperative = Cooperatives
people-supplier = Suppliers
people-carrier = Carriers
journal-title = Journal
journal-lead = The latest records, newest first. Each seals the one before it.
journal-empty = There are no records yet.
journal-number = Record
journal-what = What
journal-when = When
journal-chain = Seal
journal-refused = Refused
journal-accepted = Recorded
record-title = Record { $seq }
record-hash = SHA-256 of the record
record-chain = Chain after it
record-lead = The chain is the SHA-256 of the chain before it and the hash of this record. Change one letter, and every later seal breaks.
docs-title = For programs
foot-line = Verger, the village’s books
foot-languages = Languages
demo-note = Invented village: people, prices and money are examples.
empty-title = No village yet
empty-text = These books are open and empty.
empty-demo = To load the example village, run:
fault-home = To the first page
month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}

## What happened, in the journal
kind-register-village = Village registered
kind-adopt-policy = Policy adopted
kind-register-party = Party registered
kind-set-pin = PIN set
kind-report-wrong-pin = Wrong PIN counted
kind-issue-token = Token issued
kind-revoke-token = Token revoked
kind-open-account = Account opened
kind-post = Money posted
kind-place-hold = Money reserved
kind-post-hold = Reserved money moved
kind-void-hold = Reservation given up
kind-expire-hold = Reservation expired
kind-reverse = Posting reversed
kind-close-month = Month closed
kind-cash-in = Cash paid in
kind-cash-out = Cash paid out
kind-send-money = Money sent to another village
kind-receive-money = Money received from another village
kind-leave-cell = Village moved away
kind-enter-cell = Village moved in

## The chart of accounts
chart-1010 = Bank, kept apart for people
chart-1020 = Bank, operating
chart-1030 = Payment processor
chart-1110 = Cash drawers
chart-1210 = Claims on carriers
chart-1220 = Claims on suppliers
chart-1230 = Owed by agents
chart-1260 = Advances on pools
chart-1310 = Loans, principal
chart-1320 = Loans, interest
chart-1330 = Loans, penalties
chart-1340 = Loans, fees
chart-1390 = Loan loss allowance
chart-2010 = Wallets
chart-2020 = Agents’ floats
chart-2030 = Cooperative’s wallet
chart-2031 = Cooperative’s fees
chart-2032 = Cooperative’s packaging money
chart-2040 = Buyers’ money in escrow
chart-2050 = Money in dispute
chart-2060 = Pools
chart-2110 = Commission not yet vested
chart-2120 = Owed to carriers
chart-2130 = Taxes
chart-2140 = Receipts without an owner
chart-2150 = Owed to suppliers
chart-2210 = Programme fund
chart-2310 = Lenders
chart-2910 = On its way between villages
chart-3010 = Fund capital
chart-3020 = Grants
chart-3900 = Retained earnings
chart-4110 = Interest
chart-4120 = Penalties
chart-4130 = Loan fees
chart-4210 = Platform fees
chart-4910 = Recoveries
chart-5110 = Impairment
chart-5120 = Commissions
chart-5130 = Payment processor’s fees
chart-5190 = Cash over and short
chart-5210 = Goodwill
chart-5220 = Trips
chart-9010 = Undrawn limits
chart-9019 = Undrawn limits, contra
chart-9110 = Suspended interest
chart-9119 = Suspended interest, contra
chart-9210 = Written off
chart-9219 = Written off, contra
chart-9310 = Guarantees
chart-9319 = Guarantees, contra

## Problems of a request
title-400 = The request cannot be read
title-401 = Please sign in
title-403 = This is not for you
title-404 = This does not exist
title-405 = Not in this way
title-409 = Things stand otherwise
title-413 = This is too large
title-415 = Not in this form
title-422 = This is not possible
title-500 = Something broke here
title-503 = Please wait a moment
problem-malformed-json = The body is not JSON: line { $line }, column { $column }.
    .hint = Check the brackets, quotes and commas there.
problem-invalid-field = { $reason ->
    [missing] The field { $field } is missing.
    [unknown] There is no field { $field } here.
    [duplicate] The field { $field } stands there twice.
    [minor] { $field } must be a whole number of minor units, within 63 bits.
    [whole] { $field } must be a whole number, not below zero.
    [text] { $field } must be a text.
    [boolean] { $field } must be true or false.
    [list] { $field } must be a list.
    [account] { $field } is not the key of an account.
    [party_kind] { $field } is not a kind of party.
    [evidence_kind] { $field } is not a kind of evidence.
    [module] { $field } is not a training module.
    [short_code] { $field } is not a short code.
    [pin] { $field } is not a PIN.
    [date] { $field } is not a day.
    [month] { $field } is not a month.
    [limit] { $field } must lie between 1 and 200.
    [cursor] { $field } is not a place in this list.
    [object] The body must be an object: { "{" } and { "}" } around its fields.
    [id] { $field } is not an id.
    [digest] { $field } is not a digest.
    [phase] { $field } is not a phase that there is here.
    [days_or_harvest] { $field }: say for how many days, or until which harvest; one of the two.
    [shop_or_proof] { $field }: name the shop that takes the cash, or give a proof for the wallet; one of the two.
    [proof] { $field } must be one proof: a PIN, a witness with the witness’s PIN, or a recording.
    [one_command] The body must hold exactly one command.
    [word] { $field } is not one of its words.
    [pickup_code] { $field } is not a pick-up code.
    [line] { $field } is not a line, or stands there twice.
    [fact] { $field } is not a fact.
    [fact_proof] { $field }: send a document, or a witness with the witness’s PIN.
   *[other] { $field } does not have the right form.
}
    .hint = { $reason ->
    [missing] Add it and send again.
    [unknown] Leave it out, or look for a slip of the pen.
    [duplicate] Keep one of the two.
    [minor] Write 12.50 as 1250, without quotes.
    [account] Write 1010, or 2010: and 32 hexadecimal digits.
    [party_kind] Use shop, household, member, agent, cooperative, buyer, supplier, carrier or staff.
    [evidence_kind] Use sale or purchase.
    [module] Use M1 to M6.
    [short_code] Use 1 to 32 of the characters A-Z a-z 0-9 - _ and the full stop.
    [pin] A PIN has exactly six digits.
    [date] Write 2026-07-20.
    [month] Write 2026-07.
    [cursor] Send back the "next" of the page before, unchanged.
    [id] Write the noun, an underscore and 32 hexadecimal digits; new ids are made by the client.
    [digest] Write the SHA-256 as 64 hexadecimal digits in lower case.
    [one_command] Send one, such as { "{" }"accept": { "{" }{ "}" }{ "}" }.
    [pickup_code] A pick-up code has exactly six digits.
    [fact] Use identity, address or plot.
   *[other] See /api/docs for the fields of this request.
}
problem-key-missing = The header Idempotency-Key is missing.
    .hint = Make a UUID once for each wish and send it along; repeat it when in doubt.
problem-key-malformed = The Idempotency-Key is not a fresh key.
    .hint = Send a UUID of version 7, made less than an hour ago, or cmd_ and its 32 hexadecimal digits.
problem-key-reused = This key was used for something else.
    .hint = Make a new key for a new wish. For a repeat, send exactly the same request.
problem-unauthenticated = A valid token is needed.
    .hint = Send "Authorization: Bearer" with a token that has not expired.
problem-scope-missing = The token may not do this: it lacks { $scope }.
    .hint = Ask the operator for a token with this scope.
problem-not-found = { $what ->
    [page] There is nothing at this address.
    [village] There is no such village for this token.
    [party] There is no such person or firm here.
    [account] There is no such account here.
    [hold] There is no such reservation here.
    [record] There is no such record in this village.
    [pin] There is no member here with a PIN.
    [listing] There is no such listing here.
    [order] There is no such order here.
    [parcel] There is no such parcel here.
    [trip] There is no such trip here.
    [dispute] There is no such dispute here.
    [group] There is no such group purchase here.
    [till] There is no such till session here.
    [code] There is no code for this parcel now.
   *[other] There is no such thing here.
}
    .hint = { $what ->
    [page] Start again from the first page.
    [pin] Set a PIN for the member first.
   *[other] Check the id or the code.
}
problem-village-unknown = There is no village { $village }.
    .hint = See /api/v1/villages for those that there are.
problem-busy = Too much is waiting right now; nothing was done.
    .hint = Send the same request with the same key again in a second.
problem-unavailable = The books cannot be reached right now.
    .hint = Send the same request with the same key again in a minute; it will not be done twice.
problem-incident = The program met a fault of its own; nothing was recorded.
    .hint = Do not try again. Tell the operator the request id.
problem-body-too-large = The body is larger than { $max_bytes } bytes.
    .hint = Send less at a time.
problem-unsupported-media-type = The body must be JSON.
    .hint = Send "Content-Type: application/json".
problem-method-not-allowed = This address does not take this method.
    .hint = See /api/docs for what it takes.

## Refusals of the ledger
refusal-line-count = A posting has 2 to { $max } lines; this one has { $count }.
    .hint = Add the missing side, or split the posting.
refusal-amount-zero = An amount cannot be zero.
    .hint = Enter how much is to be moved.
refusal-amount-negative = An amount must be above zero; this is { $amount_minor }.
    .hint = Leave out the minus sign.
refusal-amount-too-large = { $amount_minor } is more than the largest amount, { $max_minor }.
    .hint = Check the number of digits, or split the amount.
refusal-not-balanced = The lines do not sum to zero: they are off by { $off_by_minor }.
    .hint = Debits and credits must be equal.
refusal-same-account = Both sides are the account { $account }.
    .hint = Choose another account for one side.
refusal-account-unknown = The account { $account } is not open.
    .hint = Check the key, or open the account first.
refusal-account-exists = The account { $account } is open already.
    .hint = Use it as it is.
refusal-account-not-openable = The account { $account } cannot be opened by itself.
    .hint = It opens when its party or village is registered.
refusal-currency-mismatch = These books are kept in { $expected }, not in { $given }.
    .hint = Give the amount in { $expected }.
refusal-effective-in-future = { $effective_on } is after today, { $today }.
    .hint = Use today or an earlier day.
refusal-period-closed = { $effective_on } lies in a closed month; the books are closed through { $closed_through }.
    .hint = Use a day after the closed months.
refusal-effective-too-old = { $effective_on } is more than { $days_max } days ago.
    .hint = Use a later day.
refusal-insufficient-available = There is only { $available_minor } available on { $account }.
    .hint = Take a smaller amount, or pay in first.
refusal-out-of-range = The sum on the account { $account } would be out of range.
    .hint = Check the amount.
refusal-hold-exists = The reservation { $hold } was made before.
    .hint = Use a new key for a new reservation.
refusal-hold-time = A reservation ends within { $seconds_max } seconds from now.
    .hint = Choose a shorter time.
refusal-hold-unknown = There is no reservation { $hold } here.
    .hint = Check the id.
refusal-already-posted = The reservation { $hold } was moved already.
    .hint = Nothing more is to be done.
refusal-already-voided = The reservation { $hold } was given up already.
    .hint = Make a new one if the money is still needed.
refusal-already-expired = The time of the reservation { $hold } has run out.
    .hint = Make a new one.
refusal-exceeds-pending = The reservation { $hold } holds only { $held_minor }.
    .hint = Take that much or less.
refusal-record-unknown = Record { $seq } is not a posting of this village that can be taken back.
    .hint = Look the number up in the journal.
refusal-already-reversed = Record { $seq } was reversed by record { $by_seq }.
    .hint = Nothing more is to be done.
refusal-month-not-next = The next month to close is { $next }.
    .hint = Close { $next } first.
refusal-month-not-over = { $month } is not over yet.
    .hint = Close it on the first day after it.
refusal-hold-overdue = The reservation { $hold } is past its time and still open.
    .hint = Wait a minute for it to expire, then try again.
refusal-trial-balance-off = The books are off by { $off_by_minor }; nothing may be closed.
    .hint = Run "verger check" and tell the operator.

## Refusals about villages, people and tokens
refusal-village-unknown = There is no village { $village } here.
    .hint = Check the number; money within a village needs no sending.
refusal-village-exists = Village { $village } is registered already.
    .hint = Choose another number.
refusal-policy-not-newer = Policy version { $version } is not newer than { $current }.
    .hint = Raise the version number.
refusal-policy-invalid = The policy breaks a rule at { $field }: { $problem }.
    .hint = Correct this field of the policy file.
refusal-second-person-needed = Two different persons of the staff must agree.
    .hint = Ask a second person.
refusal-not-allowed = This is not for { $actor }.
    .hint = Ask someone whose task it is.
refusal-party-unknown = { $party } is not known in this village.
    .hint = Check the id or the code.
refusal-party-exists = { $party } is registered already.
    .hint = Use a new key for a new registration.
refusal-code-taken = The code { $taken } is taken.
    .hint = Choose another code.
refusal-wrong-kind = { $party } must be { $expected ->
    [shop] a shop
    [household] a household
    [member] a member
    [agent] an agent
    [cooperative] a cooperative
    [buyer] a buyer
    [supplier] a supplier
    [carrier] a carrier
   *[staff] a person of the staff
} for this.
    .hint = Choose another one.
refusal-household-needed = A member belongs to a household of the village; only members and agents have one.
    .hint = Give the member’s household, or leave it out for others.
refusal-name-length = A name has 1 to 200 characters.
    .hint = Write the name in both scripts.
refusal-number-range = { $field } must lie between 1 and { $max }.
    .hint = Check the number and its unit.
refusal-token-unknown = There is no { $token } here.
    .hint = Check the id.
refusal-token-exists = { $token } is in use already.
    .hint = Make a new token.
refusal-token-useless = A token ends in the future and has at least one scope.
    .hint = Give it a later end, or a scope.
refusal-wrong-cell = The village is not where this command looks for it.
    .hint = Tell the operator.

## Refusals at the counter
refusal-needs-module = This needs training module { $module }.
    .hint = Ask a colleague who has passed it.
refusal-own-household = Nobody serves his own household.
    .hint = Ask a colleague to do it.
refusal-proof-not-theirs = The agreement must come from the wallet’s own people.
    .hint = Let a member of the household enter the PIN.
refusal-pin-locked = The PIN is locked until { $locked_until }.
    .hint = Try again after that.
refusal-old-pin-needed = There is a PIN already.
    .hint = Enter the old PIN as well.
refusal-wrong-pin = The PIN is not right; { $tries_left ->
    [one] one try is left
   *[other] { $tries_left } tries are left
}.
    .hint = Let the member enter it once more, unhurried.
