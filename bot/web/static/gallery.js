// Keeps a gallery up to date: asks for the page again, and changes only what differs, so that focus stays where it is.

const AGAIN = 3_000; // milliseconds
const told = document.getElementById("told");
const TOLD_FOR = 10_000; // milliseconds: what is wrong stays
const SURE_FOR = 5_000;
let turn = 0;
let forgetting = 0;

function tell(words, error = false) {
  clearTimeout(forgetting);
  if (!error) forgetting = setTimeout(() => { told.textContent = ""; }, TOLD_FOR);
  told.textContent = words;
  told.classList.toggle("error", error);
}

const written = (node) => new XMLSerializer().serializeToString(node);

for (const part of document.querySelectorAll("[data-live]")) part.dataset.seen = written(part);

/** Replace one part; what was typed, ticked and focused in it stays. */
function renew(old, fresh) {
  const seen = written(fresh);
  if ((old.dataset.seen ?? written(old)) === seen) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const input of old.querySelectorAll("input[id]")) {
    const same = fresh.querySelector(`#${input.id}`);
    if (same) Object.assign(same, { value: input.value, checked: input.checked });
  }
  for (const image of fresh.querySelectorAll("img")) {
    const drawn = [...old.querySelectorAll("img")].find((one) => one.getAttribute("src") === image.getAttribute("src"));
    if (drawn) image.replaceWith(drawn); // a picture that is there need not be loaded again
  }
  fresh.dataset.seen = seen;
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
}

async function look() {
  const mine = ++turn;
  const response = await fetch(location.pathname, { credentials: "same-origin", cache: "no-store" });
  const text = await response.text();
  if (mine !== turn) return;
  if (!response.ok) throw new Error(response.status);
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (old) renew(old, document.importNode(fresh, true));
    else document.getElementById("tiles").append(document.importNode(fresh, true));
  }
  for (const tile of document.querySelectorAll("#tiles > li")) if (!page.getElementById(tile.id)) tile.remove();
  document.body.dataset.over = page.body.dataset.over;
}

async function lookAgain() {
  if (document.hidden) return;
  try {
    await look();
    if (told.textContent === document.body.dataset.lost) tell("");
  } catch {
    tell(document.body.dataset.lost, true);
  }
}

async function post(path, value) {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(value);
  try {
    const response = await fetch(path, { method: "POST", credentials: "same-origin", headers, body });
    const answer = await response.json();
    tell(response.ok ? (answer.links ? "" : answer.text ?? "") : answer.error.sentence, !response.ok);
    await look();
    return response.ok;
  } catch {
    tell(document.body.dataset.lost, true);
    return false;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.send) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const sent = Object.fromEntries(new FormData(form));
  if (await post(form.dataset.send, sent)) {
    const field = document.getElementById("words");
    if (field && "words" in sent) field.value = "";
    field?.focus();
  }
  button.disabled = false;
});

/** What cannot be taken back asks once: the same button, pressed again. */
function isSure(button) {
  if (!button.dataset.sure || button.dataset.asked) return true;
  const words = [...button.childNodes];
  button.dataset.asked = "yes";
  button.textContent = button.dataset.sure;
  setTimeout(() => { delete button.dataset.asked; button.replaceChildren(...words); }, SURE_FOR);
  return false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-press], [data-say]");
  if (!button || !isSure(button)) return;
  if (button.dataset.press) post("/api/buttons", { id: button.dataset.press });
  else post("/api/commands", { line: button.dataset.say });
});

document.addEventListener("visibilitychange", lookAgain);
setInterval(() => document.body.dataset.over === "no" && lookAgain(), AGAIN);
