// One job card: drawn once, then changed part by part, so that focus, sliders and pictures stay where they are.

import { compare, sized } from "./compare.js";
import { el } from "./dom.js";
import { typedBubble } from "./messages.js";

const SMALLEST = 384; // pixels a result's long side is shown at, however small it is
const LARGEST = 640;
const SURE_FOR = 5_000; // milliseconds in which a second press deletes

export class CardView {
  constructor(card, actions) {
    this.actions = actions;
    this.parts = new Map(); // part -> what it was drawn from
    this.wasLive = false;
    this.head = el("p", { class: "headline", dir: "auto" });
    this.meter = el("div", { class: "meter", hidden: true });
    this.stage = el("div", { class: "stage" });
    this.notes = el("div", { class: "notes", hidden: true });
    this.rows = el("div", { class: "rows" });
    this.article = el("article", { class: "card", tabindex: -1 }, this.stage, this.head, this.meter, this.notes, this.rows);
    this.node = el("li", { class: "entry", id: `card-${card.id}` }, typedBubble(card.typed, card.thumb), this.article);
    this.update(card);
  }

  get isFinished() {
    return !["queued", "running"].includes(this.card.status);
  }

  update(card) {
    this.wasLive ||= this.card !== undefined && !this.isFinished;
    this.card = card;
    this.article.className = `card ${card.status}`;
    this.article.setAttribute("aria-label", `${card.typed.slice(0, 80)}: ${card.status}`);
    this.head.textContent = card.headline;
    this.draw("notes", card.notes, () => this.drawNotes());
    this.draw("stage", this.stageKey(), () => this.drawStage());
    this.draw("rows", card.rows, () => this.drawRows());
    this.drawMeter();
    if (card.preview) this.showPreview(card.jobs.find((job) => job.status === "running")?.id, card.preview);
  }

  /** A light message: one job made a step. */
  step({ job, step, steps, preview }) {
    const state = this.card.jobs.find((one) => one.id === job);
    if (!state || this.isFinished) return;
    Object.assign(state, { step, steps });
    this.drawMeter();
    if (preview) this.showPreview(job, preview);
  }

  draw(part, value, drawing) {
    const key = JSON.stringify(value);
    if (this.parts.get(part) === key) return;
    this.parts.set(part, key);
    drawing();
  }

  stageKey() {
    const { status, results, jobs } = this.card;
    return [this.isFinished ? status : "live", results.map((result) => result.job), jobs.length];
  }

  drawNotes() {
    this.notes.replaceChildren(...this.card.notes.map((note) => el("p", { dir: "auto" }, note)));
    this.notes.hidden = !this.card.notes.length;
  }

  drawMeter() {
    const { bar, jobs, status } = this.card;
    const live = bar && !this.isFinished;
    this.meter.hidden = !live;
    if (!live) return this.meter.replaceChildren();
    const done = jobs.reduce((sum, job) => sum + job.step, 0);
    const all = jobs.reduce((sum, job) => sum + job.steps, 0);
    if (!this.meter.firstChild) {
      this.meter.append(el("progress", { "aria-label": "Progress" }), el("span", {}));
    }
    const [progress, words] = this.meter.children;
    progress.max = Math.max(1, all);
    progress.value = done;
    words.textContent = status === "running" && !done ? "starting" : `${done}/${all}`;
    return undefined;
  }

  drawStage() {
    const { jobs, results } = this.card;
    if (this.isFinished && !results.length) this.stage.replaceChildren();
    else if (jobs.length > 1) this.stage.replaceChildren(this.sheet());
    else this.stage.replaceChildren(results.length ? this.compared(results[0], shownAt(results[0]), this.wasLive) : this.waitingFrame(jobs[0].id));
    this.stage.hidden = !this.stage.firstChild;
  }

  compared(result, show, reveal) {
    return compare({ before: this.card.original, after: result.src, alt: result.alt, width: result.width, height: result.height, show, reveal });
  }

  waitingFrame(job, show = shownAt(this.card)) {
    const frame = el("div", { class: "frame waiting", "data-job": job }, el("img", { class: "dim", src: this.card.thumb, alt: "" }));
    return sized(frame, this.card.width, this.card.height, show);
  }

  sheet() {
    const results = new Map(this.card.results.map((result) => [result.job, result]));
    const use = new Map(this.card.rows.flat().filter((button) => button.action === "use").map((button) => [button.target, button]));
    const jobs = this.isFinished ? this.card.jobs.filter((job) => results.has(job.id)) : this.card.jobs;
    return el("div", { class: "sheet" }, jobs.map((job) => this.cell(job, results.get(job.id), use.get(job.id))));
  }

  cell(job, result, use) {
    if (!result) return el("div", { class: "cell" }, this.waitingFrame(job.id, null));
    const under = el("div", { class: "under" }, el("span", {}, result.label), use ? this.button(use) : null);
    return el("div", { class: "cell" }, this.compared(result, null, false), under);
  }

  showPreview(job, url) {
    const frame = this.stage.querySelector(`.frame[data-job="${job}"]`);
    if (!frame) return;
    frame.classList.remove("waiting");
    let picture = frame.querySelector(".preview");
    if (!picture) {
      picture = el("img", { class: "preview", alt: "Preview" });
      frame.append(picture);
    }
    picture.src = url;
  }

  drawRows() {
    const hadFocus = this.rows.contains(document.activeElement);
    const focused = document.activeElement?.dataset?.action;
    const rows = this.card.rows
      .map((row) => row.filter((button) => !(button.action === "use" || (this.card.sheet && button.action === "full"))))
      .filter((row) => row.length);
    this.rows.replaceChildren(...rows.map((row) => el("div", { class: "row" }, row.map((button) => this.button(button)))));
    if (this.card.sheet && this.isFinished) this.rows.lastChild?.prepend(el("a", { class: "button", href: this.card.sheet, download: "" }, "Sheet"));
    this.rows.hidden = !this.rows.firstChild;
    if (hadFocus) (this.rows.querySelector(`[data-action="${focused}"]`) ?? this.article).focus({ preventScroll: true });
  }

  button(button) {
    const common = { "data-action": button.action };
    if (button.action === "original") {
      return el("a", { ...common, class: "button", href: button.href, target: "_blank", rel: "noopener" }, button.label);
    }
    if (button.action === "full") return el("a", { ...common, class: "button", href: button.href, download: "" }, button.label);
    const press = (event) => (button.action === "delete" ? this.askOnce(event.currentTarget, button) : this.press(event.currentTarget, button));
    return el("button", { ...common, type: "button", onclick: press }, button.label);
  }

  /** Deleting asks once: the same button, pressed again. */
  askOnce(node, button) {
    if (node.dataset.sure) return this.press(node, button);
    node.dataset.sure = "yes";
    node.classList.add("danger");
    node.textContent = "Sure?";
    node.setAttribute("aria-label", "Delete for good: press again");
    setTimeout(() => {
      delete node.dataset.sure;
      node.classList.remove("danger");
      node.removeAttribute("aria-label");
      node.textContent = button.label;
    }, SURE_FOR);
    return undefined;
  }

  async press(node, button) {
    node.disabled = true;
    await this.actions.press(button, this);
    node.disabled = false;
    if (document.activeElement === document.body) node.focus({ preventScroll: true });
  }
}

/** The width to show a picture at: small ones large, large ones within reason. */
function shownAt({ width, height }) {
  const long = Math.max(width, height);
  return Math.round((Math.min(LARGEST, Math.max(SMALLEST, long)) * width) / long);
}
