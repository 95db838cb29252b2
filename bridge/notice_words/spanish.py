"""Notices in Spanish. NEEDS A NATIVE REVIEWER before it goes to real staff."""

from typing import Final

from bridge.notice_words.form import Told, Words
from bridge.notices import Template

WORDS: Final = Words(
    told={
        Template.CASE_WAITING: Told(
            "Caso {number}: tienda {store}, confirme por favor",
            "El caso {number} en la tienda {store} espera su confirmación.",
            "Se prometió algo a un cliente en la tienda {store} (caso {number}). "
            "Ábralo y pulse «Confirmar», para que todos sepan que la tienda está lista.",
        ),
        Template.CASE_CLIMBED: Told(
            "Caso {number}: la tienda {store} no ha respondido",
            "La tienda {store} no ha respondido al caso {number}. Intervenga, por favor.",
            "La tienda {store} no ha confirmado el caso {number}. Le llega a usted porque los pasos "
            "anteriores no ayudaron. Llame a la tienda o actúe en el caso.",
        ),
        Template.CASE_REASSIGNED: Told(
            "El caso {number} es suyo ahora",
            "El caso {number} (tienda {store}) es suyo ahora.",
            "Usted es la nueva persona responsable del caso {number} en la tienda {store}.",
        ),
        Template.OFFER_OTHER_STORE: Told(
            "Caso {number}: la tienda {other} podría atenderlo",
            "Caso {number}: la tienda {store} no responde. La tienda {other}, a {km} km, podría atenderlo.",
            "La tienda {store} no responde al caso {number}. La tienda {other}, a {km} km, está abierta y "
            "puede atenderlo. Puede ofrecer esa tienda al cliente.",
        ),
        Template.ACKNOWLEDGEMENT_LAPSED: Told(
            "Caso {number}: se confirmó y no pasó nada",
            "Caso {number}: la tienda {store} confirmó y no pasó nada. Revíselo, por favor.",
            "La tienda {store} confirmó el caso {number} y desde entonces no ha pasado nada. La confirmación "
            "ya no cuenta; revise el caso, por favor.",
        ),
        Template.CLOCK_WARNING: Told(
            "Caso {number}: {milestone} vence {due}",
            "Caso {number}: {milestone} vence {due}.",
            "Caso {number} en la tienda {store}: {milestone} vence {due}. Ha pasado el {percent} % del "
            "tiempo.",
        ),
        Template.CLOCK_MISSED: Told(
            "Caso {number}: {milestone} con retraso",
            "Caso {number}: {milestone} vencía {due} y va con retraso.",
            "Caso {number} en la tienda {store}: {milestone} vencía {due}. Ya va con retraso.",
        ),
        Template.QUESTION_ASKED: Told(
            "Caso {number}: la tienda {store} pregunta",
            "Caso {number}: la tienda {store} pregunta: {question}. Responda antes de {until}.",
            "La tienda {store} pregunta sobre el caso {number}: {question}. Responda antes de {until}; la "
            "tienda espera.",
        ),
        Template.QUESTION_ANSWERED: Told(
            "Caso {number}: su pregunta tiene respuesta",
            "Caso {number}: su pregunta tiene respuesta.",
            "El agente respondió a su pregunta sobre el caso {number}. Ábralo para leer la respuesta y "
            "seguir.",
        ),
        Template.QUESTION_LAPSED: Told(
            "Caso {number}: nadie respondió a la pregunta",
            "Caso {number}: nadie respondió a tiempo a la tienda {store}.",
            "La tienda {store} preguntó sobre el caso {number} y nadie respondió a tiempo. La tienda decide "
            "ahora con lo que sabe.",
        ),
        Template.TRANSFER_OFFERED: Told(
            "Caso {number}: la tienda {origin} le pide que lo atienda",
            "La tienda {origin} pide a la tienda {other} que atienda el caso {number}.",
            "La tienda {origin} le pide a la tienda {other} que se encargue del caso {number}. Acepte o "
            "rechace, por favor.",
        ),
        Template.TRANSFER_DECIDED: Told(
            "Caso {number}: traslado a la tienda {other}: {state}",
            "Caso {number}: traslado a la tienda {other}: {state}.",
            "El traslado del caso {number} a la tienda {other}: {state}.",
        ),
        Template.REVIEW_OPENED: Told(
            "Caso {number} en revisión: {reason}",
            "El caso {number} está en revisión: {reason}.",
            "El caso {number} en la tienda {store} entró en la cola de revisión: {reason}.",
        ),
        Template.CUSTOMER_CAN_GO: Told(
            "Caso {number}: el cliente puede ir",
            "Caso {number}: la tienda {store} está lista. Avise al cliente.",
            "La tienda {store} está lista para el caso {number}. Diga al cliente que puede ir.",
        ),
        Template.EXPIRED: Told(
            "El caso {number} ha vencido",
            "El caso {number} en la tienda {store} venció sin usarse.",
            "La promesa del caso {number} en la tienda {store} venció. La tienda la había visto; el cliente "
            "no la usó.",
        ),
        Template.CHANNEL_TROUBLE: Told(
            "{account}: {trouble}",
            "Canal {account}: {trouble}.",
            "La cuenta conectada {account} le necesita: {trouble}. "
            "Hasta entonces pueden perderse mensajes y las respuestas esperan.",
        ),
        Template.RECEIVER_GONE: Told(
            "Receptor desactivado: {receiver}",
            "El receptor de webhooks {receiver} respondió que ya no existe (410) y fue desactivado.",
            "El receptor de webhooks {receiver} respondió que ya no existe (410) y fue desactivado. "
            "Lo que se le debía está cancelado. Cuando vuelva, actívelo; "
            "un solo botón allí lo envía todo de nuevo.",
        ),
        Template.DIGEST: Told(
            "{count} asuntos le esperan",
            "{count} asuntos le esperan.",
            "{count} asuntos le esperan:",
        ),
    },
    live_question=Told(
        "Caso {number}: la tienda {store} espera en el mostrador",
        "AHORA, caso {number}: la tienda {store} pregunta con el cliente delante: {question}. Hasta {until}.",
        "El cliente del caso {number} está en el mostrador de la tienda {store}, y la tienda pregunta: "
        "{question}. Responda antes de {until}.",
    ),
    open_question=Told(
        "Caso {number}: la tienda {store} pregunta",
        "Caso {number}: la tienda {store} pregunta: {question}.",
        "La tienda {store} pregunta sobre el caso {number}: {question}. Responda pronto; la tienda espera.",
    ),
    expired_unseen=Told(
        "El caso {number} venció y ninguna tienda lo miró",
        "El caso {number} venció. La tienda {store} nunca lo miró.",
        "La promesa del caso {number} venció y la tienda {store} nunca la miró. La central también lo ve.",
    ),
    thread_warning=Told(
        "Una conversación espera: {milestone} vence {due}",
        "Una conversación espera: {milestone} vence {due}.",
        "Una conversación de la cola espera: {milestone} vence {due}. Ha pasado el {percent} % del tiempo.",
    ),
    thread_missed=Told(
        "Una conversación espera: {milestone} con retraso",
        "Una conversación espera: {milestone} vencía {due} y va con retraso.",
        "Una conversación de la cola espera: {milestone} vencía {due}. Ya va con retraso.",
    ),
    unknown="desconocido",
    any_store="(cualquiera)",
    open_link="Abrir",
    footer="Enviado por el puente entre atención social y tiendas. No responda a este mensaje.",
    test=Told(
        "Prueba del puente",
        "Prueba del puente: esta dirección funciona.",
        "Esto es una prueba. Si puede leerla, los avisos le llegan aquí.",
    ),
    milestones={
        "first_response": "la primera respuesta",
        "next_response": "la siguiente respuesta",
        "promise_issued": "la promesa",
        "approval": "la aprobación",
        "store_ack": "la confirmación de la tienda",
        "counter_decision": "la decisión en el mostrador",
        "agent_answer": "la respuesta del agente",
        "transfer_accept": "el sí o no de la otra tienda",
        "customer_need": "lo que el cliente necesita",
        "outcome_to_customer": "el aviso al cliente",
        "resolution": "la solución",
        "hq_review": "la revisión de la central",
        "cause_coded": "la causa",
    },
    questions={
        "Q01": "si el importe es correcto",
        "Q02": "si es este artículo",
        "Q03": "si puede ser un artículo igual",
        "Q04": "quién lo paga",
        "Q05": "si es la persona correcta",
        "Q06": "si puede valer más tiempo",
        "Q07": "qué se dijo exactamente",
        "Q08": "el cliente pide más",
        "Q09": "qué prueba hace falta",
        "Q10": "qué código en la caja",
    },
    reasons={
        "wrongful_decline": "se rechazó una promesa válida",
        "no_ack": "ninguna tienda confirmó",
        "breach": "demasiado tarde",
        "expired_unseen": "venció sin ser vista",
        "appeal": "el cliente reclama",
        "offline_conflict": "usada dos veces sin conexión",
        "repeat_pattern": "lo mismo una y otra vez",
        "high_value": "valor alto",
        "random_sample": "muestra al azar",
    },
    states={
        "offered": "ofrecido",
        "accepted": "aceptado",
        "refused": "rechazado",
        "withdrawn": "retirado",
        "lapsed": "sin respuesta",
    },
    troubles={
        "signed_out": "alguien tiene que volver a iniciar sesión",
        "failing": "las consultas fallan una y otra vez",
        "quiet": "no llega nada desde hace más tiempo de lo normal",
    },
)
