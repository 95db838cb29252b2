"""Version 1 of the causes, as it was handed over: code | English | Spanish | French, three levels by indent.

`bridge/causes.py` reads it. Spanish and French need a native reviewer.
"""

STARTING_CAUSES = """\
STORE_SERVICE | Service in the store | Atención en la tienda | Service en magasin
  reachability | Reachability | Accesibilidad | Joignabilité
    phone_not_answered | Phone not answered | No contestan el teléfono | Téléphone sans réponse
    no_call_back | No call back | No devuelven la llamada | Pas de rappel
    email_unanswered | E-mail unanswered | Correo sin respuesta | E-mail sans réponse
    long_queue | Long queue | Cola larga | Longue attente
  ownership | Ownership | Responsabilidad | Prise en charge
    not_my_department | “Not my department” | «No es mi departamento» | « Ce n’est pas mon rayon »
    no_manager_on_duty | No manager on duty | Sin encargado presente | Aucun responsable présent
    handed_around | Handed around | De un lado a otro | Renvoyé d’une personne à l’autre
  conduct | Conduct | Trato | Comportement
    rude | Rude | Descortesía | Impolitesse
    disbelief_of_customer | Customer not believed | No creyeron al cliente | Client pas cru
    public_embarrassment | Embarrassed in public | Vergüenza en público | Gêne en public
  knowledge | Knowledge | Conocimiento | Connaissance
    did_not_know_social_channel | Did not know the social channel | No conocían el canal social | Canal social inconnu
    did_not_know_policy | Did not know the policy | No conocían la norma | Règle inconnue
    wrong_information | Wrong information | Información errónea | Information erronée
SALES_PRACTICE | Sales practice | Prácticas de venta | Pratiques de vente
  pressure | Pressure | Presión | Pression
    extended_warranty | Extended warranty | Garantía ampliada | Extension de garantie
    add_ons | Add-ons | Accesorios | Options
    credit_card_or_membership | Credit card or membership | Tarjeta o afiliación | Carte de crédit ou adhésion
  promise | Promise | Promesa | Promesse
    unkept_price_promise | Price promise not kept | Precio prometido no respetado | Prix promis non tenu
    misleading_advice | Misleading advice | Consejo engañoso | Conseil trompeur
    bait_and_switch | Bait and switch | Oferta señuelo | Offre d’appel
POLICY | Policy | Normas | Règles
  returns | Returns | Devoluciones | Retours
    no_receipt | No receipt | Sin recibo | Pas de ticket
    window_passed | Return time passed | Plazo vencido | Délai passé
    restocking_fee | Restocking fee | Cargo por devolución | Frais de retour
    opened_media | Opened media | Soporte abierto | Support ouvert
  eligibility | Eligibility | Derecho | Éligibilité
    support_age_limit | Support age limit | Límite de antigüedad | Limite d’ancienneté
    warranty_end | Warranty ended | Fin de garantía | Fin de garantie
    region_lock | Region lock | Bloqueo regional | Blocage régional
  refund_form | Form of refund | Forma de reembolso | Forme du remboursement
    cheque_instead_of_cash | Cheque instead of cash | Cheque en vez de efectivo | Chèque au lieu d’espèces
    credit_only | Store credit only | Solo vale | Avoir uniquement
    cash_refund_cap | Cap for cash refund | Tope en efectivo | Plafond en espèces
  campaign | Campaign | Campaña | Campagne
    unclear_terms | Unclear terms | Condiciones poco claras | Conditions floues
    store_excluded | Store excluded | Tienda excluida | Magasin exclu
    expired_in_print | Expired in print | Vencida en impreso | Expirée sur papier
PRODUCT | Product | Producto | Produit
  defect | Defect | Defecto | Défaut
    dead_on_arrival | Dead on arrival | No funciona de origen | En panne au déballage
    repeated_failure | Repeated failure | Fallo repetido | Panne répétée
    recall | Recall | Retirada | Rappel
  incomplete | Incomplete | Incompleto | Incomplet
    missing_part_or_disc | Missing part or disc | Falta pieza o disco | Pièce ou disque manquant
    wrong_manual | Wrong manual | Manual equivocado | Mauvaise notice
  fit | Fit | Adecuación | Adéquation
    wrong_compatibility | Not compatible | No compatible | Non compatible
    gift_not_wanted | Gift not wanted | Regalo no deseado | Cadeau non désiré
STOCK_PRICE | Stock and price | Existencias y precio | Stock et prix
  stock | Stock | Existencias | Stock
    web_yes_store_no | Web says yes, store says no | La web dice sí, la tienda no | Oui sur le web, non en magasin
    reserved_item_gone | Reserved item gone | Artículo reservado no está | Article réservé parti
  price | Price | Precio | Prix
    shelf_against_till | Shelf against till | Estante frente a caja | Rayon contre caisse
    online_against_store | Online against store | Web frente a tienda | Web contre magasin
    price_match_refused | Price match refused | Igualación negada | Alignement refusé
ORDER_DELIVERY | Order and delivery | Pedido y entrega | Commande et livraison
  click_and_collect | Click and collect | Recogida en tienda | Retrait en magasin
    not_ready | Not ready | No está listo | Pas prêt
    code_or_id_problem | Code or ID problem | Problema de código o identidad | Problème de code ou d’identité
    wrong_item | Wrong item | Artículo equivocado | Mauvais article
  delivery | Delivery | Entrega | Livraison
    late | Late | Tarde | En retard
    damaged | Damaged | Dañado | Endommagé
    no_show | No show | No se presentó | Non livré
    installation | Installation | Instalación | Installation
REPAIR_SERVICE | Repair | Reparación | Réparation
  workshop | Workshop | Taller | Atelier
    lost_device | Lost device | Equipo perdido | Appareil perdu
    long_time | Long time | Mucho tiempo | Longue durée
    not_repaired | Not repaired | No reparado | Pas réparé
    data_loss | Data loss | Pérdida de datos | Perte de données
  quote | Quote | Presupuesto | Devis
    charged_for_warranty_work | Charged for warranty work | Cobro en garantía | Garantie facturée
    price_surprise | Price surprise | Precio inesperado | Prix inattendu
CARE_CHANNEL | Care channel | Canal de atención | Canal du service client
  phone | Phone | Teléfono | Téléphone
    road_to_nowhere | Road to nowhere | Sin salida | Sans issue
    loop_between_channels | Loop between channels | Vueltas entre canales | Boucle entre canaux
    paid_support | Paid support | Soporte de pago | Assistance payante
  email | E-mail | Correo | E-mail
    road_to_nowhere | Road to nowhere | Sin salida | Sans issue
    loop_between_channels | Loop between channels | Vueltas entre canales | Boucle entre canaux
  chat | Chat | Chat | Chat
    road_to_nowhere | Road to nowhere | Sin salida | Sans issue
    loop_between_channels | Loop between channels | Vueltas entre canales | Boucle entre canaux
  social | Social | Redes sociales | Réseaux sociaux
    late_answer | Late answer | Respuesta tardía | Réponse tardive
    two_answers | Two answers | Dos respuestas | Deux réponses
    wrong_store | Wrong store | Tienda equivocada | Mauvais magasin
    vague_promise | Vague promise | Promesa vaga | Promesse vague
    over_promise | Promised too much | Promesa excesiva | Promesse excessive
    code_not_sent | Code not sent | Código no enviado | Code non envoyé
SYSTEM | Systems | Sistemas | Systèmes
  till | Till | Caja | Caisse
    outage | Outage | Caída | Panne
    coupon_rejected | Coupon rejected | Cupón rechazado | Coupon refusé
  identity | Identity | Identidad | Identité
    outage | Outage | Caída | Panne
  loyalty | Loyalty | Fidelidad | Fidélité
    outage | Outage | Caída | Panne
    balance_wrong | Balance wrong | Saldo erróneo | Solde erroné
  web | Web | Web | Web
    outage | Outage | Caída | Panne
    coupon_rejected | Coupon rejected | Cupón rechazado | Coupon refusé
PAYMENT_BILLING | Payment | Pago | Paiement
  refund | Refund | Reembolso | Remboursement
    not_credited | Not credited | No abonado | Non crédité
    double_charge | Double charge | Cobro doble | Double débit
    wrong_tender | Wrong tender | Medio de pago equivocado | Mauvais moyen de paiement
FRAUD_ABUSE | Fraud and abuse | Fraude y abuso | Fraude et abus
  outside | From outside | Externo | Externe
    fake_account | Fake account | Cuenta falsa | Faux compte
    shared_code | Shared code | Código compartido | Code partagé
    serial_claimant | Serial claimant | Reclamante en serie | Réclamations en série
  inside | From inside | Interno | Interne
    staff_misuse | Misuse by staff | Abuso del personal | Abus du personnel
CUSTOMER_SIDE | Customer’s side | Lado del cliente | Côté client
  general | General | General | Général
    misunderstanding | Misunderstanding | Malentendido | Malentendu
    change_of_mind | Change of mind | Cambio de opinión | Changement d’avis
EXTERNAL | Outside us | Ajeno a nosotros | Hors de notre contrôle
  general | General | General | Général
    weather | Weather | Clima | Météo
    carrier | Carrier | Transportista | Transporteur
    supplier | Supplier | Proveedor | Fournisseur
    network_platform_down | Network platform down | Plataforma caída | Plateforme en panne
"""

STARTING_BRIDGE_CAUSES = """\
B1 | Store not informed | Tienda no informada | Magasin non informé
B2 | Code not understood | Código no entendido | Code non compris
B3 | Authority not accepted | Autoridad no aceptada | Autorité non acceptée
B4 | Promise unclear | Promesa poco clara | Promesse peu claire
B5 | Promise above authority | Promesa sin autoridad | Promesse hors autorité
B6 | Store not able | Tienda no pudo | Magasin dans l’impossibilité
B7 | Late | Tarde | En retard
B8 | Failure of the tool | Fallo de la herramienta | Défaillance de l’outil
"""
