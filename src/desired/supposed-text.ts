/** What `--what-if` says, as a text of its own: a fault in it is shown in the flag and not in the file. */
import type { TextRange, YamlPath } from '../platform/yaml.js';
import { findKnownShapes, likelySecretRanges } from './find-secrets.js';
import type { Override } from './overrides.js';
import { SourceText } from './source-text.js';
import { isRecord } from './walk-value.js';

export class SupposedText {
  /** One line a flag. */
  readonly source: SourceText;
  readonly #overrides: readonly Override[];

  constructor(overrides: readonly Override[]) {
    this.#overrides = overrides;
    const text = overrides.map((one) => one.text).join('\n');
    this.source = new SourceText('--what-if', text);
    this.source.mask([...findKnownShapes(text).map(({ range }) => range), ...likelySecretRanges(text)]);
  }

  /**
   * Where a flag says what stands at `path` of `value`; undefined: none does. `written`: whether the file has
   * something there, of which the flag then changes only a part.
   */
  rangeOf(path: YamlPath, value: unknown, written: boolean, at: 'key' | 'value'): TextRange | undefined {
    let start = 0;
    let found: TextRange | undefined;
    for (const override of this.#overrides) {
      const named = stepsIn(value, override.path);
      const shared = Math.min(named.length, path.length);
      const leads = path.length > 0 && path.slice(0, shared).every((step, i) => step === named[i]);
      // A later flag outranks an earlier one, as it does in what is supposed.
      if (leads && (path.length >= named.length || !written)) found = rangeIn(override, path, start, at);
      start += override.text.length + 1;
    }
    return found;
  }
}

function rangeIn(
  { text, path: named }: Override,
  path: YamlPath,
  start: number,
  at: 'key' | 'value',
): TextRange {
  const equals = text.indexOf('=');
  const ofValue = path.length > named.length || (path.length === named.length && at === 'value');
  if (ofValue && equals + 1 < text.length) return { start: start + equals + 1, end: start + text.length };
  const before = named.slice(0, Math.min(path.length, named.length) - 1);
  const from = before.reduce((sum, step) => sum + step.length + 1, 0);
  return { start: start + from, end: start + from + (named[before.length]?.length ?? 1) };
}

/** An item of a list is named by its id there, and by its place in a path. */
function stepsIn(value: unknown, named: readonly string[]): YamlPath {
  let at = value;
  return named.map((step) => {
    if (!Array.isArray(at)) {
      at = isRecord(at) ? at[step] : undefined;
      return step;
    }
    const items: readonly unknown[] = at;
    const index = items.findIndex((item, i) => (isRecord(item) && item['id'] === step) || String(i) === step);
    at = items[index];
    return index;
  });
}
