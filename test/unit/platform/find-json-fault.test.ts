import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault } from '../../../src/platform/find-json-fault.js';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON with a character changed, left out or put in. */
const broken = fc
  .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"\\ 0-.eutn\n\u0001'), fc.constantFrom(0, 1))
  .map(([text, at, put, drop]) => {
    const where = at % (text.length + 1);
    return text.slice(0, where) + put + text.slice(where + drop);
  });

describe('findJsonFault', () => {
  it('finds none in JSON, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, space) => {
        expect(findJsonFault(JSON.stringify(value, null, space))).toBeUndefined();
      }),
    );
  });

  it('finds one exactly where the parser of the language finds one', () => {
    fc.assert(
      fc.property(fc.oneof(broken, fc.string()), (text) => {
        expect(findJsonFault(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['', 0],
    ['{', 1],
    ['{"a": 1,}', 8],
    ['{"a" 1}', 5],
    ['[1, 2', 5],
    ['{"a": tru}', 6],
    ['{"a": 01}', 7],
    ['{"a": 1} x', 9],
    ["{'a': 1}", 1],
    ['{"a": "line\nbreak"}', 6],
  ])('names the first character of %j that cannot stand there', (text, at) => {
    expect(findJsonFault(text)).toBe(at);
  });

  it('is not stopped by depth', () => {
    const deep = '['.repeat(100_000);
    expect(findJsonFault(deep)).toBe(100_000);
    expect(findJsonFault(deep + ']'.repeat(100_000))).toBeUndefined();
  });
});
