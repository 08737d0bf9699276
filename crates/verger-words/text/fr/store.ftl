# Français : la boutique et les pages de l’acheteur. Une phrase par message ; montants déjà écrits.

## The shop
store-title = Boutique
store-heading = Des vergers de { $village }
store-families = { $count ->
    [one] Une famille.
   *[other] { $count } familles.
}
store-picked = Dernière cueillette le { $day }.
store-escrow = La famille est payée quand votre colis arrive.
store-empty = Rien n’est encore en vente.
store-empty-hint = Revenez quand la saison commence.
store-add = Ajouter
store-left-weight = reste { $amount }
store-left-pieces = reste { $amount }
store-grams = { $n } g
store-kilograms = { $n } kg
store-from = Dès le { $day }
store-over = Pas en vente actuellement
store-sold-out = Épuisé
store-basket-count = { $count ->
    [one] { $count } article dans le panier
   *[other] { $count } articles dans le panier
}
store-family = Famille { $name }
store-family-unnamed = Une famille du village
store-freight = livraison
store-weight = Poids
store-grade = Catégorie
store-stock = Disponible
store-season = Saison
store-expected = Récolte attendue
store-returns = Si quelque chose ne va pas
store-returns-live = Dites-le avec une photo sous un jour ; votre argent attend jusque-là.
store-returns-fresh = Dites-le avec une photo sous deux jours ; votre argent attend jusque-là.
store-returns-craft = Dites-le avec une photo avant de confirmer ; votre argent attend jusque-là.
store-returns-none = Définitif une fois livré.
store-split = Où va votre argent
store-split-lead = Au fen près, pour un article acheté ici. Votre commande montrera la même chose.
store-growers = À qui sont ces fruits
store-growers-lead = { $count ->
    [one] Une famille a apporté des fruits. Son dernier lot a été cueilli le { $day }.
   *[other] { $count } familles ont apporté des fruits. Le dernier lot de la première a été cueilli le { $day }.
}
store-reviews = Ce que disent les acheteurs
store-reviews-none = Personne n’a encore rien dit. Seuls les acheteurs le peuvent.
store-reviews-count = { $count ->
    [one] { $count } avis
   *[other] { $count } avis
}
store-stars = { $count ->
    [one] { $count } étoile sur cinq
   *[other] { $count } étoiles sur cinq
}
store-poster = Affiche avec code QR
store-poster-hint = Imprimez cette page sur n’importe quel format. Le code mène à l’article, dans la langue du lecteur.
store-scan = Scannez pour voir à qui c’est et commander
store-to-shop = À la boutique
store-family-title = Famille
store-family-lead = { $village }, { $altitude } m d’altitude.
store-family-sells = Ce que vend la famille
store-family-pools = Colis avec ses fruits
store-family-split = Pour { $good }, livraison comprise, au fen près.
store-lots = Les lots apportés
store-lots-lead = Pesés devant témoin, classés par quelqu’un d’autre.
store-lot = Lot
store-lot-day = Cueilli
store-variety = Variété
store-cull = écart
store-not-graded = pas encore classé

## Basket and order
basket-title = Panier
basket-empty = Votre panier est vide.
basket-less = Un de moins
basket-more = Un de plus
basket-goods = Articles
basket-freight = Livraison
basket-too-many = { $count ->
    [0] Épuisé
    [one] Il n’en reste qu’un
   *[other] Il n’en reste que { $count }
}
basket-who = Où l’envoyer ?
basket-name = Nom
basket-phone = Téléphone, pour le transporteur
basket-address = Adresse
basket-how = Comment payez-vous ?
basket-pay-online = Argent fictif
basket-pay-online-hint = Ce village est un exemple : rien n’est vraiment payé ni envoyé.
basket-pay-transfer = Virement bancaire
basket-pay-transfer-hint = Vos articles sont gardés deux jours. Le compte est sur la page suivante.
basket-pay-cash = Espèces à la boutique du village
basket-pay-cash-hint = Vos articles sont gardés deux jours. Quelqu’un paie pour vous au comptoir.
basket-escrow = Votre argent est gardé jusqu’à l’arrivée du colis en bon état.
basket-pay = Commander pour
basket-closed = Retirez ce qui ne peut être acheté ; vous pourrez alors commander.
basket-go-on = Chercher encore

## The demonstration's payment provider
pay-title = Argent fictif
pay-lead = Ce prestataire appartient au village d’exemple. Aucun argent réel ne bouge.
pay-amount = À payer
pay-button = Payer en argent fictif
pay-later = Retour à la commande sans payer

## Follow my parcel
follow-title = Votre commande
follow-next-placed = Vos articles sont gardés jusqu’au { $due }. Payez { $total }, et le village commence.
follow-next-paid = Votre argent est en sûreté. Le village répond avant le { $due }, sinon il vous revient.
follow-next-accepted = Le village a votre commande et prépare le colis.
follow-next-packed = Votre colis est fermé et attend le transporteur.
follow-next-shipped = Votre colis est en route.
follow-next-delivered = Il est arrivé. Tout va bien ? Sans réponse, le village est payé le { $due }.
follow-next-completed = Terminé. L’argent est à sa place ; voyez ci-dessous, au fen près.
follow-next-expired = Le délai de paiement est passé ; rien n’a été pris. Un paiement tardif vous revient.
follow-next-refunded = Tout votre argent vous est revenu.
follow-next-cancelled = Cette commande a été annulée. Ce qui était payé vous est revenu.
follow-pay = Payer
follow-confirm = Je l’ai reçu, tout va bien
follow-claim = Quelque chose ne va pas
follow-review = Comment était-ce ?
follow-stars = Étoiles
follow-words = Ce qui était bien, ce qui ne l’était pas
follow-say = Donner mon avis
follow-way = Où il est
follow-parcel = Colis
follow-inside = Dedans, le travail de
follow-picked = cueilli le
follow-ordered = Ce que vous avez commandé
follow-extend = J’ai besoin de trois jours de plus
follow-cancel = Annuler
follow-cancel-hint = Rien n’est envoyé, et tout votre argent vous revient.
follow-cancel-yes = Oui, annuler

## Something is wrong
claim-title = Quelque chose ne va pas
claim-none = Il n’y a plus rien à réclamer : l’argent est à sa place, ou une réclamation est ouverte.
claim-what = Qu’est-ce que c’est ?
claim-reason-damaged = Abîmé, cassé ou mouillé
claim-reason-spoiled = Pourri ou périmé
claim-reason-short = Moins que ce que j’ai acheté
claim-reason-different = Différent de la description
claim-reason-not-received = Jamais arrivé
claim-which = Quels articles ?
claim-much = Quelle part ?
claim-share-quarter = Un quart
claim-share-half = La moitié
claim-share-most = Les trois quarts
claim-share-all = Tout
claim-photo = Une photo
claim-photo-hint = La photo est réduite et perd son lieu et son heure. Il en faut une, sauf si rien n’est arrivé.
claim-send = Envoyer la réclamation
claim-back = Retour à la commande
claim-opened = Vous demandez { $asked }. Le village répond sous deux jours ; votre argent attend.
claim-offered = Vous demandez { $asked } ; le village propose { $amount }.
claim-returning = Renvoyez les articles ; puis { $amount } vous reviendront.
claim-escalated = Vous demandez { $asked }. Un jury du canton et d’un autre producteur décide sous cinq jours.
claim-ruled = Vous demandiez { $asked } ; le jury accorde { $amount }.
claim-executed = Réglé : { $amount } vous sont revenus.
claim-withdrawn = Vous l’avez retirée.
claim-do-withdraw = Tout va bien finalement
claim-do-agree = D’accord
claim-do-escalate = Demander un jury
claim-do-appeal = Demander un autre jury

## What buyers can say
said-good = aussi bon qu’espéré
said-fresh = frais
said-well-packed = bien emballé
said-on-time = à l’heure
said-as-described = comme décrit
said-bruised = un peu abîmé
said-not-ripe = pas tout mûr
said-small = plus petit qu’espéré
said-late = en retard

## What can go wrong
problem-price-changed = Le prix a changé pendant que vous regardiez : { $now_minor } maintenant, au lieu de { $shown_minor }.
    .hint = Regardez le nouveau prix et commandez de nouveau, ou laissez.
    .hint = Envoyez le formulaire de la page.
store-box-title = Colis
store-box = Colis { $label }
store-box-lead = Préparé à { $village }.
store-box-whose = À qui sont ces fruits
store-box-none = L’agent n’a pas inscrit à qui sont ces fruits.
store-box-fair = Ce qui du prix revient au verger
store-box-fair-lead = Du prix des fruits, sans le transport.
store-box-orchard = Au verger
store-box-rest = Frais et emballage
store-box-kilogram = Un kilo rapporte au verger
store-box-trader = Le négociant payait le { $day }
store-box-more = De plus que le négociant, au kilo
