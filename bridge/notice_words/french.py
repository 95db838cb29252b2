"""Notices in French. NEEDS A NATIVE REVIEWER before it goes to real staff."""

from typing import Final

from bridge.notice_words.form import Told, Words
from bridge.notices import Template

WORDS: Final = Words(
    told={
        Template.CASE_WAITING: Told(
            "Dossier {number}\u00a0: magasin {store}, merci de confirmer",
            "Le dossier {number} au magasin {store} attend votre OK.",
            "Une promesse a été faite à un client au magasin {store} (dossier {number}). "
            "Ouvrez-le et appuyez sur «\u00a0Accuser réception\u00a0», pour que tous sachent que le "
            "magasin est prêt.",
        ),
        Template.CASE_CLIMBED: Told(
            "Dossier {number}\u00a0: le magasin {store} n'a pas répondu",
            "Le magasin {store} n'a pas répondu au dossier {number}. Merci d'intervenir.",
            "Le magasin {store} n'a pas confirmé le dossier {number}. Il vous parvient parce que les étapes "
            "précédentes n'ont pas suffi. Appelez le magasin ou agissez sur le dossier.",
        ),
        Template.CASE_REASSIGNED: Told(
            "Le dossier {number} est à vous",
            "Le dossier {number} (magasin {store}) est à vous.",
            "Vous êtes désormais responsable du dossier {number} au magasin {store}.",
        ),
        Template.OFFER_OTHER_STORE: Told(
            "Dossier {number}\u00a0: le magasin {other} pourrait le prendre",
            "Dossier {number}\u00a0: {store} ne répond pas. Le magasin {other}, à {km} km, pourrait "
            "le prendre.",
            "Le magasin {store} ne répond pas au dossier {number}. Le magasin {other}, à {km} km, est ouvert "
            "et capable. Vous pouvez proposer ce magasin au client.",
        ),
        Template.ACKNOWLEDGEMENT_LAPSED: Told(
            "Dossier {number}\u00a0: confirmé, puis plus rien",
            "Dossier {number}\u00a0: le magasin {store} a confirmé, puis plus rien. Merci de le revoir.",
            "Le magasin {store} a confirmé le dossier {number}, et rien ne s'est passé depuis. La "
            "confirmation ne compte plus\u00a0; merci de revoir le dossier.",
        ),
        Template.CLOCK_WARNING: Told(
            "Dossier {number}\u00a0: {milestone}, échéance {due}",
            "Dossier {number}\u00a0: {milestone}, échéance {due}.",
            "Dossier {number} au magasin {store}\u00a0: {milestone}, échéance {due}. {percent} % du "
            "temps est "
            "passé.",
        ),
        Template.CLOCK_MISSED: Told(
            "Dossier {number}\u00a0: {milestone} en retard",
            "Dossier {number}\u00a0: {milestone}, échéance {due}, en retard.",
            "Dossier {number} au magasin {store}\u00a0: {milestone} était attendu pour {due}. C'est "
            "en retard.",
        ),
        Template.QUESTION_ASKED: Told(
            "Dossier {number}\u00a0: le magasin {store} a une question",
            "Dossier {number}\u00a0: le magasin {store} demande\u00a0: {question}. Répondez avant {until}.",
            "Le magasin {store} demande au sujet du dossier {number}\u00a0: {question}. Répondez "
            "avant {until}\u00a0; "
            "le magasin attend.",
        ),
        Template.QUESTION_ANSWERED: Told(
            "Dossier {number}\u00a0: réponse à votre question",
            "Dossier {number}\u00a0: votre question a une réponse.",
            "L'agent a répondu à votre question sur le dossier {number}. Ouvrez-le pour lire la réponse et "
            "continuer.",
        ),
        Template.QUESTION_LAPSED: Told(
            "Dossier {number}\u00a0: personne n'a répondu",
            "Dossier {number}\u00a0: personne n'a répondu à temps au magasin {store}.",
            "Le magasin {store} a posé une question sur le dossier {number}, et personne n'a répondu à "
            "temps. Le magasin décide avec ce qu'il sait.",
        ),
        Template.TRANSFER_OFFERED: Told(
            "Dossier {number}\u00a0: le magasin {origin} vous le propose",
            "Le magasin {origin} demande au magasin {other} de prendre le dossier {number}.",
            "Le magasin {origin} demande au magasin {other} de reprendre le dossier {number}. Merci "
            "d'accepter ou de refuser.",
        ),
        Template.TRANSFER_DECIDED: Told(
            "Dossier {number}\u00a0: transfert au magasin {other}\u00a0: {state}",
            "Dossier {number}\u00a0: transfert au magasin {other}\u00a0: {state}.",
            "Le transfert du dossier {number} au magasin {other}\u00a0: {state}.",
        ),
        Template.REVIEW_OPENED: Told(
            "Dossier {number} en révision\u00a0: {reason}",
            "Le dossier {number} est en révision\u00a0: {reason}.",
            "Le dossier {number} au magasin {store} est entré dans la file de révision\u00a0: {reason}.",
        ),
        Template.CUSTOMER_CAN_GO: Told(
            "Dossier {number}\u00a0: le client peut venir",
            "Dossier {number}\u00a0: le magasin {store} est prêt. Prévenez le client.",
            "Le magasin {store} est prêt pour le dossier {number}. Dites au client qu'il peut venir.",
        ),
        Template.EXPIRED: Told(
            "Le dossier {number} a expiré",
            "Le dossier {number} au magasin {store} a expiré sans être utilisé.",
            "La promesse du dossier {number} au magasin {store} a expiré. Le magasin l'avait "
            "vue\u00a0; le client "
            "ne l'a pas utilisée.",
        ),
        Template.CHANNEL_TROUBLE: Told(
            "{account}\u00a0: {trouble}",
            "Canal {account}\u00a0: {trouble}.",
            "Le compte connecté {account} a besoin de vous\u00a0: {trouble}. "
            "D'ici là, des messages peuvent manquer et les réponses attendent.",
        ),
        Template.RECEIVER_GONE: Told(
            "Destinataire désactivé\u00a0: {receiver}",
            "Le destinataire de webhooks {receiver} a répondu qu'il n'existe plus (410) et a été désactivé.",
            "Le destinataire de webhooks {receiver} a répondu qu'il n'existe plus (410) et a été désactivé. "
            "Ce qui lui était dû est annulé. Quand il reviendra, activez-le\u00a0; "
            "un seul bouton sur sa page renvoie tout.",
        ),
        Template.DIGEST: Told(
            "{count} choses vous attendent",
            "{count} choses vous attendent.",
            "{count} choses vous attendent\u00a0:",
        ),
    },
    live_question=Told(
        "Dossier {number}\u00a0: le magasin {store} attend au comptoir",
        "MAINTENANT, dossier {number}\u00a0: {store} demande, client présent\u00a0: {question}. "
        "Avant {until}.",
        "Le client du dossier {number} est au comptoir du magasin {store}, et le magasin demande\u00a0: "
        "{question}. Répondez avant {until}.",
    ),
    open_question=Told(
        "Dossier {number}\u00a0: le magasin {store} a une question",
        "Dossier {number}\u00a0: le magasin {store} demande\u00a0: {question}.",
        "Le magasin {store} demande au sujet du dossier {number}\u00a0: {question}. Répondez "
        "vite\u00a0; le magasin "
        "attend.",
    ),
    expired_unseen=Told(
        "Le dossier {number} a expiré sans être vu",
        "Le dossier {number} a expiré. Le magasin {store} ne l'a jamais regardé.",
        "La promesse du dossier {number} a expiré, et le magasin {store} ne l'a jamais regardée. Le siège le "
        "voit aussi.",
    ),
    thread_warning=Told(
        "Une conversation attend\u00a0: {milestone}, échéance {due}",
        "Une conversation attend\u00a0: {milestone}, échéance {due}.",
        "Une conversation de la file attend\u00a0: {milestone}, échéance {due}. {percent} % du "
        "temps est passé.",
    ),
    thread_missed=Told(
        "Une conversation attend\u00a0: {milestone} en retard",
        "Une conversation attend\u00a0: {milestone}, échéance {due}, en retard.",
        "Une conversation de la file attend\u00a0: {milestone} était attendu pour {due}. C'est en retard.",
    ),
    unknown="inconnu",
    any_store="(tous)",
    open_link="Ouvrir",
    footer="Envoyé par le pont entre le service social et les magasins. Ne répondez pas à ce message.",
    test=Told(
        "Essai du pont",
        "Essai du pont\u00a0: cette adresse fonctionne.",
        "Ceci est un essai. Si vous pouvez le lire, les avis vous parviennent ici.",
    ),
    milestones={
        "first_response": "la première réponse",
        "next_response": "la réponse suivante",
        "promise_issued": "la promesse",
        "approval": "l'approbation",
        "store_ack": "la confirmation du magasin",
        "counter_decision": "la décision au comptoir",
        "agent_answer": "la réponse de l'agent",
        "transfer_accept": "le oui ou non de l'autre magasin",
        "customer_need": "le besoin du client",
        "outcome_to_customer": "l'information du client",
        "resolution": "la solution",
        "hq_review": "la révision du siège",
        "cause_coded": "la cause",
    },
    questions={
        "Q01": "si le montant est juste",
        "Q02": "si c'est cet article",
        "Q03": "si un article égal convient",
        "Q04": "qui paie",
        "Q05": "si c'est la bonne personne",
        "Q06": "si le délai peut être prolongé",
        "Q07": "ce qui a été dit exactement",
        "Q08": "le client demande plus",
        "Q09": "quelle preuve il faut",
        "Q10": "quel code à la caisse",
    },
    reasons={
        "wrongful_decline": "une promesse valable a été refusée",
        "no_ack": "aucun magasin n'a confirmé",
        "breach": "trop tard",
        "expired_unseen": "expiré sans être vu",
        "appeal": "le client conteste",
        "offline_conflict": "utilisé deux fois hors ligne",
        "repeat_pattern": "toujours la même chose",
        "high_value": "valeur élevée",
        "random_sample": "échantillon au hasard",
    },
    states={
        "offered": "proposé",
        "accepted": "accepté",
        "refused": "refusé",
        "withdrawn": "retiré",
        "lapsed": "sans réponse",
    },
    troubles={
        "signed_out": "quelqu'un doit se reconnecter",
        "failing": "les demandes échouent sans cesse",
        "quiet": "rien n'arrive depuis plus longtemps que d'habitude",
    },
)
