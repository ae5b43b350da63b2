/** Sizes of chunks: in one unit, and in an order that makes sense. */
import type { TokenEncoding } from '../domain/chunking-spec.js';
import { DEFAULTS } from './defaults.js';
import type { ManifestDocument } from './manifest-document.js';
import { ownValue } from './walk-value.js';

const ENCODINGS: readonly string[] = ['o200k_base', 'cl100k_base'] satisfies TokenEncoding[];
const CHAR_KEYS = ['max_chars', 'min_chars', 'overlap_chars'] as const;
const TOKEN_KEYS = ['max_tokens', 'min_tokens', 'overlap_tokens'] as const;
type SizeKeys = typeof CHAR_KEYS | typeof TOKEN_KEYS;

export function isTokenEncoding(tokenizer: string): tokenizer is TokenEncoding {
  return ENCODINGS.includes(tokenizer);
}

export function checkChunking(document: ManifestDocument): void {
  const chunking = ownValue(document.value, 'chunking');
  const written = (key: string): boolean => ownValue(chunking, key) !== undefined;
  const firstToken = [...TOKEN_KEYS, 'tokenizer'].find(written);
  const bothUnits = firstToken === undefined ? undefined : CHAR_KEYS.find(written);
  if (firstToken !== undefined && bothUnits !== undefined) {
    document.faultAtKey(
      ['chunking', bothUnits],
      'E107',
      `"${bothUnits}" and "${firstToken}" give sizes in two units`,
      'write max_chars, min_chars and overlap_chars, or a tokenizer with max_tokens, min_tokens and overlap_tokens',
    );
  } else if (firstToken === undefined) {
    checkSizes(document, chunking, CHAR_KEYS, DEFAULTS.chunking);
  } else {
    if (!written('tokenizer')) {
      document.faultAtKey(
        ['chunking', firstToken],
        'E102',
        'sizes in tokens need the key "tokenizer"',
        "add tokenizer: o200k_base (OpenAI), cl100k_base, or the path of the model's tokenizer.json",
      );
    }
    checkSizes(document, chunking, TOKEN_KEYS, DEFAULTS.tokenSizes);
  }
}

function checkSizes<K extends SizeKeys>(
  document: ManifestDocument,
  chunking: unknown,
  [maxKey, minKey, overlapKey]: K,
  defaults: Readonly<Record<K[number], number>>,
): void {
  const size = (key: K[number]): { value: number; written: boolean } => {
    const value = ownValue(chunking, key);
    return typeof value === 'number' ? { value, written: true } : { value: defaults[key], written: false };
  };
  const max = size(maxKey);
  const min = size(minKey);
  const overlap = size(overlapKey);
  if (min.value > max.value) {
    const shown = ({ value, written }: typeof max): string => `${value}${written ? '' : ', the default'}`;
    document.faultAt(
      ['chunking', min.written ? minKey : maxKey],
      'E107',
      `${minKey} (${shown(min)}) must not be above ${maxKey} (${shown(max)})`,
      min.written ? `write at most ${max.value}` : `write ${minKey}: ${Math.floor(max.value / 4)} too`,
    );
  }
  if (overlap.value > 0 && overlap.value >= Math.min(min.value, max.value)) {
    document.faultAt(
      ['chunking', overlapKey],
      'E107',
      `${overlapKey} must be less than ${minKey} (${min.value})`,
      min.value > 1 ? `write at most ${min.value - 1}` : `write 0, or raise ${minKey}`,
    );
  }
}
