## Le cadre, la connexion, les rôles
skip = Aller au contenu
back = Retour
save = Enregistrer
state-done = Fait
sign-in-link = Connexion
sign-in-title = Connexion
sign-in-village = Village
sign-in-code = Votre code
sign-in-secret = Code PIN ou mot de passe
sign-in-one-time = Code à usage unique
sign-in-one-time-hint = Seulement avec un mot de passe : les six chiffres que votre application affiche maintenant. À laisser vide avec un code PIN.
sign-in-do = Se connecter
sign-in-help = Code PIN ou mot de passe oublié ? Adressez-vous à l’opérateur du village ; personne ne peut voir l’ancien.
doors-title = Essayer
doors-lead = Ces personnes sont inventées. Choisissez-en une pour voir ce qu’elle voit.
role-member = Villageois
role-agent = Agent au comptoir
role-cooperative = Coopérative
role-supplier = Fournisseur
role-carrier = Transporteur
role-operator = Opérateur
role-auditor = Vérificateur
role-programme = Chargé de programme
session-title = Qui est là
session-role = Connecté comme
session-place = Village
session-go = Vers mon travail
session-out = Se déconnecter
pin-title-pin = Changer mon code PIN
pin-title-password = Changer mon mot de passe
pin-lead-pin = Six chiffres que vous seul connaissez. Personne au comptoir n’a le droit de vous les demander.
pin-lead-password = Dix caractères au moins. Un nouveau mot de passe crée aussi une nouvelle clé pour les codes à usage unique.
pin-old = Jusqu’ici
pin-new = Nouveau
pin-again = Nouveau, encore une fois
pin-done = Le nouveau mot de passe est valable
pin-one-time = Saisissez cette clé maintenant dans votre application d’authentification ; elle n’est affichée qu’une fois.
turn-title = De votre côté
turn-lead = Tournez l’écran, s’il vous plaît, vers
turn-pin = Votre code PIN
turn-open = Ouvrir mes pages
turn-note = Seuls les six chiffres que vous connaissez ouvrent vos pages. Elles se ferment d’elles-mêmes après un quart d’heure.
kind-sign-in = Connexion
scope-own = ses propres pages
title-429 = Un instant, s’il vous plaît
problem-sign-in-wrong = Ces données ne vont pas ensemble.
    .hint = Vérifiez votre code et le code PIN ou le mot de passe. Un code à usage unique ne sert qu’une fois : attendez le suivant.
problem-role-missing = Cette page est destinée à d’autres.
    .hint = Revenez à vos propres pages, ou connectez-vous comme quelqu’un qui peut la voir.
problem-foreign-form = Ce formulaire ne vient pas de notre propre page.
    .hint = Ouvrez la page ici et renvoyez le formulaire.
problem-too-many = C’était trop souvent en peu de temps.
    .hint = Attendez { $seconds } secondes et réessayez. Rien n’est perdu.
problem-not-a-form = Cette page n’accepte que son propre formulaire.
    .hint = Ouvrez la page et utilisez son formulaire.
field-code = votre code
field-secret = code PIN ou mot de passe
field-old = l’ancien
field-new = le nouveau
field-again = le nouveau, encore une fois
form-field = { $reason ->
    [missing] Ceci est encore vide : { $field }.
    [amount] Ceci n’est pas un montant : { $field }.
    [whole] Ceci n’est pas un nombre entier : { $field }.
    [again] Les deux nouveaux diffèrent.
    [pin] Un code PIN a exactement six chiffres.
    [password] Un mot de passe a au moins dix caractères.
    [date] Ceci n’est pas un jour : { $field }.
   *[other] Ceci n’a pas la bonne forme : { $field }.
}
    .hint = { $reason ->
    [missing] Remplissez-le et renvoyez.
    [amount] Écrivez 12,50 ou 1234,50, rien d’autre.
    [whole] Écrivez seulement des chiffres.
    [again] Saisissez le nouveau deux fois, à l’identique.
    [date] Choisissez un jour, par exemple 2026-07-20.
   *[other] Vérifiez-le et renvoyez.
}
