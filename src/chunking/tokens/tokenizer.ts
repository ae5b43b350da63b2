/** Tokenizers that sizes can be declared in. Each is loaded when the first document is cut, not before. */

import type { TokenEncoding } from '../../domain/chunking-spec.js';
import { IngestError } from '../../domain/errors.js';
import type { ComponentVersion } from '../../domain/identity.js';
import type { Measure } from '../measure.js';
import { boundedMeasure } from './count-tokens.js';

export interface Tokenizer {
  /** Part of the chunk recipe: the encoding, or the hash of a tokenizer.json, wherever it lies. */
  readonly name: string;
  /** Of the counting, the library's included; a change that counts differently needs a new one. */
  readonly version: number;
  load(): Promise<Measure>;
}

const VERSION = 1;

/** Counts as text what looks like a special token (`<|endoftext|>`): in a document it is nothing else. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

const ENCODINGS: Readonly<
  Record<TokenEncoding, () => Promise<{ countTokens(text: string, options: typeof AS_TEXT): number }>>
> = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
};

export function encodingTokenizer(encoding: TokenEncoding): Tokenizer {
  return {
    name: encoding,
    version: VERSION,
    load: async () => {
      const { countTokens } = await ENCODINGS[encoding]();
      return boundedMeasure((text) => countTokens(text, AS_TEXT));
    },
  };
}

/**
 * A Hugging Face tokenizer.json. The tokens that a model puts around every text are not counted: they do not
 * belong to the document. @throws IngestError E119 on loading, when it is none.
 */
export function fileTokenizer(file: {
  readonly name: string;
  readonly sha256: string;
  readonly json: string;
}): Tokenizer {
  return {
    name: `tokenizer.json sha256:${file.sha256}`,
    version: VERSION,
    load: async () => {
      const { Tokenizer: HuggingFace } = await import('@huggingface/tokenizers');
      try {
        const tokenizer = new HuggingFace(JSON.parse(file.json), {});
        const count = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
        count('a probe');
        return boundedMeasure(count);
      } catch (cause) {
        throw new IngestError('E119', `the tokenizer ${file.name} cannot be used`, {
          kind: 'input',
          advice: 'Name the tokenizer.json of a Hugging Face model, or write o200k_base or cl100k_base.',
          cause,
        });
      }
    },
  };
}

export function tokenizerVersion({ name, version }: Tokenizer, pinned: number | undefined): ComponentVersion {
  if (pinned === undefined || pinned === version) return { name, version };
  throw new IngestError('E502', `the index is pinned to version ${pinned} of the token counts of ${name}`, {
    kind: 'world',
    advice: `This ingest has version ${version}. Use the newer ingest that wrote the index.`,
  });
}
