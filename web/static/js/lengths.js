// How long a text is by each network's own rule. The limits come from the server's one table
// (`bridge/lengths.py`); here are only the ways of counting, held against it by a test.
const URL_COUNTS = 23;
// What X turns into a link: a name with an ending that exists, and a path of Latin and Cyrillic signs. Of
// the endings, all countries and the common words are here; a rare word's the server alone knows.
const COUNTRIES = (
  "acadaeafagaialamanaoaqarasatauawaxazbabbbdbebfbgbhbibjblbmbnbobqbrbsbtbvbwbybzcacccdcfcgchcickcl" +
  "cmcncocrcucvcwcxcyczdedjdkdmdodzeceeegehereseteufifjfkfmfofrgagbgdgegfggghgiglgmgngpgqgrgsgtgugw" +
  "gyhkhmhnhrhthuidieiliminioiqiritjejmjojpkekgkhkikmknkpkrkwkykzlalblclilklrlsltlulvlymamcmdmemfmg" +
  "mhmkmlmmmnmompmqmrmsmtmumvmwmxmymznancnenfngninlnonpnrnunzompapepfpgphpkplpmpnprpsptpwpyqarerors" +
  "rurwsasbscsdsesgshsisjskslsmsnsosrssstsusvsxsysztctdtftgthtjtktltmtntotptrtttvtwtzuaugukumusuyuz" +
  "vavcvevgvivnvuwfwsyeytzazmzw"
)
  .match(/../g)
  .join("|");
const ENDINGS =
  "academy|aero|agency|app|art|asia|band|bank|bar|beer|berlin|bike|biz|blog|boston|business|" +
  "cafe|car|care|cars|cat|center|chat|city|click|clothing|cloud|club|coffee|com|company|coop|" +
  "credit|dance|deals|design|dev|digital|eco|edu|education|email|energy|expert|fashion|film|" +
  "finance|fit|flights|fun|game|games|gift|gifts|global|gov|green|group|guide|guru|health|help|" +
  "holiday|info|insurance|int|international|jobs|law|legal|life|link|live|loan|london|media|" +
  "miami|mil|mobi|money|museum|name|net|network|news|nyc|online|org|paris|photo|photos|pics|" +
  "pizza|post|pro|radio|restaurant|review|reviews|run|sale|school|services|shoes|shop|site|" +
  "social|solutions|space|store|studio|support|systems|team|tech|technology|tel|tips|today|" +
  "tokyo|top|tours|training|travel|university|vegas|video|website|wiki|world|xyz|yoga|zone";
const PATH_SIGN = String.raw`[a-z0-9!*';:=+,.$\/%#[\]\-_~@|&?\u00c0-\u024f\u0400-\u04ff]`;
const PATH_END = String.raw`[a-z0-9=_#\/+\-&$~\u00c0-\u024f\u0400-\u04ff]`;
const ANY_SIGN = String.raw`[\p{L}\p{M}\p{N}\p{So}]`;
const HOST_SIGN = String.raw`[a-z0-9\u00c0-\u024f]`;
const ADDRESS_REST = String.raw`(?:(?:\(${PATH_SIGN}*\)|${PATH_SIGN})*(?:\(${PATH_SIGN}*\)|${PATH_END}))?`;
const ENDING = String.raw`(?:${ENDINGS}|${COUNTRIES})(?![0-9a-z@])`;
const WEB_ADDRESS = new RegExp(
  String.raw`(?<![0-9a-z@$#])https?:\/\/(?:${ANY_SIGN}(?:[_-]*${ANY_SIGN})*\.)+${ENDING}(?::\d+)?(?:[/?]${ADDRESS_REST})?` +
    String.raw`|(?<![0-9a-z@$#\u00c0-\u024f_.\/-])(?:${HOST_SIGN}(?:[_-]*${HOST_SIGN})*\.)+${ENDING}(?!-)(?::\d+)?(?:\/${ADDRESS_REST})?`,
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
    return { count, limit, over: Math.max(0, count - limit), counter };
  });
  return lengths.reduce((nearest, one) => (one.count / one.limit > nearest.count / nearest.limit ? one : nearest));
}

// The length in the reader's words and numbers, with which `box` was sent.
export function sayLength(box, text, rules, network = "") {
  const { count, limit, over, counter } = measureText(text, rules);
  const { locale, fits, bytes, characters } = box.dataset;
  const numbers = new Intl.NumberFormat(locale, { useGrouping: "always" });
  const said = {
    count: numbers.format(count),
    limit: numbers.format(limit),
    over: numbers.format(over),
    unit: counter === "utf8_bytes" ? bytes : characters,
    network,
  };
  const form = over ? box.dataset.over : fits;
  box.textContent = form.replace(/\{(\w+)\}/g, (_, name) => said[name]);
  box.classList.toggle("over", over > 0);
  return over;
}
