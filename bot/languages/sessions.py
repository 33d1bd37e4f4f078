"""What is said in and about sessions, in every language; English errors are in core.errors."""

from __future__ import annotations

ENGLISH: dict[str, str] = {}

GERMAN: dict[str, str] = {
    "option.until": "until sagt, wie lange oder bis wann: 2h, 90 min, 20:00 oder 2026-12-24 20:00 (UTC); "
    "{given} sagt es nicht.",
    "option.until-range": "Eine Session dauert zwischen einer Minute und dreißig Tagen; {given} nicht.",
    "session.unknown": "Eine Session {given} gibt es nicht. Ihr Code steht in ihrem Kopf: /session join CODE",
    "session.none-here": "Hier ist keine Session. Beginn eine mit /session start FIGUR, oder nenne ihren Code.",
    "session.here-already": "Hier läuft schon die Session {given}: beende sie erst, oder beginn deine anderswo.",
    "session.ended": "Diese Session ist zu Ende. Ihre Bilder bleiben auf ihrer Galerieseite.",
    "session.paused": "Diese Session macht Pause: wer sie leitet, setzt sie fort.",
    "session.not-paused": "Diese Session macht keine Pause.",
    "session.outsider": "Du nimmst an dieser Session nicht teil: /session join {given}",
    "session.sent-away": "Wer diese Session leitet, hat dich daraus entfernt.",
    "session.budget": "Du hast {count} Ideen geschickt, und {limit} für jeden erlaubt, wer hier leitet.",
    "session.full": "Diese Session hat ihre {limit} Varianten und nimmt keine mehr.",
    "session.own": "Diese Variante ist deine: stimm für eine andere.",
    "session.not-made": "Diese Variante ist noch nicht fertig: stimm ab, wenn ihr Bild da ist.",
    "session.no-entry": "Diese Variante ist nicht mehr in der Session.",
    "session.no-number": "Eine Variante mit der Nummer {given} gibt es in dieser Session nicht.",
    "session.no-person": "{given} nimmt an dieser Session nicht teil.",
    "session.host": "Das können in dieser Session nur {name}, die sie leiten, und wer hier moderiert.",
    "session.no-idea": "Sag, was die Figur tragen oder sein soll, zum Beispiel: /idea ein roter Regenmantel",
    "session.no-character": "Sag, um welche Figur es geht: /session start NAME",
    "session.no-winner": "Diese Session hat niemand gewonnen.",
    "session.not-ended": "Das geht erst, wenn die Session zu Ende ist.",
    "session.not-owner": "Das Grundbild einer Figur kann nur ändern, wem sie gehört.",
    "session.too-long": "{what} darf {limit} Zeichen haben.",
    "session.no-room": "Ich darf hier keinen Thread öffnen: wer moderiert, kann mir Öffentliche Threads erstellen "
    "und Nachrichten in Threads senden geben.",
}

SPANISH: dict[str, str] = {
    "option.until": "until dice cuánto o hasta cuándo: 2h, 90 min, 20:00 o 2026-12-24 20:00 (UTC); {given} no lo dice.",
    "option.until-range": "Una sesión dura entre un minuto y treinta días; {given} no.",
    "session.unknown": "No existe la sesión {given}. Su código está en su cabecera: /session join CÓDIGO",
    "session.none-here": "Aquí no hay ninguna sesión. Empieza una con /session start PERSONAJE, o di su código.",
    "session.here-already": "Aquí ya está la sesión {given}: termínala antes, o empieza la tuya en otro sitio.",
    "session.ended": "Esta sesión ha terminado. Sus imágenes siguen en la página de su galería.",
    "session.paused": "Esta sesión está en pausa: quien la dirige la seguirá.",
    "session.not-paused": "Esta sesión no está en pausa.",
    "session.outsider": "No participas en esta sesión: /session join {given}",
    "session.sent-away": "Quien dirige esta sesión te ha sacado de ella.",
    "session.budget": "Has enviado {count} ideas, y quien dirige permite {limit} a cada persona.",
    "session.full": "Esta sesión tiene sus {limit} variantes y no admite más.",
    "session.own": "Esa variante es tuya: vota por la de otra persona.",
    "session.not-made": "Esa variante aún no está hecha: vota cuando esté su imagen.",
    "session.no-entry": "Esa variante ya no está en la sesión.",
    "session.no-number": "No hay variante número {given} en esta sesión.",
    "session.no-person": "{given} no participa en esta sesión.",
    "session.host": "En esta sesión solo pueden hacerlo {name}, que la dirige, y quien modera.",
    "session.no-idea": "Di qué debe llevar o ser el personaje, por ejemplo: /idea un impermeable rojo",
    "session.no-character": "Di de qué personaje trata la sesión: /session start NOMBRE",
    "session.no-winner": "Nadie ha ganado esa sesión.",
    "session.not-ended": "Eso es para cuando la sesión haya terminado.",
    "session.not-owner": "Solo puede cambiar la imagen base de un personaje su dueño.",
    "session.too-long": "{what} puede tener {limit} caracteres.",
    "session.no-room": "Aquí no puedo abrir un hilo: quien modera puede darme Crear hilos públicos "
    "y Enviar mensajes en hilos.",
}
