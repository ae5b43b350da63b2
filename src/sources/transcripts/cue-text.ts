/** The text of a cue without its markup, by voice. Pure. */

export interface Voice {
  readonly speaker: string | undefined;
  /** One line; never empty. */
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  // Marks of direction are no text.
  lrm: '',
  rlm: '',
};

/** `<v Ana>`, `<v.loud Ana Bell>`, `</v>`; the name is what stands behind the classes. */
const VOICE = /<v(?:\.[^\s>]*)?(?:\s+([^>]*))?>|<\/v>/g;
/** Tags of WebVTT and SRT, times within a cue among them. What is no tag (`a < b`) is text. */
const TAG = /<\/?(?:[a-z][^<>\n]*|\d[\d:.]*)>/gi;
/** Styles of SRT players: `{\an8}`, `{b}`. */
const BRACES = /\{\\[^{}\n]*\}|\{\/?[biu]\}/gi;

/** Of WebVTT: one entry a voice, in the order in which they speak. */
export function readVoices(cue: string): Voice[] {
  const voices: Voice[] = [];
  let speaker: string | undefined;
  let from = 0;
  const take = (to: number): void => {
    const text = oneLine(decodeEntities(cue.slice(from, to).replace(TAG, '')));
    if (text !== '') voices.push({ speaker, text });
  };
  for (const tag of cue.matchAll(VOICE)) {
    take(tag.index);
    const name = oneLine(decodeEntities(tag[1] ?? ''));
    speaker = name === '' ? undefined : name;
    from = tag.index + tag[0].length;
  }
  take(cue.length);
  return voices;
}

/** Of SRT, which has no entities and no voices. */
export function readPlainCue(cue: string): string {
  return oneLine(cue.replace(TAG, '').replace(BRACES, ''));
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? whole) : whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : whole;
  });
}
