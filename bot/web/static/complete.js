// Completion of commands, options and their values while one types.

import { el } from "./dom.js";

const MOST = 8;

export class Completion {
  constructor(field, listbox, catalogue) {
    this.field = field;
    this.box = listbox;
    this.catalogue = catalogue;
    this.items = [];
    this.chosen = -1;
    field.addEventListener("input", () => this.look());
    field.addEventListener("click", () => this.look());
    field.addEventListener("blur", () => setTimeout(() => this.close(), 120));
  }

  get isOpen() {
    return !this.box.hidden;
  }

  /** True when the key was for the list. */
  key(event) {
    if (!this.isOpen) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const count = this.items.length;
      const from = this.chosen < 0 && event.key === "ArrowUp" ? 0 : this.chosen;
      this.choose((from + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (event.key === "Escape") this.close();
    else if (event.key === "Tab" && !event.shiftKey) this.take(Math.max(0, this.chosen));
    else if (event.key === "Enter" && this.chosen >= 0) this.take(this.chosen);
    else return false;
    return true;
  }

  look() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    const token = /\S*$/.exec(before)[0];
    this.show(token.length > 40 ? [] : this.suggest(before, token), before.length - token.length);
  }

  suggest(before, token) {
    if (before.startsWith("/") && token === before) return this.commands(token.slice(1));
    const words = before.startsWith("/") ? before.slice(1).toLowerCase().split(/\s+/) : ["restyle"];
    let command = this.catalogue.commands.find((one) => one.name === words[0]);
    let place = words.length;
    if (command?.actions?.length) {
      if (place === 2) return this.actions(command, token);
      command = command.actions.find((one) => one.name === words[1]);
      place -= 1;
    }
    if (place === 2 && command && !command.takes_picture && !token.includes("=")) {
      const names = this.names(command, token);
      if (names.length) return names;
    }
    if (!command || !token) return [];
    const [, option, typed] = /^(?:--)?([a-z-]+)=(.*)$/i.exec(token) ?? [];
    if (option) return this.values(command, option, typed);
    const start = token.replace(/^--/, "").toLowerCase();
    if (token.startsWith("--")) return this.options(command, start);
    return start.length < 2 ? [] : [...this.looks(command, start), ...this.options(command, start)].slice(0, MOST);
  }

  commands(start) {
    return this.catalogue.commands
      .filter((command) => command.name.startsWith(start.toLowerCase()))
      .map((command) => ({ text: `/${command.name} `, label: `/${command.name}`, summary: command.summary }));
  }

  actions(command, start) {
    return command.actions
      .filter((action) => action.name.startsWith(start.toLowerCase()))
      .map((action) => ({ text: `${action.name} `, label: action.name, summary: action.summary }));
  }

  /** Of this person's characters, for commands that begin with one. */
  names(command, start) {
    if (!command.options.some((option) => option.name === "character")) return [];
    return (this.catalogue.words.character ?? [])
      .filter(({ name }) => name.toLowerCase().startsWith(start.toLowerCase()))
      .slice(0, MOST)
      .map(({ name, typed, summary }) => ({ text: `${typed} `, label: name, summary }));
  }

  options(command, start) {
    return command.options
      .filter((option) => option.name.startsWith(start))
      .map((option) => ({ text: `${option.name}=`, label: `${option.name}=`, summary: option.summary, again: true }));
  }

  looks(command, start) {
    if (!command.takes_picture) return [];
    return this.catalogue.words.style
      .filter((style) => style.name.startsWith(start) && style.name !== start)
      .map((style) => ({ text: `${style.name} `, label: style.name, summary: style.summary }));
  }

  values(command, name, typed) {
    const option = command.options.find((one) => one.name === name.toLowerCase());
    if (!option) return [];
    const words = this.catalogue.words[option.name] ?? option.choices.map((choice) => ({ name: choice, summary: "" }));
    const known = words.length ? words : [{ name: option.example, summary: option.summary }];
    return known
      .filter((word) => word.name.toLowerCase().startsWith(typed.toLowerCase()) && word.name !== typed)
      .map((word) => ({ text: `${option.name}=${word.typed ?? word.name} `, label: word.name, summary: word.summary }));
  }

  show(items, from) {
    this.items = items;
    this.from = from;
    this.chosen = -1;
    const entry = (item, index) =>
      el("li", { role: "option", id: `suggestion-${index}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); this.take(index); } },
        el("b", {}, item.label), el("small", {}, item.summary));
    this.box.replaceChildren(...items.map(entry));
    this.box.hidden = !items.length;
    this.field.setAttribute("aria-expanded", String(!this.box.hidden));
    this.field.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    this.chosen = index;
    [...this.box.children].forEach((node, at) => node.setAttribute("aria-selected", String(at === index)));
    this.field.setAttribute("aria-activedescendant", `suggestion-${index}`);
    this.box.children[index].scrollIntoView({ block: "nearest" });
  }

  take(index) {
    const { text, again } = this.items[index];
    this.field.setRangeText(text, this.from, this.field.selectionStart, "end");
    this.close();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    if (!again) this.close();
  }

  close() {
    this.show([], 0);
  }
}
