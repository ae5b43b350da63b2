/** Metadata or a record's fields -> what is left of them, by the rules of the contract and of the manifest. */
import { canonicalJson } from '../../domain/hashing.js';
import { type PiiAction, stricter } from '../../domain/pii.js';
import type { Applicable, FieldRule, FieldRules } from './field-rules.js';
import { type FoundPii, type PiiRule, withRules } from './find-pii.js';
import { FIELD, REDACTED_FIELD } from './placeholders.js';
import { replaceFound } from './replace-found.js';
import { pointerStep } from './schema-positions.js';

export type Nested = Readonly<Record<string, unknown>>;

/** What cleaning needs, and to whom it tells what it found. */
export interface Cleaning {
  /** Undefined: no field has a rule of its own here. */
  readonly fields: FieldRules | undefined;
  /** Of the manifest: they hold everywhere. */
  readonly rules: readonly PiiRule[];
  scan(text: string, rules: readonly PiiRule[]): readonly FoundPii[];
  /** What a field's rule looks for within its value. */
  within(rule: FieldRule): readonly PiiRule[];
  /** What stands for a finding; undefined: it stays. */
  token(found: Pick<FoundPii, 'rule' | 'action' | 'canonical'>): string | undefined;
  note(rule: string, action: PiiAction, pointer: string): void;
}

/** Deeper than this nothing is stored, so nothing is kept. */
const MAX_DEPTH = 64;
/** Not to be in the result. */
const GONE = Symbol('gone');

export function cleanMap(map: Nested, cleaning: Cleaning): Nested {
  const { fields } = cleaning;
  return mapEntries(map, fields?.root ?? [], cleaning.rules, '', 0);

  function clean(
    value: unknown,
    schemas: Applicable,
    above: readonly PiiRule[],
    pointer: string,
    depth: number,
  ): unknown {
    if (value === null || value === undefined || value === '') return value;
    if (depth > MAX_DEPTH) return null;
    const declared = fields?.of(schemas) ?? [];
    const whole = declared.filter(({ detect }) => detect === undefined).map(({ action }) => action);
    if (whole.length > 0) {
      const action = whole.reduce((a, b) => stricter(a, b));
      cleaning.note(FIELD, action, pointer);
      if (action === 'internal-only') return GONE;
      if (action === 'redact') return REDACTED_FIELD;
      const canonical = typeof value === 'string' ? value : canonicalJson(plain(value));
      return cleaning.token({ rule: FIELD, action, canonical });
    }
    const rules = withRules(
      above,
      declared.flatMap((rule) => cleaning.within(rule)),
    );
    switch (typeof value) {
      case 'string':
        return cleanText(value, rules, pointer);
      case 'number':
      case 'bigint': {
        const text = String(value);
        const cleaned = cleanText(text, rules, pointer);
        return cleaned === text ? value : cleaned;
      }
      case 'object':
        if (value instanceof Date) return value;
        if (!Array.isArray(value)) return mapEntries(value as Nested, schemas, rules, pointer, depth);
        return value
          .map((item: unknown, at) =>
            clean(item, fields?.below(schemas, at) ?? [], rules, `${pointer}/${at}`, depth + 1),
          )
          .filter((item) => item !== GONE);
      default:
        return value;
    }
  }

  function mapEntries(
    map: Nested,
    schemas: Applicable,
    rules: readonly PiiRule[],
    pointer: string,
    depth: number,
  ): Nested {
    const entries = new Map<string, unknown>();
    for (const [key, item] of Object.entries(map)) {
      // A key is stored and shown as well; where it stands is told without it.
      const shown = cleanText(key, rules, pointer);
      const below = fields?.below(schemas, key) ?? [];
      const cleaned = clean(item, below, rules, `${pointer}/${pointerStep(shown)}`, depth + 1);
      if (cleaned !== GONE) entries.set(unused(shown, entries), cleaned);
    }
    // fromEntries defines own properties: __proto__ is a key like any other.
    return Object.fromEntries(entries);
  }

  function cleanText(text: string, rules: readonly PiiRule[], pointer: string): string {
    const found = cleaning.scan(text, rules);
    for (const { rule, action } of found) cleaning.note(rule, action, pointer);
    return replaceFound(text, found, (one) => cleaning.token(one));
  }
}

/** Two keys may have one placeholder. */
function unused(key: string, taken: ReadonlyMap<string, unknown>): string {
  let free = key;
  for (let at = 2; taken.has(free); at++) free = `${key}-${at}`;
  return free;
}

/** JSON of what front matter may hold. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)),
  );
}
