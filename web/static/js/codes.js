// Reading a code as bridge/codes.py does: what is typed or scanned is told apart before anything is
// asked of the server. One table of examples (tests/unit/codes_read.json) tests both.
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
export const CODE_SIGNS = 12;
const SEARCH_BELOW = 4;
const LEFT_OUT =
  /[\s\u0085\u001c-\u001f._\p{Pd}\p{Cf}\u2212\u034f\u115f\u1160\u3164\uffa0\u180b-\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;

export function normalised(text) {
  let signs = "";
  for (const sign of text.normalize("NFKC").toUpperCase()) {
    if (LEFT_OUT.test(sign)) continue;
    signs += sign >= "!" && sign <= "~" ? sign : "\ufffd";
  }
  return signs.replaceAll("O", "0").replace(/[IL]/g, "1");
}

// Horner's rule in GF(32), multiplier 2, x^5+x^2+1.
export function checkSign(eleven) {
  let total = 0;
  for (const sign of eleven) {
    total ^= ALPHABET.indexOf(sign);
    total = (total << 1) ^ (total & 16 ? 0b100101 : 0);
  }
  return ALPHABET[total];
}

const hasOnlyOurs = (signs) => [...signs].every((sign) => ALPHABET.includes(sign));

// kind: code, typo, too_short, too_long, wrong_sign or product_code.
export function parsed(text) {
  const signs = normalised(text);
  const isCode =
    signs.length === CODE_SIGNS && hasOnlyOurs(signs) && checkSign(signs.slice(0, -1)) === signs.at(-1);
  let kind = "typo";
  if (isCode) kind = "code";
  else if (/^[0-9]{12,13}$/.test(signs)) kind = "product_code";
  else if (signs.length > CODE_SIGNS) kind = "too_long";
  else if (!hasOnlyOurs(signs)) kind = "wrong_sign";
  else if (signs.length < CODE_SIGNS) kind = "too_short";
  return { kind, signs };
}

// A few letters are no code that somebody began to type; they look for a handle.
export const isSearch = (text) => text.startsWith("@") || normalised(text).length < SEARCH_BELOW;

export function inGroups(signs) {
  const written = signs.slice(0, 40).replace(/(.{4})(?=.)/g, "$1-");
  return written.length <= 19 ? written : `${written.slice(0, 14)}…`;
}

// While somebody types: groups of four, with the caret before the same sign as it was.
export function regrouped(value, caret) {
  if (!/^[0-9a-z\s-]*$/i.test(value) || value.replace(/[\s-]/g, "").length > CODE_SIGNS) return { value, caret };
  const group = (text) => text.replace(/[\s-]/g, "").replace(/(.{4})(?=.)/g, "$1-");
  const before = value.slice(0, caret).replace(/[\s-]/g, "").length;
  const moved = before + Math.max(0, Math.ceil(before / 4) - 1);
  return { value: group(value), caret: moved };
}

// A scan that lands behind a text left to be corrected: only the scan counts.
export function withoutLeftover(value, left) {
  if (left === "" || !value.startsWith(left)) return value;
  const rest = value.slice(left.length);
  return normalised(rest).length >= CODE_SIGNS ? rest : value;
}

// Slips hold the bare code; somebody's own QR may hold an address that ends in one.
export const fromScan = (text) => (text.includes("://") ? text.split(/[/=]/).pop() : text);
