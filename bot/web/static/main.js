// Puts the page together.

import * as api from "./api.js";
import { Characters } from "./characters.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { announce, byId } from "./dom.js";
import { Live } from "./live.js";

const EXAMPLE = "/restyle watercolour 0.6";
const PATIENCE = 1_500; // milliseconds before a lost connection is worth a word

const conversation = new Conversation();
let away = null;

function showConnection(connected) {
  clearTimeout(away);
  const note = byId("connection");
  if (connected) {
    if (note.textContent) announce("Connected again");
    note.textContent = "";
    note.classList.remove("away");
  } else {
    away = setTimeout(() => { note.textContent = "Reconnecting…"; note.classList.add("away"); }, PATIENCE);
  }
}

async function tryExample(composer) {
  byId("try").disabled = true;
  try {
    const response = await fetch("/static/sample.png");
    await composer.take(await response.blob());
    if (composer.attached) { composer.write(EXAMPLE); await composer.send(); }
  } finally {
    byId("try").disabled = false;
  }
}

async function start() {
  const catalogue = await api.catalogue();
  const composer = new Composer(catalogue, {
    onSend: (line, attachment) => conversation.say(line, attachment),
    onTrouble: (text) => conversation.trouble(text),
  });
  conversation.composer = composer;
  conversation.characters = new Characters(catalogue, {
    onLine: (line) => conversation.say(line, null),
    onBegun: (reply) => composer.begin(reply),
    onOpen: (card) => conversation.openById(card),
  });
  conversation.characters.refresh().catch(() => {}); // only names to complete are missing until the panel is opened
  byId("try").addEventListener("click", () => tryExample(composer));
  byId("try-help").addEventListener("click", () => conversation.say("/help", null));
  new Live((message) => conversation.hear(message), showConnection);
}

start().catch((error) => conversation.trouble(`${error.message} Reload the page to try again.`));
