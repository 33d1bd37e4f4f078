"""What is said about characters, in every language; errors bring their own English (core.errors)."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "what.character": "character",
}

GERMAN: dict[str, str] = {
    "what.character": "Charakter",
    "name.empty": "Ein Name braucht wenigstens einen Buchstaben oder eine Ziffer, zum Beispiel: /character save fox",
    "name.long": "Der Name hat {length} Zeichen; mehr als {limit} gehen nicht.",
    "name.emoji": "In einem Namen stehen Buchstaben, Ziffern, Leerzeichen und - _ . ', aber keine Emojis oder Symbole.",
    "name.control": "In dem Namen stecken unsichtbare Zeichen: Tipp ihn neu.",
    "name.sign": "{sign} geht nicht in einem Namen; Buchstaben, Ziffern, Leerzeichen und - _ . ' gehen.",
    "name.reserved": "{given} bedeutet in Befehlen etwas anderes: Nimm einen anderen Namen.",
    "name.mixed": "{given} mischt gleich aussehende Buchstaben mehrerer Alphabete: Bleib in einem Wort bei einem.",
    "name.taken": "In deiner Liste gibt es schon einen Charakter {given}: Nimm einen anderen Namen.",
    "name.looks-like": "{given} sieht genauso aus wie {taken} in deiner Liste: Nimm einen anderen Namen.",
    "refused.characters": "Du hast {count} Charaktere, mehr als {limit} gehen nicht: /character delete schafft Platz.",
    "refused.no-place": "Hier ist kein Server und keine Gruppe; /character share {name} ohne here gibt dir einen Code.",
    "missing.character": "Diesen Charakter gibt es nicht mehr.",
    "missing.no-characters": "Du hast noch keine Charaktere: Schick ein Bild mit /character save NAME.",
    "missing.which-character": "Sag, welcher Charakter, zum Beispiel: /character use fox",
    "missing.share": "Unter {given} ist hier nichts (mehr) geteilt: Lass dir einen neuen Code geben.",
    "missing.version": "{name} hat keine Version {number}, aber diese: {known}.",
    "forbidden.character": "{name} gehört jemand anderem und lässt sich nur dort ändern.",
    "input.no-base": "Ein Charakter braucht ein Bild oder ein paar Wörter, aus denen eines wird: "
    "/character save {name} a fox with a blue scarf",
    "input.no-outfits": "Sag, was sich ändern soll, zum Beispiel: /vary {name} red armour | rain coat",
    "input.too-many-outfits": "Das sind {count} Varianten; mehr als {limit} auf einmal gehen nicht.",
    "input.braces": "Geschweifte Klammern enthalten eine Auswahl wie {example}: Schließ jede und schachtle sie nicht.",
    "input.being-made": "{name} wird noch gemacht: Warte, bis das Bild da ist.",
    "input.no-character-in-file": "In dem Bild steckt kein Charakter: Nimm eine Datei von /character export.",
    "input.no-changes": "Sag, was sich ändern soll: {known}. Zum Beispiel: /character edit {name} strength=0.5",
}

SPANISH: dict[str, str] = {
    "what.character": "personaje",
    "name.empty": "Un nombre necesita al menos una letra o una cifra, por ejemplo: /character save fox",
    "name.long": "Ese nombre tiene {length} caracteres; {limit} es lo máximo.",
    "name.emoji": "Un nombre lleva letras, cifras, espacios y - _ . ', pero no emojis ni pictogramas.",
    "name.control": "Ese nombre lleva caracteres invisibles: escríbelo de nuevo.",
    "name.sign": "Un nombre no puede llevar {sign}; valen letras, cifras, espacios y - _ . '",
    "name.reserved": "{given} significa otra cosa en las órdenes: elige otro nombre.",
    "name.mixed": "{given} mezcla letras parecidas de varios alfabetos: usa un solo alfabeto en cada palabra.",
    "name.taken": "Ya hay un personaje {given} en tu lista: elige otro nombre.",
    "name.looks-like": "{given} se ve igual que {taken}, que ya está en tu lista: elige otro nombre.",
    "refused.characters": "Tienes {count} personajes y {limit} es lo máximo: /character delete hace sitio.",
    "refused.no-place": "Esto no es un servidor ni un grupo; /character share {name} sin here te da un código.",
    "missing.character": "Ese personaje ya no existe.",
    "missing.no-characters": "Aún no tienes personajes: envía una imagen con /character save NOMBRE.",
    "missing.which-character": "Di qué personaje, por ejemplo: /character use fox",
    "missing.share": "Con {given} no hay (ya) nada compartido aquí: pide un código nuevo a quien lo compartió.",
    "missing.version": "{name} no tiene la versión {number}; tiene {known}.",
    "forbidden.character": "{name} es de otra persona, y solo ella puede cambiarlo.",
    "input.no-base": "Un personaje necesita una imagen o unas palabras para hacerla: "
    "/character save {name} a fox with a blue scarf",
    "input.no-outfits": "Di qué debe cambiar, por ejemplo: /vary {name} red armour | rain coat",
    "input.too-many-outfits": "Son {count} variaciones; {limit} es lo máximo de una vez.",
    "input.braces": "Las llaves encierran opciones, como {example}: cierra cada una y no metas unas en otras.",
    "input.being-made": "{name} aún se está haciendo: espera a su imagen.",
    "input.no-character-in-file": "Esa imagen no lleva ningún personaje: usa un archivo de /character export.",
    "input.no-changes": "Di qué debe cambiar: {known}. Por ejemplo: /character edit {name} strength=0.5",
}
