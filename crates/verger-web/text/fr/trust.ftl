# L'indice de confiance, tel qu'un foyer le lit : sur sa page, sur un ticket, au comptoir.

trust-title = Confiance
trust-head-none = { $points } points. Le niveau { $next_level } commence à { $next } : il en manque { $missing }.
trust-head = { $points } points, niveau { $level } (dès { $from }). Le niveau { $next_level } commence à { $next } : il en manque { $missing }.
trust-head-top = { $points } points, niveau { $level } (dès { $from }), le plus haut.
trust-limit = Vous pouvez devoir jusqu'à { $limit }. C'est le plus petit de ces trois montants :
trust-limit-none = Vous ne pouvez pas emprunter pour l'instant.
trust-limit-level = selon votre niveau
trust-limit-step = selon votre plus grand prêt remboursé à temps
trust-limit-backing = selon l'argent venu de l'extérieur
trust-limit-this = c'est lui qui compte
trust-parts = De quoi les points sont la somme
trust-pool-facts = faits sur le foyer
trust-pool-proven-sales = ventes à des acheteurs avérés
trust-pool-unproven-sales = ventes à des acheteurs non avérés
trust-pool-purchases = achats payés
trust-pool-village-trade = échanges au village
trust-pool-repaid = prêts remboursés à temps
trust-pool-penalties = retirés pour retards et litiges perdus
trust-with = { $who } { $count ->
    [one] une fois
    [2] deux fois
   *[other] { $count } fois
 }
trust-others = d'autres
trust-party-cooperative = coopérative { $code }
trust-party-buyer = acheteur { $code }
trust-party-supplier = fournisseur { $code }
trust-party-household = foyer { $code }
trust-reasons = Pourquoi ce n'est pas plus
trust-reason-fraud-barred = Une fraude est prouvée. Ce foyer est exclu du crédit pour toujours.
trust-reason-frozen-default = Un prêt est en défaut depuis le { $since }. Tant qu'il n'est pas payé, on ne peut rien emprunter.
trust-reason-village-pause = Les prêts sont suspendus dans tout le village, car trop de prêts sont en retard. Ce n'est pas votre faute.
trust-reason-cohort-full = La caution de votre agent couvre encore { $room } en ce moment.
trust-reason-level-low = Il manque { $missing } points pour le niveau suivant, qui permet { $limit }.
trust-reason-backing-low = Des acheteurs avérés vous ont payé { $recent } ces 3 derniers mois ; la moitié peut être empruntée au début. En 12 mois, { $backed } ont compté comme argent venu de l'extérieur ; un sixième peut en être emprunté.
trust-reason-step-not-repaid = Le plus grand prêt remboursé à temps est de { $largest } jusqu'ici. Le prochain peut être plus grand de moitié.
trust-reason-unproven-only = Aucun de vos acheteurs n'est avéré. Ensemble, leurs achats donnent au plus { $cap } points.
trust-reason-one-counterparty = Vous avez tant vendu à { $who } que plus n'ajoute rien. D'autres acheteurs ajoutent des points.
trust-reason-period-cap = { $waiting } points sont déjà gagnés et compteront les mois suivants.
trust-reason-penalty-late = Les retards de paiement coûtent { $points } points en ce moment. Cela s'efface.
trust-reason-penalty-dispute = Les litiges perdus coûtent { $points } points en ce moment. Cela s'efface.
trust-reason-identity-pending = Faits sur le foyer que l'agent n'a pas confirmés cette année : { $points } points.
trust-raises = Ce qui l'augmenterait
trust-deed-sell-proven = vendre pour { $value } à { $who }
trust-deed-sell-proven-new = vendre pour { $value } à la coopérative ou à un acheteur avéré
trust-deed-sell-known = vendre pour { $value } à un nouvel acheteur de bonne réputation
trust-deed-buy = acheter pour { $value } à la boutique et payer aussitôt
trust-deed-repay = emprunter { $value } et rembourser après { $days } jours
trust-deed-confirm-identity = faire confirmer par l'agent qui vous êtes
trust-deed-confirm-address = faire confirmer par l'agent où vous habitez
trust-deed-confirm-plot = faire confirmer par l'agent la parcelle que vous cultivez
trust-deed-cure = payer ce qui est en retard
trust-gain-points = +{ $points } points
trust-gain-limit = limite +{ $money }
trust-tree = Un arbre avec une branche par sorte de confiance : { $points } points, niveau { $level }
trust-leaf-withered = feuilles fanées : { $points } points perdus
trust-slip-foot = Quiconque a le journal peut vérifier les points et la limite. Demandez chaque ligne à l'agent.
