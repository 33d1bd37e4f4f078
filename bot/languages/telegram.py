"""What is said on Telegram alone."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "telegram.start": "Send me a picture with a few words under it, for example: watercolour 0.6\n"
    "The number says how much may change: 0 nothing, 1 everything. In groups write /restyle before the words, under "
    "the picture or as a reply to one.",
    "telegram.what": "What shall it become? Write it here, for example: watercolour 0.6",
    "telegram.which": "Send the picture for this within {minutes} minutes, best as a reply to this message:",
    "telegram.picture-hint": "The picture",
    "telegram.reply-hint": "Your words",
    "telegram.edit": "Reply to this message with the new words. They were:",
    "telegram.go-on": "Reply to this message with it:",
    "telegram.too-old": "I was away when you wrote this. Send it again if you still want it.",
    "telegram.of-album": "Picture {number}: {sentence}",
    "telegram.ready": "Your picture is ready.",
    "telegram.not-ready": "That did not work: see above.",
    "telegram.shut-out": "I could not show this where you asked: an administrator there can let me send messages, "
    "photos and files.",
    "telegram.sent-alone": "I sent it to you in our private chat.",
    "telegram.start-first": "Open a private chat with me and press Start, then press this again.",
    "telegram.about": "Send a picture and a few words: I give it back restyled, as much as you ask. Watercolour, oil, "
    "ink, another outfit of the same character. 0 changes nothing, 1 keeps only the size.",
    "telegram.about-short": "Restyles pictures, as much as you ask: a picture, a few words, a number from 0 to 1.",
    "telegram.inline-restyle": "Restyle: {words}",
    "telegram.inline-hint": "send it as a reply to a picture",
    "telegram.inline-empty": "No pictures yet: make one",
    "telegram.room.how": "Reply to this message with an idea, or write /idea a red raincoat. From elsewhere: "
    "/session join {code}",
    "telegram.room.opened": "The session has a topic of its own:",
    "telegram.room.alone": "Nobody else is here: in a group a session has a message of its own. This one is on its "
    "page, and others take part from their own chats with /session join {code}",
    "telegram.which-file": "Send the character's file (as a file, not as a photo) within {minutes} minutes, best as a "
    "reply to this message:",
}

GERMAN: dict[str, str] = {
    "telegram.start": "Schick mir ein Bild mit ein paar Worten darunter, zum Beispiel: watercolour 0,6\n"
    "Die Zahl sagt, wie viel sich ändern darf: 0 nichts, 1 alles. In Gruppen schreib /restyle vor die Worte, unter "
    "das Bild oder als Antwort auf eines.",
    "telegram.what": "Was soll daraus werden? Schreib es hier, zum Beispiel: watercolour 0,6",
    "telegram.which": "Schick das Bild dafür innerhalb von {minutes} Minuten, am besten als Antwort hierauf:",
    "telegram.picture-hint": "Das Bild",
    "telegram.reply-hint": "Deine Worte",
    "telegram.edit": "Antworte hierauf mit den neuen Worten. Sie waren:",
    "telegram.go-on": "Antworte hierauf damit:",
    "telegram.too-old": "Ich war nicht da, als du das schriebst. Schick es noch einmal, wenn du es noch möchtest.",
    "telegram.of-album": "Bild {number}: {sentence}",
    "telegram.ready": "Dein Bild ist fertig.",
    "telegram.not-ready": "Das hat nicht geklappt: siehe oben.",
    "telegram.shut-out": "Dort, wo du gefragt hast, konnte ich das nicht zeigen: Wer dort verwaltet, kann mich "
    "Nachrichten, Fotos und Dateien senden lassen.",
    "telegram.sent-alone": "Ich habe es dir in unserem privaten Chat geschickt.",
    "telegram.start-first": "Öffne einen privaten Chat mit mir und drück auf Start, dann drück noch einmal hier.",
    "picture.chat-limit": "Diese Datei hat {megabytes} MB; Telegram gibt Bots höchstens {limit} MB. Schick sie als "
    "Foto statt als Datei: dann macht Telegram sie kleiner.",
    "input.which-result": "Diese Nachricht zeigt mehrere Bilder: drück einen Knopf unter ihr, und antworte dann auf "
    "das eine Ergebnis.",
    "input.no-result": "Dort ist noch kein Bild: warte, bis es fertig ist, und antworte dann darauf.",
    "telegram.about": "Schick ein Bild und ein paar Worte: du bekommst es neu gestaltet zurück, so stark du willst. "
    "Aquarell, Öl, Tusche, ein anderes Kleid für dieselbe Figur. 0 ändert nichts, 1 behält nur die Größe.",
    "telegram.about-short": "Gestaltet Bilder neu, so stark du willst: ein Bild, ein paar Worte, eine Zahl von 0 bis "
    "1.",
    "telegram.inline-restyle": "Neu gestalten: {words}",
    "telegram.inline-hint": "als Antwort auf ein Bild senden",
    "telegram.inline-empty": "Noch keine Bilder: mach eines",
    "telegram.room.how": "Antworte hierauf mit einer Idee, oder schreib /idea ein roter Regenmantel. Von anderswo: "
    "/session join {code}",
    "telegram.room.opened": "Die Session hat ein eigenes Thema:",
    "telegram.room.alone": "Hier ist sonst niemand: in einer Gruppe hat eine Session eine eigene Nachricht. Diese "
    "steht auf ihrer Seite, und andere nehmen aus ihren Chats teil: /session join {code}",
    "telegram.which-file": "Schick die Datei des Charakters (als Datei, nicht als Foto) innerhalb von {minutes} "
    "Minuten, am besten als Antwort hierauf:",
    "input.photo-import": "Telegram nimmt aus Fotos alles heraus, was nicht Bild ist, auch den Charakter: schick es "
    "als Datei.",
}

SPANISH: dict[str, str] = {
    "telegram.start": "Envíame una imagen con unas palabras debajo, por ejemplo: watercolour 0,6\n"
    "El número dice cuánto puede cambiar: 0 nada, 1 todo. En grupos escribe /restyle antes de las palabras, bajo la "
    "imagen o como respuesta a una.",
    "telegram.what": "¿En qué se convierte? Escríbelo aquí, por ejemplo: watercolour 0,6",
    "telegram.which": "Envía la imagen para esto en {minutes} minutos, mejor como respuesta a este mensaje:",
    "telegram.picture-hint": "La imagen",
    "telegram.reply-hint": "Tus palabras",
    "telegram.edit": "Responde a este mensaje con las palabras nuevas. Eran:",
    "telegram.go-on": "Responde a este mensaje con ello:",
    "telegram.too-old": "No estaba cuando escribiste esto. Envíalo otra vez si aún lo quieres.",
    "telegram.of-album": "Imagen {number}: {sentence}",
    "telegram.ready": "Tu imagen está lista.",
    "telegram.not-ready": "No ha funcionado: mira arriba.",
    "telegram.shut-out": "No pude mostrarlo donde lo pediste: quien administra allí puede dejarme enviar mensajes, "
    "fotos y archivos.",
    "telegram.sent-alone": "Te lo he enviado en nuestro chat privado.",
    "telegram.start-first": "Abre un chat privado conmigo y pulsa Iniciar; después pulsa esto otra vez.",
    "picture.chat-limit": "Ese archivo tiene {megabytes} MB; Telegram da a los bots {limit} MB como mucho. Envíalo "
    "como foto y no como archivo: así Telegram lo hace más pequeño.",
    "input.which-result": "Ese mensaje muestra varias imágenes: pulsa un botón debajo y responde después a ese "
    "resultado.",
    "input.no-result": "Ahí aún no hay imagen: espera a que esté lista y responde entonces.",
    "telegram.about": "Envía una imagen y unas palabras: te la devuelvo con otro estilo, tanto como pidas. Acuarela, "
    "óleo, tinta, otra ropa para el mismo personaje. 0 no cambia nada, 1 conserva solo el tamaño.",
    "telegram.about-short": "Cambia el estilo de imágenes, tanto como pidas: una imagen, unas palabras, un número de 0 "
    "a 1.",
    "telegram.inline-restyle": "Cambiar estilo: {words}",
    "telegram.inline-hint": "envíalo como respuesta a una imagen",
    "telegram.inline-empty": "Aún no hay imágenes: haz una",
    "telegram.room.how": "Responde a este mensaje con una idea, o escribe /idea un impermeable rojo. Desde otro sitio: "
    "/session join {code}",
    "telegram.room.opened": "La sesión tiene un tema propio:",
    "telegram.room.alone": "Aquí no hay nadie más: en un grupo una sesión tiene un mensaje propio. Esta está en su "
    "página, y los demás participan desde sus chats con /session join {code}",
    "telegram.which-file": "Envía el archivo del personaje (como archivo, no como foto) en {minutes} minutos, mejor "
    "como respuesta a este mensaje:",
    "input.photo-import": "Telegram quita de las fotos todo lo que no es imagen, también el personaje: envíalo como "
    "archivo.",
}
