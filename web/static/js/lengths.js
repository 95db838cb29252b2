// How long a text is by each network's own rule. The limits come from the server's one table
// (`bridge/lengths.py`); here are only the ways of counting, held against it by a test.
const URL_COUNTS = 23;
const ADDRESS_REST = String.raw`(?:\([^\s()<>"]*\)|[^\s<>"()])*(?:\([^\s()<>"]*\)|[^\s<>".,;:!?()\]}'’])`;
const ENDINGS = "com|org|net|edu|gov|info|biz|app|dev|shop|store|example|io|co|us|uk|ca|mx|es|fr|de|eu|tv|me";
const WEB_ADDRESS = new RegExp(
  String.raw`(?<![@\w./-])(?:https?:\/\/${ADDRESS_REST}|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:${ENDINGS})(?![\w-])(?:\/${ADDRESS_REST})?)`,
  "giu",
);
const MASTODON_ADDRESS = /\bhttps?:\/\/[^\s<>"]+/giu;
const REMOTE_HANDLE = /(?<![\p{L}\p{N}_/])(@[\p{L}\p{N}_]+(?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?)@[\p{L}\p{N}_.-]*[\p{L}\p{N}_]/gu;
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

function graphemesOf(text) {
  return [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)].map((part) => part.segment);
}

// X: Latin and most punctuation count one, everything else two, an emoji two, an address 23.
function xWeighted(text) {
  let count = 0;
  const rest = text.replace(WEB_ADDRESS, () => {
    count += URL_COUNTS;
    return "";
  });
  for (const grapheme of graphemesOf(rest)) {
    if (EMOJI.test(grapheme)) count += 2;
    else for (const sign of grapheme) count += isLight(sign.codePointAt(0)) ? 1 : 2;
  }
  return count;
}

function isLight(point) {
  return (
    point <= 4351 ||
    (point >= 8192 && point <= 8205) ||
    (point >= 8208 && point <= 8223) ||
    (point >= 8242 && point <= 8247)
  );
}

const COUNTERS = {
  x_weighted: xWeighted,
  graphemes: (text) => graphemesOf(text).length,
  mastodon: (text) =>
    graphemesOf(text.replace(MASTODON_ADDRESS, "u".repeat(URL_COUNTS)).replace(REMOTE_HANDLE, "$1")).length,
  utf8_bytes: (text) => new TextEncoder().encode(text).length,
  utf16_units: (text) => text.length,
  code_points: (text) => [...text].length,
};

// `rules` are pairs of a limit and a way of counting; of two, the one that is nearest to breaking.
export function measureText(text, rules) {
  const composed = text.normalize("NFC");
  const lengths = rules.map(([limit, counter]) => {
    const count = COUNTERS[counter](composed);
    return { count, limit, over: Math.max(0, count - limit) };
  });
  return lengths.reduce((nearest, one) => (one.count / one.limit > nearest.count / nearest.limit ? one : nearest));
}
