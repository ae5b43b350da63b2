/**
 * Word lists and character classes of lexical-hash 1. Part of its version: changing any of them changes
 * vectors, so a change is a new version. Ranges are written out, because `\p{...}` follows the Unicode
 * data of the running Node and would move between versions.
 */

/** English words that say nothing about a text's subject, and what apostrophes leave behind. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about after all also am an and any are as at be because been before being between both but by can ' +
    'could d did do does doing done during each etc few for from further had has have having he her here ' +
    'hers him his how i if in into is it its itself just ll m may me might more most my no nor not of off ' +
    'on once only or other our ours out over own re s same shall she should so some such t than that the ' +
    'their theirs them then there these they this those through to too under until up us ve very was we ' +
    'were what when where which while who whom whose why will with would you your yours'
  ).split(' '),
);

/** Chinese function characters (simplified and traditional) and Japanese particles. */
export const FUNCTION_CHARACTERS: ReadonlySet<string> = new Set(
  '的了是在和与與及或也就都而着著过過吗嗎呢吧啊么麼之其此这這那哪个個们們我你他她它您谁誰什为為被把对對从從到向于於以所' +
    '很更最又还還但因由如何怎样樣几幾多少请請则則并並将將会會能可要のはがをにへとでもやかねよ',
);

const CJK =
  '\\u1100-\\u11ff\\u2e80-\\u2fdf\\u3005-\\u3007\\u3041-\\u3096\\u3099-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff' +
  '\\u3105-\\u312f\\u3131-\\u318e\\u31a0-\\u31bf\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3' +
  '\\uf900-\\ufaff\\u{1b000}-\\u{1b16f}\\u{20000}-\\u{3ffff}';

/** Letters, marks and digits of every other script, without its punctuation. */
const WORD =
  '0-9a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0300-\\u0373\\u0376-\\u037d\\u037f-\\u0386' +
  '\\u0388-\\u0481\\u0483-\\u0559\\u0560-\\u0588\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7-\\u05f2' +
  '\\u0610-\\u061a\\u0620-\\u0669\\u066e-\\u06d3\\u06d5-\\u06ff\\u0710-\\u0963\\u0966-\\u096f\\u0971-\\u0df3' +
  '\\u0e01-\\u0e3a\\u0e40-\\u0e4e\\u0e50-\\u0e59\\u0e81-\\u0f00\\u0f18-\\u0f39\\u0f3e-\\u0f84\\u0f86-\\u0fbc' +
  '\\u1000-\\u1049\\u1050-\\u10fa\\u10fc-\\u10ff\\u1200-\\u135f\\u1369-\\u13fd\\u1401-\\u166c\\u166f-\\u167f' +
  '\\u1681-\\u169a\\u16a0-\\u16ea\\u16ee-\\u1734\\u1740-\\u17d3\\u17d7\\u17dc-\\u17e9\\u1810-\\u1943' +
  '\\u1946-\\u1a1d\\u1a20-\\u1a9f\\u1ab0-\\u1b59\\u1b6b-\\u1bfb\\u1c00-\\u1c3a\\u1c40-\\u1c7d\\u1c80-\\u1cbf' +
  '\\u1cd0-\\u1fff\\u2c00-\\u2cf8\\u2d00-\\u2dff\\ua4d0-\\ua4fd\\ua500-\\ua60c\\ua610-\\ua672\\ua674-\\ua67d' +
  '\\ua67f-\\ua6f1\\ua717-\\ua873\\ua880-\\ua8cd\\ua8d0-\\uabff\\ufb07-\\ufd3d\\ufd50-\\ufdfb\\ufe20-\\ufe2f' +
  '\\ufe70-\\ufefc\\u{10000}-\\u{1afff}\\u{1b170}-\\u{1efff}';

/** Group 1 is a run of CJK characters, group 2 a word. Expects text as `foldText` gives it. */
export const TOKENS = new RegExp(`([${CJK}]+)|([${WORD}]+)`, 'gu');

/**
 * Code points whose NFKC form and lower case are applied. They have been assigned since Unicode 15 or long
 * before, and Unicode promises never to change those of an assigned character; anything else could behave
 * differently on a newer Node, so it is taken as it is.
 */
const SETTLED = new RegExp(
  '[\\u0000-\\u052f\\u0531-\\u058f\\u1100-\\u11ff\\u1e00-\\u206f\\u2070-\\u209c\\u2100-\\u218b\\u2460-\\u24ff' +
    '\\u2e80-\\u2fd5\\u3000-\\u30ff\\u3131-\\u318e\\u3200-\\u33ff\\uac00-\\ud7a3\\uf900-\\ufa6d\\ufa70-\\ufad9' +
    '\\ufb00-\\ufb06\\ufe30-\\ufe6b\\uff01-\\uffee]+',
  'gu',
);

/** Long piles of combining marks are cut: ordering them takes quadratic time, and they say nothing. */
const MARK_PILES =
  /([\u0300-\u036f\u0483-\u0487\u302a-\u302f\u3099\u309a]{30})[\u0300-\u036f\u0483-\u0487\u302a-\u302f\u3099\u309a]+/gu;

const INVISIBLE = /[\u00ad\u200b-\u200d\u2060\ufeff]/gu;

/** NFKC and lower case, the same on every Node. */
export function foldText(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(MARK_PILES, '$1')
    .replace(SETTLED, (run) => run.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ'));
}

/** Light English stem: s, es, ed, ing, then a final e or doubled consonant, so that all forms meet. */
export function stem(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  const bare = withoutSuffix(word);
  const short = bare.length > 3 && bare.endsWith('e') ? bare.slice(0, -1) : bare;
  const last = short.length - 1;
  const doubled = last > 2 && short[last] === short[last - 1] && !'aeiou'.includes(short.charAt(last));
  return doubled ? short.slice(0, -1) : short;
}

function withoutSuffix(word: string): string {
  for (const suffix of ['ing', 'ed', 'es']) {
    if (word.endsWith(suffix) && word.length - suffix.length >= 3) return word.slice(0, -suffix.length);
  }
  return word.endsWith('s') && !/(?:ss|us|is)$/.test(word) ? word.slice(0, -1) : word;
}
