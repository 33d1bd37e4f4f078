// Where one types: the line, the attached picture, the strength slider and the style picker.

import * as api from "./api.js";
import { Completion } from "./complete.js";
import { announce, byId, el } from "./dom.js";
import { MaskChip } from "./mask.js";
import { strengthIn, styleIn, withStrength, withStyle } from "./line.js";

const DRAFT = "restyle.draft"; // of this tab: a reload loses nothing that was typed

export class Composer {
  /** `onSend(line, attachment)`; `onTrouble(sentence)` for pictures that cannot be taken. */
  constructor(catalogue, { onSend, onTrouble }) {
    Object.assign(this, { catalogue, onSend, onTrouble });
    this.line = byId("line");
    this.attached = null; // { picture: ticket } or { job }, with thumb and words, and perhaps a mask
    this.uploading = null;
    this.completion = new Completion(this.line, byId("suggestions"), catalogue);
    this.mask = new MaskChip(this);
    this.fillStyles();
    this.listen();
    this.restore();
  }

  listen() {
    byId("composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.line.addEventListener("keydown", (event) => this.key(event));
    this.line.addEventListener("input", () => this.changed());
    byId("chip-remove").addEventListener("click", () => { this.attach(null); this.line.focus(); });
    byId("strength").addEventListener("input", (event) => this.write(withStrength(this.line.value, Number(event.target.value))));
    byId("style").addEventListener("change", (event) => this.write(withStyle(this.line.value, event.target.value)));
    for (const id of ["file", "camera"]) {
      byId(id).addEventListener("change", (event) => { this.take(event.target.files[0]); event.target.value = ""; });
    }
    addEventListener("paste", (event) => this.pasted(event));
    this.listenForDrops();
  }

  listenForDrops() {
    const isFile = (event) => event.dataTransfer?.types.includes("Files");
    const show = (shown) => { byId("drop").hidden = !shown; };
    addEventListener("dragover", (event) => { if (isFile(event)) { event.preventDefault(); show(true); } });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) show(false); });
    addEventListener("drop", (event) => {
      if (!isFile(event)) return;
      event.preventDefault();
      show(false);
      this.take(event.dataTransfer.files[0]);
    });
  }

  key(event) {
    if (event.isComposing) return;
    if (this.completion.key(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); this.send(); }
  }

  pasted(event) {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => /^(image|video)\//.test(one.type));
    if (!file) return;
    event.preventDefault();
    this.take(file);
  }

  /** Upload a file and attach it; the one before stays if this one cannot be taken. */
  take(file) {
    if (!file) return Promise.resolve();
    return this.wait(this.upload(file));
  }

  /** Nothing is sent before this upload has ended. */
  wait(upload) {
    const waited = upload.finally(() => { if (this.uploading === waited) this.uploading = null; });
    this.uploading = waited;
    return waited;
  }

  async upload(file) {
    const before = this.attached;
    if (file.size > this.catalogue.max_bytes) {
      this.onTrouble(`That file is ${(file.size / 1e6).toFixed(1)} MB; ${this.catalogue.max_bytes / 1e6} MB is the most.`);
      return;
    }
    this.show({ thumb: URL.createObjectURL(file), words: "Taking it in…", busy: true });
    try {
      const { id, width, height, thumb, notes, transparency } = await api.upload(file);
      this.attach({ picture: id, thumb, transparency, words: [`${width}×${height}`, ...notes].join(" · ") });
      announce("Picture attached");
      this.line.focus();
    } catch (error) {
      this.attach(before);
      this.onTrouble(error.message);
    }
  }

  attach(attachment) {
    this.attached = attachment;
    this.show(attachment);
    this.save();
  }

  show(attachment) {
    byId("chip").hidden = !attachment;
    this.mask.show(attachment);
    byId("chip").classList.toggle("busy", Boolean(attachment?.busy));
    if (!attachment) return;
    byId("chip-picture").src = attachment.thumb;
    byId("chip-words").textContent = attachment.words;
  }

  /** Whether a line's command works on a picture; a line without a command restyles. */
  takesPicture(line) {
    const [, name = "restyle", action = ""] = /^\/(\S+)(?:\s+(\S+))?/.exec(line.toLowerCase()) ?? [];
    const command = this.catalogue.commands.find((one) => one.name === name);
    const meant = command?.actions?.find((one) => one.name === action) ?? command;
    return Boolean(meant?.takes_picture);
  }

  /** What goes along with a line; a result that shall become a character goes with /character alone. */
  sources(line, attachment) {
    if (!attachment || (attachment.once && !/^\/character\b/i.test(line))) return {};
    return { picture: attachment.picture, job: attachment.job, mask: attachment.mask?.id };
  }

  /** A line to go on with; of a result, with that picture. */
  begin({ line, job = null, thumb, width, height }) {
    if (job) this.attach({ job, thumb, once: true, words: `${width}×${height}` });
    this.write(line);
    this.line.focus();
    this.line.setSelectionRange(line.length, line.length);
  }

  /** Edit: an earlier line comes back, bound to that job's original. */
  draft({ line, job, thumb, width, height, masked }) {
    this.attach({ job, thumb, masked, words: `${width}×${height}` });
    this.write(line);
    this.line.focus();
    this.line.setSelectionRange(line.length, line.length);
  }

  write(line) {
    this.line.value = line;
    this.changed();
  }

  /** Give back what could not be sent, unless something else has been typed meanwhile. */
  giveBack(line) {
    if (!this.line.value) this.write(line);
  }

  async send() {
    if (this.uploading) await this.uploading;
    const line = this.line.value.trim();
    if (!line) return this.line.focus();
    this.completion.close();
    this.write("");
    return this.onSend(line, this.attached);
  }

  changed() {
    const strength = strengthIn(this.line.value);
    const style = this.catalogue.words.style.find((one) => one.name === styleIn(this.line.value));
    byId("style").value = style?.name ?? "";
    byId("strength").value = strength ?? style?.strength ?? 0.6;
    byId("strength-value").textContent = strength ?? (style ? style.strength : "by style");
    if (!CSS.supports("field-sizing", "content")) {
      this.line.style.height = "auto";
      this.line.style.height = `${this.line.scrollHeight}px`;
    }
    this.save();
  }

  fillStyles() {
    byId("style").append(...this.catalogue.words.style.map((style) => el("option", { value: style.name }, style.name)));
  }

  save() {
    try {
      sessionStorage.setItem(DRAFT, JSON.stringify({ line: this.line.value, attached: this.attached }));
    } catch { /* a full or forbidden store costs a draft, nothing else */ }
  }

  restore() {
    try {
      const { line = "", attached = null } = JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}");
      this.attach(attached);
      if (line) this.write(line);
    } catch { /* likewise */ }
  }
}
