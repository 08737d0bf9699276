# Français. Une phrase par message ; les montants arrivent déjà mis en forme.

## Pages
home-title = Le village
home-lead = Chaque yuan de ces livres se suit jusqu’à l’opération qui l’a déplacé.
home-people = Le village en chiffres
count-households = foyers
count-members = habitants
count-goods = articles
count-suppliers = fournisseurs
count-carriers = transporteurs
state-title = L’argent
state-balanced = Livres en équilibre
state-off = Écart de
state-short = Il manque de l’argent
state-off-by = Écart de la balance
state-owed = Dû aux personnes et aux entreprises
state-assets = Fonds détenus pour cela
state-records = Écritures au journal
state-last = Dernière écriture
state-closed = Clos jusqu’à
state-open = aucun mois encore
money-bank = À la banque
money-processor = Chez le prestataire de paiement
money-drawers = Espèces en caisse
money-claims = Créances et avances
shop-tag = Boutique
shop-agent = Agent
fact-hours = Horaires
fact-phone = Téléphone
fact-address = Adresse
fact-link = Connexion
books-title = Les livres
books-lead = Balance par classe.
books-empty = Rien n’est encore passé en écriture.
books-code = N°
books-account = Compte
books-balance = Solde
books-total = Total
class-asset = Ce que l’on a
class-liability = Ce que l’on doit
class-equity = Fonds propres
class-income = Produits
class-expense = Charges
class-memorandum = Hors bilan
goods-title = Articles
goods-lead = Le prix à la boutique, et celui du bourg.
goods-empty = Le catalogue est encore vide.
goods-name = Article
goods-other = En chinois
goods-price = Prix
goods-township = Prix au bourg
goods-saving = Économie
people-title = Les gens
people-lead = Qui vit ici et qui sert le village. Des familles, seul le nom paraît, et seulement de celles dont les fruits se vendent.
people-homes = Familles
people-home = À la maison
people-households = Foyers
people-members = Habitants
people-size = { $count ->
    [one] { $count } habitant
   *[other] { $count } habitants
}
people-growers = Familles qui vendent des fruits
people-no-growers = Aucune famille n’a encore apporté de fruits.
people-shop = Boutiques
people-cooperative = Coopératives
people-supplier = Fournisseurs
people-carrier = Transporteurs
journal-title = Journal
journal-lead = Les dernières écritures, la plus récente d’abord. Chacune scelle la précédente.
journal-empty = Il n’y a pas encore d’écriture.
journal-number = Numéro
journal-what = Objet
journal-when = Date
journal-chain = Sceau
journal-refused = Refusé
journal-accepted = Enregistré
record-title = Écriture { $seq }
record-hash = SHA-256 de l’écriture
record-chain = Chaîne après elle
record-lead = La chaîne est le SHA-256 de la chaîne précédente et de l’empreinte de cette écriture. Changez une lettre, et tous les sceaux suivants se brisent.
docs-title = L’API
foot-line = Verger, les livres du village
foot-languages = Langues
demo-note = Village inventé : les personnes, les prix et l’argent sont des exemples.
empty-title = Pas encore de village
empty-text = Les livres sont ouverts, et vides.
empty-demo = Pour charger le village d’exemple, lancez :
fault-home = Vers la première page
month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}

## Ce qui s'est passé, au journal
kind-register-village = Village inscrit
kind-adopt-policy = Règles adoptées
kind-register-party = Personne ou entreprise inscrite
kind-set-pin = Code secret choisi
kind-report-wrong-pin = Code secret faux, compté
kind-issue-token = Jeton délivré
kind-revoke-token = Jeton retiré
kind-open-account = Compte ouvert
kind-post = Somme passée en écriture
kind-place-hold = Somme réservée
kind-post-hold = Réserve versée
kind-void-hold = Réserve annulée
kind-expire-hold = Réserve échue
kind-reverse = Écriture contre-passée
kind-close-month = Mois clos
kind-cash-in = Espèces versées
kind-cash-out = Espèces retirées
kind-send-money = Somme envoyée à un autre village
kind-receive-money = Somme reçue d’un autre village
kind-leave-cell = Village parti
kind-enter-cell = Village arrivé

## Le plan comptable
chart-1010 = Banque, à part pour les personnes
chart-1020 = Banque, exploitation
chart-1030 = Prestataire de paiement
chart-1110 = Caisses
chart-1210 = Créances sur transporteurs
chart-1220 = Créances sur fournisseurs
chart-1230 = Dû par les agents
chart-1260 = Avances sur lots groupés
chart-1310 = Prêts, capital
chart-1320 = Prêts, intérêts
chart-1330 = Prêts, pénalités
chart-1340 = Prêts, frais
chart-1390 = Provision pour pertes
chart-2010 = Portefeuilles
chart-2020 = Avances des agents
chart-2030 = Portefeuille de la coopérative
chart-2031 = Cotisations de la coopérative
chart-2032 = Emballages de la coopérative
chart-2040 = Séquestre des acheteurs
chart-2050 = Sommes en litige
chart-2060 = Lots groupés
chart-2110 = Commissions non acquises
chart-2120 = Dû aux transporteurs
chart-2130 = Impôts et taxes
chart-2140 = Encaissements à attribuer
chart-2150 = Dû aux fournisseurs
chart-2210 = Fonds du programme
chart-2310 = Prêteurs
chart-2910 = En route entre villages
chart-3010 = Capital du fonds
chart-3020 = Dons
chart-3900 = Résultats reportés
chart-4110 = Intérêts
chart-4120 = Pénalités
chart-4130 = Frais de prêt
chart-4210 = Frais de plateforme
chart-4910 = Récupérations
chart-5110 = Dépréciation
chart-5120 = Commissions
chart-5130 = Frais du prestataire de paiement
chart-5190 = Écarts de caisse
chart-5210 = Gestes commerciaux
chart-5220 = Tournées
chart-9010 = Limites non tirées
chart-9019 = Limites non tirées, contrepartie
chart-9110 = Intérêts suspendus
chart-9119 = Intérêts suspendus, contrepartie
chart-9210 = Passé en perte
chart-9219 = Passé en perte, contrepartie
chart-9310 = Garanties
chart-9319 = Garanties, contrepartie

## Problèmes d'une demande
title-400 = La demande est illisible
title-401 = Identifiez-vous
title-403 = Ce n’est pas pour vous
title-404 = Cela n’existe pas
title-405 = Pas de cette manière
title-409 = La situation est autre
title-413 = C’est trop gros
title-415 = Pas sous cette forme
title-422 = Ce n’est pas possible
title-500 = Une panne chez nous
title-503 = Un instant, s’il vous plaît
problem-malformed-json = Le corps n’est pas du JSON : ligne { $line }, colonne { $column }.
    .hint = Vérifiez à cet endroit les crochets, les guillemets et les virgules.
problem-invalid-field = { $reason ->
    [missing] Le champ { $field } manque.
    [unknown] Il n’y a pas de champ { $field } ici.
    [duplicate] Le champ { $field } est là deux fois.
    [minor] { $field } doit être un nombre entier de centimes (fen), sur 63 bits au plus.
    [whole] { $field } doit être un nombre entier, zéro ou plus.
    [text] { $field } doit être un texte.
    [boolean] { $field } doit être true ou false.
    [list] { $field } doit être une liste.
    [account] { $field } n’est pas une clé de compte.
    [party_kind] { $field } n’est pas une sorte de personne ou d’entreprise.
    [evidence_kind] { $field } n’est pas une sorte de preuve.
    [module] { $field } n’est pas un module de formation.
    [short_code] { $field } n’est pas un code court.
    [pin] { $field } n’est pas un code secret.
    [date] { $field } n’est pas un jour.
    [month] { $field } n’est pas un mois.
    [limit] { $field } doit être entre 1 et 200.
    [cursor] { $field } n’est pas une place dans cette liste.
    [object] Le corps doit être un objet, ses champs entre { "{" } et { "}" }.
    [id] { $field } n’est pas un identifiant.
    [digest] { $field } n’est pas une empreinte.
    [phase] { $field } n’est pas un état que l’on trouve ici.
    [days_or_harvest] { $field } : dites pour combien de jours, ou jusqu’à quelle récolte ; l’un des deux.
    [shop_or_proof] { $field } : nommez la boutique qui prend les espèces, ou donnez une preuve pour le portefeuille ; l’un des deux.
    [proof] { $field } doit être une seule preuve : un code secret, un témoin avec le sien, ou un enregistrement.
    [one_command] Le corps doit contenir exactement une commande.
    [word] { $field } n’est pas un des mots possibles.
    [pickup_code] { $field } n’est pas un code de retrait.
    [line] { $field } n’est pas une ligne, ou y est deux fois.
    [fact] { $field } n’est pas un fait.
    [fact_proof] { $field } : envoyez un document, ou un témoin avec son code.
   *[other] { $field } n’a pas la bonne forme.
}
    .hint = { $reason ->
    [missing] Ajoutez-le et renvoyez.
    [unknown] Retirez-le, ou cherchez une faute de frappe.
    [duplicate] Gardez-en un seul.
    [minor] Écrivez 12,50 sous la forme 1250, sans guillemets.
    [account] Écrivez 1010, ou 2010: et 32 chiffres hexadécimaux.
    [party_kind] Prenez shop, household, member, agent, cooperative, buyer, supplier, carrier ou staff.
    [evidence_kind] Prenez sale ou purchase.
    [module] Prenez M1 à M6.
    [short_code] Prenez 1 à 32 des caractères A-Z a-z 0-9 - _ et le point.
    [pin] Un code secret a exactement six chiffres.
    [date] Écrivez 2026-07-20.
    [month] Écrivez 2026-07.
    [cursor] Renvoyez tel quel le « next » de la page précédente.
    [id] Écrivez le nom, un tiret bas et 32 chiffres hexadécimaux ; le client crée les nouveaux.
    [digest] Écrivez le SHA-256 en 64 chiffres hexadécimaux minuscules.
    [one_command] Envoyez-en une seule, par exemple { "{" }"accept": { "{" }{ "}" }{ "}" }.
    [pickup_code] Un code de retrait a exactement six chiffres.
    [fact] Écrivez identity, address ou plot.
   *[other] Les champs sont décrits sous /api/docs.
}
problem-key-missing = L’en-tête Idempotency-Key manque.
    .hint = Créez un UUID par demande et joignez-le ; en cas de doute, répétez le même.
problem-key-malformed = L’Idempotency-Key n’est pas une clé fraîche.
    .hint = Envoyez un UUID de version 7, créé depuis moins d’une heure, ou cmd_ et ses 32 chiffres hexadécimaux.
problem-key-reused = Cette clé a servi à autre chose.
    .hint = Nouvelle demande, nouvelle clé. Pour répéter, envoyez exactement la même demande.
problem-unauthenticated = Il faut un jeton valable.
    .hint = Envoyez « Authorization: Bearer » et un jeton non échu.
problem-scope-missing = Ce jeton n’a pas le droit { $scope }.
    .hint = Demandez à l’opérateur un jeton avec ce droit.
problem-not-found = { $what ->
    [page] Il n’y a rien à cette adresse.
    [village] Ce jeton ne connaît pas ce village.
    [party] Il n’y a pas ici cette personne ou cette entreprise.
    [account] Ce compte n’existe pas ici.
    [hold] Cette réserve n’existe pas ici.
    [record] Cette écriture n’est pas de ce village.
    [pin] Il n’y a pas ici cet habitant avec un code secret.
    [listing] Cette annonce n’existe pas ici.
    [order] Cette commande n’existe pas ici.
    [parcel] Ce colis n’existe pas ici.
    [trip] Cette tournée n’existe pas ici.
    [dispute] Cette réclamation n’existe pas ici.
    [group] Cet achat groupé n’existe pas ici.
    [till] Cette session de caisse n’existe pas ici.
    [code] Ce colis n’a pas de code en ce moment.
   *[other] Cela n’existe pas ici.
}
    .hint = { $what ->
    [page] Repartez de la première page.
    [pin] Choisissez d’abord un code secret avec cette personne.
   *[other] Vérifiez l’identifiant ou le code.
}
problem-village-unknown = Il n’y a pas de village { $village }.
    .hint = Les villages sont sous /api/v1/villages.
problem-busy = Trop de demandes attendent ; rien n’a été fait.
    .hint = Renvoyez la même demande avec la même clé dans une seconde.
problem-unavailable = Les livres sont hors d’atteinte pour l’instant.
    .hint = Renvoyez la même demande avec la même clé dans une minute ; elle ne sera pas faite deux fois.
problem-incident = Le programme a rencontré sa propre faute ; rien n’a été enregistré.
    .hint = N’essayez plus. Donnez le numéro de la demande à l’opérateur.
problem-body-too-large = Le corps dépasse { $max_bytes } octets.
    .hint = Envoyez-en moins à la fois.
problem-unsupported-media-type = Le corps doit être du JSON.
    .hint = Envoyez « Content-Type: application/json ».
problem-method-not-allowed = Cette adresse ne prend pas cette méthode.
    .hint = Ce qu’elle prend est sous /api/docs.

## Refus du livre
refusal-line-count = Une écriture a de 2 à { $max } lignes ; celle-ci en a { $count }.
    .hint = Ajoutez l’autre côté, ou partagez l’écriture.
refusal-amount-zero = Un montant n’est pas nul.
    .hint = Indiquez combien déplacer.
refusal-amount-negative = Un montant est au-dessus de zéro ; celui-ci est { $amount_minor }.
    .hint = Retirez le signe moins.
refusal-amount-too-large = { $amount_minor } dépasse le plus grand montant, { $max_minor }.
    .hint = Vérifiez le nombre de chiffres, ou partagez la somme.
refusal-not-balanced = Les lignes ne font pas zéro : l’écart est de { $off_by_minor }.
    .hint = Débits et crédits doivent être égaux.
refusal-same-account = Les deux côtés sont le compte { $account }.
    .hint = Changez l’un des deux.
refusal-account-unknown = Le compte { $account } n’est pas ouvert.
    .hint = Vérifiez la clé, ou ouvrez d’abord le compte.
refusal-account-exists = Le compte { $account } est déjà ouvert.
    .hint = Utilisez-le tel quel.
refusal-account-not-openable = Le compte { $account } ne s’ouvre pas seul.
    .hint = Il s’ouvre avec l’inscription de son titulaire ou du village.
refusal-currency-mismatch = Ces livres sont tenus en { $expected }, pas en { $given }.
    .hint = Donnez le montant en { $expected }.
refusal-effective-in-future = Le { $effective_on } est après aujourd’hui, { $today }.
    .hint = Prenez aujourd’hui ou un jour passé.
refusal-period-closed = Le { $effective_on } est dans un mois clos ; les livres sont clos jusqu’à { $closed_through }.
    .hint = Prenez un jour après les mois clos.
refusal-effective-too-old = Le { $effective_on } remonte à plus de { $days_max } jours.
    .hint = Prenez un jour plus proche.
refusal-insufficient-available = Il n’y a que { $available_minor } disponibles sur { $account }.
    .hint = Prenez moins, ou versez d’abord.
refusal-out-of-range = La somme du compte { $account } sortirait des limites.
    .hint = Vérifiez le montant.
refusal-hold-exists = La réserve { $hold } a déjà été faite.
    .hint = Nouvelle réserve, nouvelle clé.
refusal-hold-time = Une réserve se termine dans les { $seconds_max } secondes.
    .hint = Choisissez moins longtemps.
refusal-hold-unknown = Il n’y a pas ici de réserve { $hold }.
    .hint = Vérifiez l’identifiant.
refusal-already-posted = La réserve { $hold } est déjà versée.
    .hint = Il n’y a plus rien à faire.
refusal-already-voided = La réserve { $hold } est déjà annulée.
    .hint = Refaites-en une si la somme est encore utile.
refusal-already-expired = Le temps de la réserve { $hold } est écoulé.
    .hint = Refaites-en une.
refusal-exceeds-pending = La réserve { $hold } n’a que { $held_minor }.
    .hint = Prenez cela ou moins.
refusal-record-unknown = L’écriture { $seq } n’est pas une somme de ce village que l’on peut reprendre.
    .hint = Cherchez le numéro au journal.
refusal-already-reversed = L’écriture { $seq } est déjà contre-passée par l’écriture { $by_seq }.
    .hint = Il n’y a plus rien à faire.
refusal-month-not-next = Le prochain mois à clore est { $next }.
    .hint = Fermez d’abord { $next }.
refusal-month-not-over = Le mois { $month } n’est pas fini.
    .hint = Fermez-le dès le premier jour suivant.
refusal-hold-overdue = La réserve { $hold } a passé son heure et reste ouverte.
    .hint = Attendez une minute qu’elle échoie, puis réessayez.
refusal-trial-balance-off = Les livres ont un écart de { $off_by_minor } ; rien ne peut être clos.
    .hint = Lancez « verger check » et prévenez l’opérateur.

## Refus sur les villages, les personnes et les jetons
refusal-village-unknown = Il n’y a pas de village { $village } ici.
    .hint = Vérifiez le numéro ; dans le village même, rien n’est à envoyer.
refusal-village-exists = Le village { $village } est déjà inscrit.
    .hint = Choisissez un autre numéro.
refusal-policy-not-newer = La version { $version } des règles n’est pas plus récente que la { $current }.
    .hint = Augmentez le numéro de version.
refusal-policy-invalid = Les règles ont une faute au champ { $field } : { $problem }.
    .hint = Corrigez ce champ du fichier des règles.
refusal-second-person-needed = Deux personnes différentes du personnel doivent être d’accord.
    .hint = Demandez à une seconde personne.
refusal-not-allowed = Ce n’est pas à { $actor } de le faire.
    .hint = Demandez à la personne qui en est chargée.
refusal-party-unknown = { $party } n’est pas du village.
    .hint = Vérifiez l’identifiant ou le code.
refusal-party-exists = { $party } est déjà inscrit.
    .hint = Nouvelle inscription, nouvelle clé.
refusal-code-taken = Le code { $taken } est pris.
    .hint = Choisissez un autre code.
refusal-wrong-kind = { $party } doit être { $expected ->
    [shop] une boutique
    [household] un foyer
    [member] un habitant
    [agent] un agent
    [cooperative] une coopérative
    [buyer] un acheteur
    [supplier] un fournisseur
    [carrier] un transporteur
   *[staff] une personne du personnel
} pour cela.
    .hint = Choisissez-en une autre.
refusal-household-needed = Un habitant appartient à un foyer du village ; seuls les habitants et les agents en ont un.
    .hint = Donnez le foyer de l’habitant, ou laissez ce champ vide pour les autres.
refusal-name-length = Un nom a de 1 à 200 caractères.
    .hint = Écrivez le nom dans les deux écritures.
refusal-number-range = { $field } doit être entre 1 et { $max }.
    .hint = Vérifiez le nombre et son unité.
refusal-token-unknown = Il n’y a pas ici de { $token }.
    .hint = Vérifiez l’identifiant.
refusal-token-exists = { $token } sert déjà.
    .hint = Créez un nouveau jeton.
refusal-token-useless = Un jeton finit dans l’avenir et a au moins un droit.
    .hint = Donnez-lui une fin plus tardive, ou un droit.
refusal-wrong-cell = Le village n’est pas là où cette commande le cherche.
    .hint = Prévenez l’opérateur.

## Refus au comptoir
refusal-needs-module = Il faut pour cela le module de formation { $module }.
    .hint = Demandez à un collègue qui l’a réussi.
refusal-own-household = Personne ne sert son propre foyer.
    .hint = Demandez à un collègue de le faire.
refusal-proof-not-theirs = L’accord doit venir des personnes du portefeuille.
    .hint = Laissez un membre du foyer taper son code secret.
refusal-pin-locked = Le code secret est bloqué jusqu’à { $locked_until }.
    .hint = Réessayez après cette heure.
refusal-old-pin-needed = Il y a déjà un code secret.
    .hint = Tapez aussi l’ancien code.
refusal-wrong-pin = Le code secret n’est pas le bon ; { $tries_left ->
    [one] il reste { $tries_left } essai
   *[other] il reste { $tries_left } essais
}.
    .hint = Laissez la personne le taper encore une fois, sans se presser.
