/**
 * The only importer of `yaml`. Turns text into plain JSON values, with the place of every key and value,
 * so that a fault can point at the character that caused it. Core schema of YAML 1.2 only: no dates, no
 * merge keys, no custom tags.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  stringify,
} from 'yaml';

export type YamlPath = readonly (string | number)[];

/** Offsets into the text, in UTF-16 units; `end` is exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What is wrong with the YAML itself. `reason` is the parser's own code (BAD_INDENT, MISSING_CHAR, ...), or one
 * of ours: UNRESOLVED_ALIAS, ALIAS_BOMB (aliases expand beyond MAX_NODES or refer to themselves), COMPLEX_KEY
 * (a key that is a map or a list), TOO_DEEP.
 */
export interface YamlProblem {
  readonly reason: string;
  readonly range: TextRange;
}

export interface YamlDocument {
  /** Nothing in it but white space and comments. */
  readonly empty: boolean;
  readonly problems: readonly YamlProblem[];
  /** Plain JSON; integers beyond 2^53 as strings of their digits. Undefined when problems prevent it. */
  readonly value: unknown;
  readonly range: TextRange;
  /** Where the key stands that `path` ends with; undefined for list items and the root. */
  keyRange(path: YamlPath): TextRange | undefined;
  valueRange(path: YamlPath): TextRange | undefined;
}

/** Values that one document may expand to, aliases included. */
const MAX_NODES = 50_000;
const MAX_DEPTH = 100;

/** One entry for each document of the stream; an empty text is one empty document. */
export function parseYaml(text: string): readonly YamlDocument[] {
  let documents: readonly Document.Parsed[];
  try {
    const parsed = parseAllDocuments(text, {
      intAsBigInt: true,
      logLevel: 'silent',
      prettyErrors: false,
      schema: 'core',
    });
    documents = Array.isArray(parsed) ? (parsed as Document.Parsed[]) : [];
  } catch (error) {
    // The composer is recursive: absurd nesting overflows its stack.
    if (!(error instanceof RangeError)) throw error;
    return [unusable(text, 'TOO_DEEP')];
  }
  if (documents.length === 0) return [new ParsedYaml(undefined, text)];
  return documents.map((document) => new ParsedYaml(document, text));
}

function unusable(text: string, reason: string): YamlDocument {
  const range = { start: 0, end: Math.min(1, text.length) };
  return {
    empty: false,
    problems: [{ reason, range }],
    value: undefined,
    range,
    keyRange: () => undefined,
    valueRange: () => undefined,
  };
}

/** Block style, nothing folded; what parseYaml would read otherwise is quoted. */
export function formatYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, schema: 'core', version: '1.2' });
}

type YamlNode = Node | null | undefined;

class ParsedYaml implements YamlDocument {
  readonly empty: boolean;
  readonly problems: readonly YamlProblem[];
  readonly value: unknown;
  readonly range: TextRange;
  readonly #document: Document.Parsed | undefined;
  readonly #targets = new Map<Alias, YamlNode>();

  constructor(document: Document.Parsed | undefined, text: string) {
    this.#document = document;
    const contents: YamlNode = document?.contents;
    this.range = rangeOf(contents) ?? { start: 0, end: Math.min(1, text.length) };
    const problems: YamlProblem[] = [...(document?.errors ?? []), ...(document?.warnings ?? [])].map(
      (error) => ({
        reason: error.code,
        range: { start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) },
      }),
    );
    this.empty =
      problems.length === 0 &&
      (!contents || (isScalar(contents) && contents.value === null && contents.source === ''));
    let value: unknown;
    // A duplicate key leaves a usable document, whose other faults are worth reporting at once.
    if (!this.empty && problems.every((problem) => problem.reason === 'DUPLICATE_KEY')) {
      const conversion = new Conversion((alias) => this.#resolve(alias));
      value = conversion.run(contents);
      problems.push(...conversion.problems);
    }
    this.problems = problems;
    this.value = value;
  }

  keyRange(path: YamlPath): TextRange | undefined {
    const parent = this.#node(path.slice(0, -1));
    const last = path.at(-1);
    if (!isMap(parent)) return undefined;
    const pair = parent.items.find((item) => keyText(item.key) === String(last));
    return rangeOf(pair?.key as YamlNode);
  }

  valueRange(path: YamlPath): TextRange | undefined {
    return rangeOf(this.#node(path, false));
  }

  /** With `through` false the last step stays at an alias, where it is written. */
  #node(path: YamlPath, through = true): YamlNode {
    let node: YamlNode = this.#document?.contents;
    for (const step of path) {
      node = this.#through(node);
      if (isMap(node))
        node = node.items.find((item) => keyText(item.key) === String(step))?.value as YamlNode;
      else if (isSeq(node)) node = node.items[Number(step)] as YamlNode;
      else return undefined;
    }
    return through ? this.#through(node) : node;
  }

  #through(node: YamlNode): YamlNode {
    return isAlias(node) ? this.#resolve(node) : node;
  }

  #resolve(alias: Alias): YamlNode {
    if (!this.#targets.has(alias) && this.#document) this.#targets.set(alias, alias.resolve(this.#document));
    return this.#targets.get(alias);
  }
}

/** Node -> plain JSON, with a budget, so that aliases cannot expand without end. */
class Conversion {
  readonly problems: YamlProblem[] = [];
  readonly #resolve: (alias: Alias) => YamlNode;
  readonly #open = new Set<unknown>();
  #nodes = 0;
  #stopped = false;

  constructor(resolve: (alias: Alias) => YamlNode) {
    this.#resolve = resolve;
  }

  run(node: YamlNode): unknown {
    const value = this.#convert(node, 0);
    return this.#stopped ? undefined : value;
  }

  #convert(node: YamlNode, depth: number): unknown {
    if (this.#stopped || !node) return null;
    if (++this.#nodes > MAX_NODES) return this.#stop('ALIAS_BOMB', node);
    if (depth > MAX_DEPTH) return this.#stop('TOO_DEEP', node);
    if (isAlias(node)) {
      const target = this.#resolve(node);
      if (!target) return this.#stop('UNRESOLVED_ALIAS', node);
      if (this.#open.has(target)) return this.#stop('ALIAS_BOMB', node);
      return this.#convert(target, depth);
    }
    if (isScalar(node)) return plainScalar(node.value);
    this.#open.add(node);
    const value = isMap(node)
      ? this.#map(node.items, depth)
      : isSeq(node)
        ? this.#list(node.items, depth)
        : null;
    this.#open.delete(node);
    return value;
  }

  #map(items: readonly { key: unknown; value: unknown }[], depth: number): unknown {
    const entries: [string, unknown][] = [];
    for (const item of items) {
      const key = keyText(item.key);
      if (key === undefined) this.#stop('COMPLEX_KEY', item.key as YamlNode);
      else entries.push([key, this.#convert(item.value as YamlNode, depth + 1)]);
    }
    // fromEntries defines own properties: a key named __proto__ is a key like any other.
    return Object.fromEntries(entries);
  }

  #list(items: readonly unknown[], depth: number): unknown {
    return items.map((item) => this.#convert(item as YamlNode, depth + 1));
  }

  #stop(reason: string, node: YamlNode): null {
    if (!this.#stopped) this.problems.push({ reason, range: rangeOf(node) ?? { start: 0, end: 1 } });
    this.#stopped = true;
    return null;
  }
}

function plainScalar(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') return key;
  if (!isScalar(key)) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

function rangeOf(node: YamlNode): TextRange | undefined {
  const range = node?.range;
  return range ? { start: range[0], end: Math.max(range[1], range[0]) } : undefined;
}
