// The conversation: cards in the order of their making, and private messages where they were said.

import * as api from "./api.js";
import { characterCard } from "./character.js";
import { CardView } from "./card.js";
import { announce, byId, el, keepingPlace, toEnd } from "./dom.js";
import * as messages from "./messages.js";

export class Conversation {
  constructor() {
    this.entries = byId("entries");
    this.cards = new Map();
    this.composer = null; // set by main: they know each other
    this.characters = null;
    byId("older").addEventListener("click", () => this.showOlder());
  }

  // the live connection

  hear(message) {
    if (message.type === "hello") return this.greet(message);
    if (message.type === "card") return this.put(message.card);
    if (message.type === "gone") return this.remove(message.card);
    return this.cards.get(message.card)?.step(message);
  }

  /** The newest cards, at every connection; what this page thinks is unfinished and was not among them is asked for. */
  greet({ cards, more }) {
    const known = new Set(cards.map((card) => card.id));
    const first = !this.cards.size;
    keepingPlace(() => cards.forEach((card) => this.put(card)));
    for (const [id, view] of this.cards) if (!known.has(id) && !view.isFinished) this.refresh(id);
    if (first) {
      byId("older").hidden = !more;
      byId("welcome").hidden = cards.length > 0;
      if (cards.length) toEnd();
    }
  }

  async refresh(id) {
    try {
      this.put(await api.card(id));
    } catch (error) {
      if (error.status === 404) this.remove(id);
    }
  }

  // cards

  put(card) {
    const known = this.cards.get(card.id);
    if (known) {
      const { status, headline } = known.card;
      keepingPlace(() => known.update(card));
      if (status !== card.status && headline !== card.headline) announce(card.headline);
      return known;
    }
    const view = new CardView(card, this);
    this.cards.set(card.id, view);
    keepingPlace(() => this.insert(view));
    byId("welcome").hidden = true;
    return view;
  }

  insert(view) {
    const later = [...this.entries.children].find((node) => node.id > view.node.id && node.id.startsWith("card-"));
    this.entries.insertBefore(view.node, later ?? null);
  }

  remove(id) {
    this.cards.get(id)?.node.remove();
    this.cards.delete(id);
  }

  async showOlder() {
    const oldest = [...this.cards.keys()].sort()[0];
    const { cards, more } = await api.older(oldest);
    const height = document.documentElement.scrollHeight;
    cards.forEach((card) => this.put(card));
    scrollBy({ top: document.documentElement.scrollHeight - height, behavior: "instant" });
    byId("older").hidden = !more;
  }

  open(card) {
    const view = this.put(card);
    view.node.scrollIntoView({ block: "center" });
    view.article.focus({ preventScroll: true });
  }

  async openById(id) {
    try {
      this.open(this.cards.get(id)?.card ?? (await api.card(id)));
    } catch (error) {
      this.trouble(error.message);
    }
  }

  // what is typed and pressed

  /** Show what was typed at once; the answer, or the sentence that says why not, comes under it. */
  async say(line, attachment) {
    const waiting = el("p", { class: "sending" }, "Sending…");
    const bubble = messages.typedBubble(line, this.composer.takesPicture(line) ? attachment?.thumb : null);
    const entry = el("li", { class: "entry" }, bubble, waiting);
    this.entries.append(entry);
    byId("welcome").hidden = true;
    toEnd();
    try {
      const reply = await api.say(line, this.composer.sources(line, attachment));
      this.answer(reply, entry, waiting);
      if (attachment?.once || /^\/character\b/i.test(line)) this.composer.attach(null); // a picture becomes a character once
      if (/^\/character\b/i.test(line)) this.characters?.refresh().catch(() => {});
    } catch (error) {
      waiting.replaceWith(messages.sentence(error.message, { error: true }));
      this.composer.giveBack(line);
    }
    toEnd();
  }

  answer(reply, entry, waiting) {
    if (reply.kind === "face") return this.showFace(reply, (node) => waiting.replaceWith(node));
    if (reply.kind !== "card") return waiting.replaceWith(this.message(reply));
    const view = this.put(reply.card);
    entry.remove(); // the card brings its own bubble
    if (reply.besides) this.showFace(reply.besides, (node) => this.under(view, node));
    announce(reply.card.headline);
    return undefined;
  }

  async showFace(reply, show) {
    show(await this.characters.face(reply));
    toEnd();
  }

  async press(button, view) {
    try {
      const reply = await api.press(button.id);
      this.pressed(reply, view);
    } catch (error) {
      this.under(view, messages.sentence(error.message, { error: true }));
    }
  }

  pressed(reply, view) {
    if (reply.kind === "card") {
      this.put(reply.card);
      announce(reply.card.headline);
      if (reply.card.id !== view.card.id) toEnd();
    } else if (reply.kind === "draft") this.composer.draft(reply);
    else if (reply.kind === "begun") this.begin(reply, view);
    else if (reply.kind === "gone") {
      this.remove(reply.card);
      announce(reply.text);
      this.composer.line.focus();
    } else this.under(view, this.message(reply));
  }

  begin(reply, view) {
    this.under(view, messages.sentence(reply.text));
    this.composer.begin(reply);
  }

  /** One message of a kind under a card: pressing Info twice shows it once. */
  under(view, node) {
    view.node.querySelector(":scope > .private")?.remove();
    view.node.append(node);
    node.scrollIntoView({ block: "nearest" });
  }

  message(reply) {
    if (reply.kind === "info") return messages.info(reply);
    if (reply.kind === "help") return messages.help(reply, (line) => { this.composer.write(line); this.composer.line.focus(); });
    if (reply.kind === "list") return messages.list(reply, (card) => this.open(card));
    if (reply.kind === "character") return this.portrayed(reply);
    if (reply.kind === "characters") return messages.characters(reply, (one) => this.portrait(one));
    if (reply.kind === "file") return messages.file(reply);
    if (reply.buttons?.length || reply.links?.length) return messages.question(reply, (button) => this.answered(button));
    return messages.sentence(reply.text);
  }

  portrayed({ text, character }) {
    return el("div", { class: "told" }, messages.sentence(text), this.portrait(character));
  }

  portrait(character) {
    return characterCard(character, this.characters?.words, {
      press: (button, node) => this.pressOn(button, node.closest("article")),
      vary: (line) => this.say(line, null),
      open: (card) => this.openById(card),
    });
  }

  /** A button of a character that stands in the conversation. */
  async pressOn(button, article) {
    const show = (node) => { article.querySelector(":scope > .private")?.remove(); article.append(node); };
    try {
      const reply = await api.press(button.id);
      if (reply.kind === "begun") { show(messages.sentence(reply.text)); this.composer.begin(reply); }
      else if (reply.kind === "face") show(await this.characters.face(reply));
      else if (reply.kind === "character") article.replaceWith(this.portrait(reply.character));
      else show(this.message(reply));
      this.characters?.refresh().catch(() => {});
    } catch (error) {
      show(messages.sentence(error.message, { error: true }));
    }
  }

  /** What a question's button leads to; it may have changed whose cards these are. */
  async answered(button) {
    try {
      const reply = await api.press(button.id);
      const { cards } = await api.older("");
      cards.forEach((card) => this.put(card));
      return reply.kind === "card" ? messages.sentence(reply.card.headline) : this.message(reply);
    } catch (error) {
      return messages.sentence(error.message, { error: true });
    }
  }

  /** A sentence of the page's own, where nothing was typed. */
  trouble(text) {
    keepingPlace(() => this.entries.append(el("li", { class: "entry" }, messages.sentence(text, { error: true }))));
    toEnd();
  }
}
