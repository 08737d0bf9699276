## The shell, signing in, roles
skip = Skip to the content
back = Back
save = Save
state-done = Done
sign-in-link = Sign in
sign-in-title = Sign in
sign-in-village = Village
sign-in-code = Your code
sign-in-secret = PIN or password
sign-in-one-time = One-time code
sign-in-one-time-hint = Only with a password: the six digits that your app shows now. Leave it empty with a PIN.
sign-in-do = Sign in
sign-in-help = PIN or password forgotten? Ask the operator of the village; nobody can see the old one.
doors-title = Try it out
doors-lead = These people are invented. Choose one to see what he sees.
role-member = Villager
role-agent = Agent at the counter
role-cooperative = Cooperative
role-supplier = Supplier
role-carrier = Carrier
role-operator = Operator
role-auditor = Auditor
role-programme = Programme officer
session-title = Who is here
session-role = Signed in as
session-place = Village
session-go = To my work
session-out = Sign out
pin-title-pin = Change my PIN
pin-title-password = Change my password
pin-lead-pin = Six digits that only you know. Nobody at the counter may ask you for them.
pin-lead-password = At least ten characters. A new password also makes a new key for the one-time codes.
pin-old = So far
pin-new = New
pin-again = New, once more
pin-done = The new password holds
pin-one-time = Enter this key in your authenticator app now; it is shown only once.
turn-title = Your side
turn-lead = Please turn the screen to
turn-pin = Your PIN
turn-open = Open my pages
turn-note = Only the six digits that you know open your pages. They close by themselves after a quarter of an hour.
kind-sign-in = Signed in
scope-own = one’s own pages
title-429 = One moment, please
problem-sign-in-wrong = These do not belong together.
    .hint = Check your code and the PIN or password. A one-time code serves once: wait for the next.
problem-role-missing = This page is for others.
    .hint = Go back to your own pages, or sign in as somebody who may see it.
problem-foreign-form = This form did not come from our own page.
    .hint = Open the page here and send the form again.
problem-too-many = That was too often in a short time.
    .hint = Wait { $seconds } seconds and try again. Nothing is lost.
problem-not-a-form = This page takes what its own form sends.
    .hint = Open the page and use its form.
field-code = your code
field-secret = PIN or password
field-old = the one so far
field-new = the new one
field-again = the new one, once more
form-field = { $reason ->
    [missing] This is still empty: { $field }.
    [amount] This is not an amount: { $field }.
    [whole] This is not a whole number: { $field }.
    [again] The two new ones differ.
    [pin] A PIN has exactly six digits.
    [password] A password has at least ten characters.
    [date] This is not a day: { $field }.
   *[other] This does not have the right form: { $field }.
}
    .hint = { $reason ->
    [missing] Fill it in and send again.
    [amount] Write 12.50 or 1234.50, nothing else.
    [whole] Write digits only.
    [again] Type the new one twice, the same each time.
    [date] Choose a day, such as 2026-07-20.
   *[other] Look at it once more and send again.
}
