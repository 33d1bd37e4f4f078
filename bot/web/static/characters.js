// The panel of characters: a list of cards that does everything the commands do.

import * as api from "./api.js";
import { characterCard, typedName } from "./character.js";
import { announce, byId, el } from "./dom.js";
import { faceShown } from "./face.js";
import * as messages from "./messages.js";

export class Characters {
  /** `onLine(line)` sends a line; `onBegun(reply)` puts one where one types; `onOpen(card)` shows a card. */
  constructor(catalogue, { onLine, onBegun, onOpen }) {
    Object.assign(this, { catalogue, onLine, onBegun, onOpen });
    this.dialog = byId("characters");
    this.words = null;
    this.known = new Map(); // by id
    byId("characters-open").addEventListener("click", () => this.open());
    byId("characters-close").addEventListener("click", () => this.dialog.close());
    byId("characters-new").addEventListener("click", () => this.begin({ line: "/character save " }));
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
  }

  /** Ask for the list anew; names complete what is typed, too. */
  async refresh() {
    const told = await api.characters();
    this.words = { ...told.words, keeps: told.keeps };
    this.known = new Map(told.characters.map((one) => [one.id, one]));
    this.catalogue.words.character = told.characters.map(({ name, headline }) => ({ name, typed: typedName(name), summary: headline }));
    for (const [id, word] of [["characters-open", "title"], ["characters-title", "title"], ["characters-new", "new"]]) byId(id).textContent = this.words[word];
    byId("characters-close").setAttribute("aria-label", this.words.close);
    if (this.dialog.open) this.draw(told);
    return told;
  }

  async open() {
    this.dialog.showModal();
    await this.trying(() => this.refresh());
  }

  draw({ text, characters }) {
    byId("characters-text").textContent = text;
    byId("characters-list").replaceChildren(...characters.map((one) => el("li", {}, this.card(one))));
  }

  card(character) {
    return characterCard(character, this.words, {
      press: (button, node) => this.press(button, node),
      vary: (line) => { this.dialog.close(); this.onLine(line); },
      open: (card) => { this.dialog.close(); this.onOpen(card); },
    });
  }

  async press(button, node) {
    node.disabled = true;
    await this.trying(async () => this.pressed(await api.press(button.id), node.closest("article")));
    node.disabled = false;
  }

  /** A picture with its face shown; the list may not have been asked for yet, or be older than the character. */
  async face(reply) {
    if (!this.known.has(reply.character)) await this.refresh().catch(() => {});
    return faceShown(reply, this.known.get(reply.character), this.words);
  }

  async pressed(reply, article) {
    if (reply.kind === "face") return this.note(await this.face(reply), article);
    if (reply.kind === "begun") return this.begin(reply);
    if (reply.buttons?.length) return this.note(messages.question(reply, (button) => this.answered(button)), article);
    await this.refresh();
    this.say(reply.text);
    return undefined;
  }

  async answered(button) {
    const reply = await this.trying(() => api.press(button.id));
    if (reply) { await this.refresh(); this.say(reply.text); }
    return el("div");
  }

  begin(reply) {
    this.dialog.close();
    this.onBegun(reply);
  }

  note(node, article) {
    article.querySelector(":scope > .private")?.remove();
    article.append(node);
    node.querySelector("button")?.focus();
  }

  say(text, { error = false } = {}) {
    const note = byId("characters-note");
    note.textContent = text;
    note.classList.toggle("error", error);
    note.hidden = false;
    announce(text);
  }

  async trying(work) {
    try {
      byId("characters-note").hidden = true;
      return await work();
    } catch (error) {
      this.say(error.message, { error: true });
      return undefined;
    }
  }
}
