/**
 * Secrets written into a manifest: known key shapes anywhere (comments too), literal values where only
 * `${NAME}` may stand, and credentials inside a URL.
 */
import { SECRET_SHAPES } from '../domain/secret-shapes.js';
import type { TextRange, YamlDocument, YamlPath } from '../platform/yaml.js';
import { walkValue } from './walk-value.js';

export interface FoundSecret {
  readonly range: TextRange;
  /** The secret itself, to mask wherever else it stands. */
  readonly literal: string;
  /** What to write instead. */
  readonly instead: string;
}

const REFERENCE = String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*(?::-)?\}`;
const WHOLLY_REFERENCE = new RegExp(`^${REFERENCE}$`);
/** `Bearer ${TOKEN}`: a scheme's name is no secret. */
const SCHEME_AND_REFERENCE = new RegExp(`^(?:[A-Za-z][A-Za-z0-9-]{0,19} +)?${REFERENCE}$`);

const SECRET_HEADER = /auth|cookie|token|secret|passw|credential|session|(?:^|[-_])key$|api-?key/i;
const SECRET_KEY =
  /^(?:api[_-]?key|hash[_-]?key|(?:access|auth|secret|bearer|session)[_-]?(?:key|token)|(?:secret[_-]?)?access[_-]?key(?:[_-]?id)?|client[_-]?secret|token|secret|password|passwd)$/i;

const URL_CREDENTIALS = /\b[a-z][a-z0-9+.-]{0,30}:\/\/([^\s/?#@]+)@/gi;
const URL_QUERY_SECRET =
  /[?&](?:api[_-]?key|key|(?:access_)?token|secret|password|sig|signature)=([^&\s#]+)/gi;

/** By shape alone, so that a file that does not parse is covered too. */
export function findKnownShapes(text: string): readonly FoundSecret[] {
  const found: FoundSecret[] = [];
  for (const shape of SECRET_SHAPES) {
    for (const match of text.matchAll(shape.pattern)) {
      const range = { start: match.index, end: match.index + match[0].length };
      found.push({ range, literal: match[0], instead: variable(shape.variable) });
    }
  }
  return found;
}

/** By place: api_key, secret headers, and URLs. */
export function findDeclaredSecrets(document: YamlDocument, text: string): readonly FoundSecret[] {
  const found: FoundSecret[] = [];
  walkValue(document.value, ({ path, value }) => {
    const range = document.valueRange(path);
    if (!range) return;
    const instead = literalSecretAt(path, value);
    if (instead !== undefined) found.push({ range, literal: String(value), instead });
    else if (typeof value === 'string') found.push(...urlSecrets(text, range));
  });
  return found;
}

/** What should stand there instead, when a literal secret does. */
function literalSecretAt(path: YamlPath, value: unknown): string | undefined {
  const key = path.at(-1);
  if (typeof key !== 'string' || isDocumentMetadata(path)) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const literal = String(value);
  if (literal === '') return undefined;
  if (path.at(-2) === 'headers') {
    if (!SECRET_HEADER.test(key) || SCHEME_AND_REFERENCE.test(literal)) return undefined;
    return variable(
      key
        .toUpperCase()
        .replace(/[^A-Z0-9]+/g, '_')
        .replace(/^_|^X_|_$/g, ''),
    );
  }
  if (!SECRET_KEY.test(key) || WHOLLY_REFERENCE.test(literal)) return undefined;
  if (key === 'hash_key') return variable('PII_HASH_KEY');
  if (key === 'api_key') return variable(path[0] === 'embedding' ? 'OPENAI_API_KEY' : 'CHROMA_API_KEY');
  return variable(key.toUpperCase().replaceAll('-', '_'));
}

function variable(name: string): string {
  return `\${${name}}`;
}

/** sources[n].metadata describes documents, whose keys may be called anything. */
function isDocumentMetadata(path: YamlPath): boolean {
  return path[0] === 'sources' && path[2] === 'metadata';
}

function urlSecrets(text: string, range: TextRange): FoundSecret[] {
  const slice = text.slice(range.start, range.end);
  const found: FoundSecret[] = [];
  for (const match of slice.matchAll(URL_CREDENTIALS)) {
    const credentials = match[1] ?? '';
    const password = credentials.includes(':')
      ? credentials.slice(credentials.indexOf(':') + 1)
      : credentials;
    if (WHOLLY_REFERENCE.test(password)) continue;
    const start = range.start + match.index + match[0].length - 1 - credentials.length;
    found.push({
      range: { start, end: start + credentials.length },
      literal: credentials,
      instead: match[0].startsWith('postgres') ? variable('PG_URL') : `a header with ${variable('NAME')}`,
    });
  }
  for (const match of slice.matchAll(URL_QUERY_SECRET)) {
    const value = match[1] ?? '';
    if (WHOLLY_REFERENCE.test(value)) continue;
    const end = range.start + match.index + match[0].length;
    found.push({
      range: { start: end - value.length, end },
      literal: value,
      instead: `a header with ${variable('NAME')}`,
    });
  }
  return found;
}

const LIKELY =
  /(?<!per_million_)(?:api[_-]?key|token|secret|passw(?:or)?d|authorization|credentials?|cookie)[\w-]{0,60}["']?[ \t]*[:=][ \t]*(?!["']?(?:[A-Za-z-]+ +)?\$\{|[\d.]+[ \t]*(?:[,}\]\r\n#]|$))([^\s,}\]#][^,}\]\r\n]*)/gi;

/** What looks like a secret in text that may not parse. For masking only: too eager to be a fault. */
export function likelySecretRanges(text: string): readonly TextRange[] {
  return [...text.matchAll(LIKELY)].map((match) => {
    const end = match.index + match[0].length;
    return { start: end - (match[1] ?? '').length, end };
  });
}

/** Every place where one of these literals stands, such as the anchor behind an alias. */
export function occurrencesOf(text: string, literals: readonly string[]): readonly TextRange[] {
  const found: TextRange[] = [];
  for (const literal of literals) {
    // Shorter ones would mask half the file, and are no secrets.
    if (literal.length < 4) continue;
    for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + literal.length)) {
      found.push({ start: at, end: at + literal.length });
    }
  }
  return found;
}
