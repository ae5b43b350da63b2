/** Front matter: a YAML mapping between `---` lines at the very start of a file. */
import { parseYaml, type YamlProblem } from '../../platform/yaml.js';

export type FrontMatterSplit =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'found';
      /** Plain JSON; numbers that JSON cannot say (.nan, .inf) as text. */
      readonly metadata: Readonly<Record<string, unknown>>;
      readonly rest: string;
      /** 1-based line of the file on which `rest` starts. */
      readonly first_line: number;
    }
  | { readonly kind: 'malformed'; readonly reason: string };

const OPENING = /^---[ \t]*\n/;
const CLOSING = /^(?:---|\.\.\.)[ \t]*(?:\n|$(?![\s\S]))/gm;
const KEY_AT_START = /^[A-Za-z_][\w.-]*[ \t]*:[ \t\n]/;

/** Takes normalised text (LF only). Never throws for what it contains. */
export function splitFrontMatter(text: string): FrontMatterSplit {
  const opening = OPENING.exec(text);
  if (opening === null) return { kind: 'none' };
  const start = opening[0].length;
  CLOSING.lastIndex = start;
  const closing = CLOSING.exec(text);
  if (closing === null) {
    // `---` alone is a thematic break; only with a key behind it did somebody mean front matter.
    return KEY_AT_START.test(text.slice(start))
      ? { kind: 'malformed', reason: 'it is opened on line 1 and never closed with a `---` line' }
      : { kind: 'none' };
  }
  const mapping = readMapping(text.slice(start, closing.index));
  if (mapping.kind === 'malformed') return mapping;
  const rest = text.slice(closing.index + closing[0].length);
  return { ...mapping, rest, first_line: lineAt(text, closing.index) + 1 };
}

type Mapping =
  | { readonly kind: 'found'; readonly metadata: Readonly<Record<string, unknown>> }
  | { readonly kind: 'malformed'; readonly reason: string };

function readMapping(yaml: string): Mapping {
  const [document] = parseYaml(yaml);
  const problem = document?.problems[0];
  if (problem !== undefined) return { kind: 'malformed', reason: describe(problem, yaml) };
  if (document === undefined || document.empty || document.value === null) {
    return { kind: 'found', metadata: {} };
  }
  const value = withoutNonFinite(document.value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'malformed', reason: 'it must be a mapping of keys to values' };
  }
  return { kind: 'found', metadata: value as Record<string, unknown> };
}

const PROBLEM_TEXT: Readonly<Record<string, string>> = {
  ALIAS_BOMB: 'aliases expand too far',
  COMPLEX_KEY: 'a key must be text',
  DUPLICATE_KEY: 'a key stands twice',
  TAG_RESOLVE_FAILED: 'unknown tag',
  TOO_DEEP: 'nested too deeply',
  UNRESOLVED_ALIAS: 'an alias without an anchor',
};

function describe(problem: YamlProblem, yaml: string): string {
  const text = PROBLEM_TEXT[problem.reason] ?? problem.reason.toLowerCase().replaceAll('_', ' ');
  // The YAML starts on line 2 of the file.
  return `line ${lineAt(yaml, problem.range.start) + 1}: ${text}`;
}

/** Canonical JSON has no NaN and no Infinity; the depth is bounded by the YAML reader. */
function withoutNonFinite(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(withoutNonFinite);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutNonFinite(child)]));
}

/** 1-based line on which the character at this offset stands. */
function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
