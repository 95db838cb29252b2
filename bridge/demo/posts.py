"""What customers wrote to the made-up retailer: sixty posts in three languages, a third without a mention."""
# ruff: noqa: E501, RUF001 - one post a line, as people write

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Written:
    """One customer's first post. Without a mention, `matched_on` is what a listener was looking for."""

    network: str
    handle: str
    language: str
    mention: str
    text: str
    matched_on: str = ""


MADE_A_PROMISE = ("maria_runs", "tom_builds", "pixel_dad")
"""Whose posts Ana answered with a promise already."""

ANSWERED = {
    "lena.example": (
        "Kim",
        "Hi Lena, no card needed for an exchange in the first 30 days. Which store was it?",
    ),
    "carlos.ruiz.mn": ("Ivy", "Hola Carlos, lo siento. ¿En qué tienda la compraste y cuándo?"),
}
"""Who of the colleagues is answering whom, and what they wrote last."""

SENT_AWAY = ("hannah_w", "dale.simmons", "tired_teacher", "tinyhouse.tess")
"""Whom a store sent away and an exchange would help, in English: posts that the tour's first step is about."""

FIRST_AGE = timedelta(minutes=6)
BETWEEN = timedelta(minutes=9)
"""The newest post is six minutes old, and each other nine minutes older: the queue is one working day."""

# fmt: off
POSTS = (
    Written("x", "maria_runs", "en", "tagged", "@NorthlightCare my CD box came with a disc missing and I have no receipt. The shop in Maplewood sent me away."),
    Written("x", "tom_builds", "en", "untagged", "Third call to northlight this week, nobody picks up. Just want to know if the 2 m cable is in stock in Duluth.", "northlight nobody picks up"),
    Written("bluesky", "lena.example", "en", "tagged", "Bought a headset as a gift, wrong colour. Store says no exchange without the card it was paid with??"),
    Written("facebook", "carlos.ruiz.mn", "es", "tagged", "La batería que compré ayer no carga. En la tienda me dijeron que escriba aquí. ¿Me la cambian?"),
    Written("x", "hannah_w", "en", "tagged", "@NorthlightCare the blender lid cracked on day two. Box is gone, order number I have. The Maplewood store said no."),
    Written("x", "night_owl_77", "en", "untagged", "northlight price matched my friend but not me. same tv same day. make it make sense", "northlight price match"),
    Written("mastodon", "jo@social.example", "en", "tagged", "@NorthlightCare Your web shop says 3 in stock, your store says none. I drove 40 minutes."),
    Written("x", "pixel_dad", "en", "reply", "Still waiting for the part you promised on Monday. My kid's console has been open on the table for a week."),
    Written("instagram", "amelie.photo", "fr", "tagged", "Objectif rayé dès l’ouverture. Le magasin refuse l’échange « sans preuve ». Que faire ?"),
    Written("facebook", "greg.tollefson", "en", "tagged", "Paid for two-day delivery, came after nine. Store in Mankato says it's not their problem. Whose is it then?"),
    Written("x", "solar_sam", "en", "untagged", "anyone else get a dead power bank from northlight? third one. thinking of just giving up", "northlight dead"),
    Written("instagram", "ruby.makes", "en", "tagged", "Gift card says empty, I never used it. The lady in Maple Grove was kind but could not help."),
    Written("bluesky", "oskar.example", "en", "tagged", "Your app promised 10 % off in store. Till in Saint Cloud had never heard of it. Screenshot attached."),
    Written("x", "dee_and_dog", "en", "reply", "So I do come back with the box but without the receipt, and then what? Please say it so that they believe me."),
    Written("facebook", "rosalba.nunez", "es", "tagged", "Compré una licuadora en Tucson y llegó sin el vaso. ¿La tienda me puede dar solo el vaso?"),
    Written("x", "mateo_fix", "es", "untagged", "en northlight me cobraron dos veces la misma reparación y nadie contesta el teléfono", "northlight cobraron"),
    Written("whatsapp", "+15205550142", "es", "dm", "Buenas tardes, me prometieron una garantía nueva y en la tienda de Old Pueblo no la encuentran."),
    Written("instagram", "lupita.cocina", "es", "tagged", "Mi horno hace ruido desde el primer día. ¿Puedo cambiarlo sin la caja original?"),
    Written("x", "abuelo_rock", "es", "tagged", "@NorthlightCare pagué el precio de la semana pasada y hoy está más barato. ¿Me igualan?"),
    Written("facebook", "ximena.prado", "es", "review", "Dos estrellas: el equipo de Harbor Point fue amable, pero nadie puede aprobar un cambio."),
    Written("x", "chuy_gamer", "es", "untagged", "el control que compre en northlight vino con drift de fabrica jaja que coraje", "northlight control"),
    Written("bluesky", "paloma.example", "es", "tagged", "Mi tarjeta de regalo se perdió en el correo. Tengo el número de pedido. ¿Qué hago?"),
    Written("x", "valeria_run", "es", "tagged", "@NorthlightCare el reloj no mide el pulso. En Phoenix dicen que solo cambian con recibo, y era un regalo."),
    Written("email", "jorge.m@example.org", "es", "dm", "Adjunto la foto de la pantalla rota al abrir la caja. La tienda de San Diego pide que ustedes lo autoricen."),
    Written("facebook", "estela.robles", "es", "untagged", "alguien sabe si northlight de yuma ya abrió? fui dos veces y cerrado", "northlight yuma"),
    Written("instagram", "luc.et.mia", "fr", "tagged", "La poussette est arrivée avec une roue en moins. On part samedi. Un magasin peut-il nous dépanner ?"),
    Written("x", "margaux_lit", "fr", "tagged", "@NorthlightCare ma liseuse ne s’allume plus après une semaine. Faut-il vraiment le ticket d’origine ?"),
    Written("facebook", "benoit.lacasse", "fr", "tagged", "Le magasin d’Albany m’a promis un rappel lundi. Nous sommes jeudi."),
    Written("x", "theo_velo", "fr", "untagged", "northlight annonce -20 % en ligne et le magasin refuse. classique", "northlight refuse"),
    Written("bluesky", "ines.example", "fr", "tagged", "Mon casque grésille du côté gauche. Échange possible sans la boîte ?"),
    Written("email", "claire.d@example.org", "fr", "dm", "Bonjour, le remboursement promis n’est pas arrivé, et le magasin ne trouve rien à mon nom."),
    Written("instagram", "studio.nord", "fr", "review", "Accueil parfait à Kingston, mais personne n’a le droit de décider. Dommage."),
    Written("x", "capucine_r", "fr", "untagged", "deux heures pour qu’on me dise d’écrire à northlight sur les réseaux. bon.", "northlight sur les réseaux"),
    Written("mastodon", "remi@social.example", "fr", "tagged", "La batterie de rechange est en rupture depuis trois semaines. Une autre référence convient-elle ?"),
    Written("facebook", "odile.fournier", "fr", "tagged", "On m’a vendu le mauvais câble à White Plains. Je peux repasser demain avec la facture."),
    Written("x", "sylvain_dj", "fr", "untagged", "platine achetée chez northlight, courroie cassée au premier disque", "northlight cassée"),
    Written("x", "kate_on_wheels", "en", "tagged", "@NorthlightCare the ramp at your Ithaca store is blocked by boxes, so I could not even get in to return this."),
    Written("mastodon", "quietstorm@social.example", "en", "untagged", "PSA northlight Fresno will not honour the web price even with the confirmation mail. Ask me how I know.", "northlight will not honour"),
    Written("x", "bookish_ann", "en", "untagged", "E-reader from northlight arrived with somebody else's account on it. Is that even new?", "northlight arrived"),
    Written("facebook", "dale.simmons", "en", "review", "One star. Waited 50 minutes in Syracuse, then told the manager is the only one who can do an exchange and he is out."),
    Written("instagram", "petra.bakes", "en", "tagged", "Scale shows 3 g too much since day one. I have the receipt, but 34 days ago. Any chance?"),
    Written("x", "rentedspaceship", "en", "untagged", "northlight sold me an open box as new and I have the video", "northlight open box"),
    Written("bluesky", "miles.example", "en", "untagged", "Ordered a grey chair at northlight, got green. Pick-up was in Oakland. Can the store just swap it?", "northlight green"),
    Written("x", "tired_teacher", "en", "tagged", "@NorthlightCare ten headsets for my class, two are broken, store wants all ten back. Please no."),
    Written("sms", "+16125550177", "en", "dm", "Hi, you said a voucher would wait in Uptown. They have nothing under my name."),
    Written("facebook", "priscilla.ade", "en", "tagged", "My mother bought the wrong ink and cannot travel back. May I return it for her in Queens?"),
    Written("x", "gravelgrinder", "en", "untagged", "bike computer from northlight, screen black after rain. 'water resistant'", "northlight screen"),
    Written("instagram", "tinyhouse.tess", "en", "tagged", "Heater makes a smell. Store says send it in, you say bring it in. Which one is it?"),
    Written("x", "lastbusdriver", "en", "untagged", "hey northlight your brooklyn store closes at 9 and locks the door at 8:40, twice now", "northlight closes"),
    Written("mastodon", "vera@social.example", "en", "tagged", "@NorthlightCare Recall notice says any store takes the charger. Riverside did not know about it."),
    Written("x", "double_espresso", "en", "tagged", "@NorthlightCare machine leaks. Third repair. I would rather have my money back than a fourth."),
    Written("facebook", "hollis.grant", "en", "untagged", "Northlight gave my order to someone with the same surname. Binghamton store shrugs.", "northlight order"),
    Written("x", "quilting_queen", "en", "reply", "Thank you, but the code you sent is for Albany. I live in Watertown, that is three hours."),
    Written("bluesky", "arlo.example", "en", "tagged", "Price match refused because the other shop is 'online'. So is yours."),
    Written("instagram", "fernandfig", "en", "tagged", "Plant lamp arrived as two left halves. I cannot even be angry, it is funny. Exchange?"),
    Written("x", "nightshift_rn", "en", "untagged", "northlight chat bot asked me to rate it before it did anything", "northlight chat"),
    Written("instagram", "danceswithvacuums", "en", "untagged", "my vacuum from northlight sounds like a plane, sound on", "northlight vacuum"),
    Written("x", "irene_p", "en", "tagged", "@NorthlightCare refund says done on the 3rd, my bank says no. Who do I believe?"),
    Written("facebook", "manny.ortiz", "en", "untagged", "Flagstaff northlight guys were great btw, computer just wouldn't let them help me", "northlight flagstaff"),
    Written("x", "zoe_unboxed", "en", "untagged", "unboxing my northlight parcel: one brick, zero cameras", "northlight parcel"),
)
# fmt: on
"""Newest first."""


def name_of(handle: str) -> str:
    """The name of the conversation that this customer's post began."""
    return f"demo-{handle}"
