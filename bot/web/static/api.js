// Calls to the server. Every failure is an Error whose message is a sentence for the person.

const UNREACHABLE = "Restyle cannot be reached at the moment. What you typed is still here.";

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Error(UNREACHABLE);
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  throw Object.assign(new Error(body?.error?.sentence ?? UNREACHABLE), { key: body?.error?.key, status: response.status });
}

const post = (path, value) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });

export const catalogue = () => call("/api/catalogue");
export const card = (id) => call(`/api/cards/${encodeURIComponent(id)}`);
export const older = (before) => call(`/api/history?before=${encodeURIComponent(before)}`);
export const characters = () => call("/api/characters");
export const press = (id) => post("/api/buttons", { id });
export const say = (line, { picture = null, job = null, mask = null }) => post("/api/commands", { line, picture, job, mask });

const send = (path, file) => call(path, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file });
export const upload = (file) => send("/api/pictures", file);
/** A mask for a picture just uploaded, or for the original of a job. */
export const uploadMask = (file, { picture, job }) =>
  send(`/api/masks?${new URLSearchParams(picture ? { picture } : { job })}`, file);
