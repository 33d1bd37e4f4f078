// Reading and changing the strength and the style inside a typed line. Pure: text in, text out.

const STRENGTH = /(^|\s)(?:(?:--)?(?:strength|s)[= ]\S+|[01]?[.,]\d{1,4}|\d{1,3}\s?%)(?=\s|$)/i;
const STYLE = /(^|\s)(?:--)?style[= ](?:"[^"]*"|\S+)(?=\s|$)/i;

/** The strength a line names, as a number, or null. */
export function strengthIn(line) {
  const found = STRENGTH.exec(line)?.[0].trim().replace(/^(?:--)?[a-z]+[= ]/i, "");
  if (!found) return null;
  const value = found.endsWith("%") ? parseFloat(found) / 100 : parseFloat(found.replace(",", "."));
  return value >= 0 && value <= 1 ? value : null;
}

export function styleIn(line) {
  return STYLE.exec(line)?.[0].trim().replace(/^(?:--)?style[= ]/i, "").replaceAll('"', "") ?? null;
}

export const withStrength = (line, value) => put(line, STRENGTH, String(value));
export const withStyle = (line, name) => put(line, STYLE, name && `style=${name}`);

/** Replace what is there, or add it at the end; an empty text takes it away. */
function put(line, pattern, text) {
  if (pattern.test(line)) return line.replace(pattern, text ? `$1${text}` : "").replace(/ {2,}/g, " ");
  if (!text) return line;
  const start = line.trim() ? line.trimEnd() : "/restyle";
  return `${start} ${text}`;
}
