/** Broken and hostile inputs: an error that explains itself, or none; and nothing that everything shares is touched. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import { isExplained, prototypes, runs } from './hostile.js';
import { inFolder, TARGETS } from './targets.js';

describe.each(TARGETS)('$name', ({ inputs, read }) => {
  it('is read, or refused in words', async () => {
    const before = prototypes();
    await inFolder((folder) =>
      fc.assert(
        fc.asyncProperty(inputs, async (input) => {
          try {
            await read(input, folder);
          } catch (error) {
            if (!isExplained(error)) throw error;
            // Said in words, not in those of the language: "Cannot read properties of undefined".
            if (error instanceof IngestError)
              expect(error.message).not.toMatch(/undefined \(|of undefined|is not a function|not iterable/);
          }
          expect(prototypes()).toBe(before);
        }),
        runs(150) as fc.Parameters<[Uint8Array]>,
      ),
    );
  });
});
