/** Integers that a JavaScript number cannot hold become text, before two different keys become one. */

/** Longest that is safe in any case: 2^53 has 16 digits. */
const LONG = /\d{16}/;
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Of well-formed JSON; of any other text something that is no better formed. */
export function quoteBigIntegers(json: string): string {
  if (!LONG.test(json)) return json;
  return json.replace(TOKEN, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}
