/** Where a text stops being JSON. The parser of the language says it in words only, and differently in each version. */

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** Offset of the first character that cannot stand there (the length: something is missing); undefined for JSON. */
export function findJsonFault(text: string): number | undefined {
  const open: ('{' | '[')[] = [];
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return false;
    at = pattern.lastIndex;
    return true;
  };
  const next = (): string | undefined => {
    take(SPACE);
    return text[at];
  };
  const key = (): boolean => {
    next();
    if (!take(STRING) || next() !== ':') return false;
    at++;
    return true;
  };
  for (;;) {
    // A value is expected here.
    const first = next();
    if (first === '{' || first === '[') {
      at++;
      const empty = next() === (first === '{' ? '}' : ']');
      if (empty) at++;
      else {
        open.push(first);
        if (first === '{' && !key()) return at;
        continue;
      }
    } else if (!take(STRING) && !take(NUMBER) && !take(WORD)) return at;
    // One is complete here, and with it perhaps what it is in.
    for (;;) {
      const around = open.at(-1);
      const follows = next();
      if (around === undefined) return follows === undefined ? undefined : at;
      if (follows === ',') {
        at++;
        if (around === '{' && !key()) return at;
        break;
      }
      if (follows !== (around === '{' ? '}' : ']')) return at;
      at++;
      open.pop();
    }
  }
}
