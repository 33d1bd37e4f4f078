"""What is said about links between platforms and about a person's own data."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "link.code": "On the other platform, type within {minutes} minutes: /link {code}\n"
    "Show it to nobody: whoever types it shares all that is yours here.",
    "link.here": "{number}. {who}, since {since} (here)",
    "link.there": "{number}. {who}, since {since}",
    "link.none": "Nothing is linked yet.",
    "link.remove": "/link remove parts this place from the others, /link remove 2 the second in the list.",
    "link.ask": "That code was shown on {who}. If you go on, both are one person here: pictures, settings and limits "
    "are shared, and each place sees and deletes them all. Go on only if both are you.",
    "link.joined": "Linked with {who}: pictures, settings and limits are one from now on.",
    "link.parted": "{who} is on its own again: what was asked for there went along, and the settings were copied.",
    "link.on.web": "the page",
    "link.on.discord": "Discord",
    "link.on.telegram": "Telegram",
    "link.on.cli": "the command line",
    "button.join": "Yes, both are me",
    "mydata": "/mydata export packs all that is held about you into one file: pictures, jobs, characters, votes, "
    "settings. "
    "/mydata erase deletes all of it, for good.",
    "mydata.ask": "This erases all that is held about you here: pictures, jobs, characters and sessions about them, "
    "votes, settings and links. What runs "
    "is cancelled. It cannot be undone. Messages in chats stay until you delete them there.",
    "mydata.ask-linked": "It holds for all your places: {count} more are linked with this one.",
    "mydata.erased": "All of it is gone. Whatever you ask for next starts anew.",
    "mydata.ready": "All that is held about you, as one file: it is packed when you fetch it.",
    "button.download": "Download",
    "mydata.archive": "All that is held about you, packed ({size} MB).",
    "mydata.too-large": "Your archive has {size} MB and this chat takes {limit}: connect the page with /link "
    "and ask for /mydata export there.",
    "button.erase": "Erase everything",
}

GERMAN: dict[str, str] = {
    "link.code": "Schreib auf der anderen Plattform innerhalb von {minutes} Minuten: /link {code}\n"
    "Zeig das niemandem: Wer es eingibt, teilt alles, was hier dir gehört.",
    "link.here": "{number}. {who}, seit {since} (hier)",
    "link.there": "{number}. {who}, seit {since}",
    "link.none": "Noch ist nichts verbunden.",
    "link.remove": "/link remove trennt diesen Ort von den anderen, /link remove 2 den zweiten der Liste.",
    "link.ask": "Dieser Code steht auf {who}. Wenn du weitermachst, sind beide hier eine Person: Bilder, Vorgaben und "
    "Grenzen werden geteilt, und jeder Ort sieht und löscht alles. Mach das nur, wenn beide du bist.",
    "link.joined": "Verbunden mit {who}: Bilder, Vorgaben und Grenzen sind von nun an gemeinsam.",
    "link.parted": "{who} steht wieder für sich: was dort bestellt wurde, ging mit, die Vorgaben wurden kopiert.",
    "link.on.web": "der Seite",
    "link.on.discord": "Discord",
    "link.on.telegram": "Telegram",
    "link.on.cli": "der Kommandozeile",
    "button.join": "Ja, beide bin ich",
    "about.command.link": "Auf Discord, Telegram und der Seite dieselbe Person sein",
    "about.option.code": "der Code, den die andere Plattform zeigt",
    "about.option.which": "die Nummer in der Liste, die /link zeigt",
    "option.code": "Ein Code sieht aus wie K7QX-3MTV; {given} nicht.",
    "input.own-code": "Das ist dein eigener Code: gib ihn auf der anderen Plattform ein.",
    "input.not-linked": "Dort ist nichts verbunden: /link zeigt, was verbunden ist, und einen Code.",
    "missing.code": "Dieser Code ist falsch, benutzt oder älter als zehn Minuten: /link zeigt drüben einen neuen.",
    "refused.linked": "Das seid ihr schon: beide gehören derselben Person.",
    "refused.many-links": "Höchstens {limit} Orte lassen sich verbinden: nimm mit /link remove einen weg.",
    "refused.in-public": "Das geht nur unter uns: schreib mir in einem privaten Chat.",
    "mydata": "/mydata export packt alles, was hier über dich liegt, in eine Datei: Bilder, Aufträge, "
    "Figuren, Stimmen, Vorgaben. /mydata erase löscht alles davon, endgültig.",
    "mydata.ask": "Das löscht alles, was hier über dich liegt: Bilder, Aufträge, Figuren und Sessions um "
    "sie, Stimmen, Vorgaben und Verbindungen. "
    "Was läuft, wird abgebrochen. Es lässt sich nicht rückgängig machen. Nachrichten in Chats bleiben, bis du "
    "sie dort löschst.",
    "mydata.ask-linked": "Es gilt für alle deine Orte: {count} weitere sind mit diesem verbunden.",
    "mydata.erased": "Alles ist gelöscht. Was du als Nächstes willst, fängt von vorn an.",
    "mydata.ready": "Alles, was hier über dich liegt, in einer Datei: sie wird gepackt, wenn du sie holst.",
    "button.download": "Herunterladen",
    "mydata.archive": "Alles, was hier über dich liegt, gepackt ({size} MB).",
    "mydata.too-large": "Dein Archiv hat {size} MB und dieser Chat nimmt {limit}: verbinde mit /link die "
    "Seite und sag dort /mydata export.",
    "button.erase": "Alles löschen",
    "about.command.mydata": "Alles, was über dich hier liegt: mitnehmen oder löschen",
    "refused.exporting": "Dein Archiv wird schon gepackt: das kommt zuerst.",
    "refused.old-question": "Diese Frage ist alt: stell sie mit /mydata erase noch einmal.",
}

SPANISH: dict[str, str] = {
    "link.code": "En la otra plataforma, escribe antes de {minutes} minutos: /link {code}\n"
    "No se lo enseñes a nadie: quien lo escriba compartirá todo lo tuyo de aquí.",
    "link.here": "{number}. {who}, desde {since} (aquí)",
    "link.there": "{number}. {who}, desde {since}",
    "link.none": "Todavía no hay nada vinculado.",
    "link.remove": "/link remove separa este sitio de los demás, /link remove 2 el segundo de la lista.",
    "link.ask": "Ese código se mostró en {who}. Si sigues, ambos serán una sola persona aquí: imágenes, ajustes y "
    "límites se comparten, y cada sitio lo ve y lo borra todo. Sigue solo si ambos eres tú.",
    "link.joined": "Vinculado con {who}: imágenes, ajustes y límites son comunes desde ahora.",
    "link.parted": "{who} vuelve a ir por su cuenta: lo que se pidió allí se fue con ello y los ajustes se copiaron.",
    "link.on.web": "la página",
    "link.on.discord": "Discord",
    "link.on.telegram": "Telegram",
    "link.on.cli": "la línea de órdenes",
    "button.join": "Sí, ambos soy yo",
    "about.command.link": "Ser la misma persona en Discord, Telegram y la página",
    "about.option.code": "el código que muestra la otra plataforma",
    "about.option.which": "el número en la lista que muestra /link",
    "option.code": "Un código es como K7QX-3MTV; {given} no lo es.",
    "input.own-code": "Ese es tu propio código: escríbelo en la otra plataforma.",
    "input.not-linked": "Ahí no hay nada vinculado: /link muestra lo que lo está y un código.",
    "missing.code": "Ese código es erróneo, ya se usó o tiene más de diez minutos: /link muestra otro allí.",
    "refused.linked": "Ya lo sois: ambos son la misma persona.",
    "refused.many-links": "Se pueden vincular {limit} sitios como mucho: quita uno con /link remove.",
    "refused.in-public": "Eso solo entre nosotros: escríbeme en un chat privado.",
    "mydata": "/mydata export reúne en un archivo todo lo que hay aquí sobre ti: imágenes, encargos, "
    "personajes, votos, ajustes. "
    "/mydata erase lo borra todo, para siempre.",
    "mydata.ask": "Esto borra todo lo que hay aquí sobre ti: imágenes, encargos, personajes y sesiones "
    "sobre ellos, votos, ajustes y vínculos. Lo que "
    "está en marcha se cancela. No se puede deshacer. Los mensajes de los chats quedan hasta que los borres "
    "allí.",
    "mydata.ask-linked": "Vale para todos tus sitios: hay {count} más vinculados con este.",
    "mydata.erased": "Todo está borrado. Lo próximo que pidas empieza de cero.",
    "mydata.ready": "Todo lo que hay aquí sobre ti, en un archivo: se empaqueta cuando lo pides.",
    "button.download": "Descargar",
    "mydata.archive": "Todo lo que hay aquí sobre ti, empaquetado ({size} MB).",
    "mydata.too-large": "Tu archivo tiene {size} MB y este chat admite {limit}: vincula la página con /link y "
    "pide allí /mydata export.",
    "button.erase": "Borrarlo todo",
    "about.command.mydata": "Todo lo que hay sobre ti: llevártelo o borrarlo",
    "refused.exporting": "Tu archivo ya se está empaquetando: ese va primero.",
    "refused.old-question": "Esa pregunta es antigua: hazla otra vez con /mydata erase.",
}
