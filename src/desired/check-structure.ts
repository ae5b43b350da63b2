/** What one manifest must satisfy beyond its schema, whatever the environment. */
import type { CompiledSchema } from '../platform/json-schema.js';
import type { YamlPath } from '../platform/yaml.js';
import { checkChunking } from './check-chunking.js';
import { checkQueries } from './check-queries.js';
import { checkSources } from './check-sources.js';
import { badReferenceAt } from './interpolate.js';
import type { ManifestDocument } from './manifest-document.js';
import { addSchemaFaults } from './schema-faults.js';
import { ownValue, walkValue } from './walk-value.js';

export function checkStructure(document: ManifestDocument, schema: CompiledSchema): void {
  addSchemaFaults(document, schema, document.value);
  // A file of another apiVersion says nothing to us; what is in it need not be judged further.
  if (ownValue(document.value, 'apiVersion') !== 'ingest/v1') return;
  checkChunking(document);
  checkAlias(document);
  checkModelOrigin(document);
  checkSourceIds(document);
  checkSources(document);
  checkQueries(document);
  checkTargets(document);
  checkLeaves(document);
}

/** A folder is never written to, so that what is in it stays what somebody put there. */
function checkModelOrigin(document: ManifestDocument): void {
  const embedding = ownValue(document.value, 'embedding');
  const given = (key: string): boolean => ownValue(embedding, key) !== undefined;
  if (ownValue(embedding, 'provider') !== 'transformers' || !given('model_path')) return;
  for (const key of ['allow_download', 'base_url', 'revision']) {
    if (!given(key) || ownValue(embedding, key) === false) continue;
    document.faultAtKey(
      ['embedding', key],
      'E103',
      `"${key}" is about a download, and model_path names a folder`,
      'take one of the two out',
    );
  }
}

/** What same_as cannot mean: vectors of two lengths, or the model itself. */
function checkAlias(document: ManifestDocument): void {
  const embedding = ownValue(document.value, 'embedding');
  const alias = ownValue(embedding, 'same_as');
  if (typeof alias !== 'object' || alias === null) return;
  const mine = ownValue(embedding, 'dimensions');
  const theirs = ownValue(alias, 'dimensions');
  if (typeof mine === 'number' && typeof theirs === 'number' && mine !== theirs) {
    document.faultAt(
      ['embedding', 'same_as', 'dimensions'],
      'E103',
      `same_as has ${theirs} dimensions, and this model ${mine}: their vectors cannot be the same`,
      'make them equal, or take same_as out and let the index be built anew',
    );
  }
  const keys = Object.keys(alias);
  if (keys.length > 0 && keys.every((key) => ownValue(alias, key) === ownValue(embedding, key))) {
    document.faultAt(
      ['embedding', 'same_as'],
      'E103',
      'same_as names this very model',
      'name the model that computed what is there, or take it out',
    );
  }
}

function checkSourceIds(document: ManifestDocument): void {
  const sources = ownValue(document.value, 'sources');
  if (!Array.isArray(sources)) return;
  const first = new Map<string, number>();
  sources.forEach((source, index) => {
    const id = ownValue(source, 'id');
    if (typeof id !== 'string') return;
    const before = first.get(id);
    if (before === undefined) first.set(id, index);
    else {
      const path = ['sources', index, 'id'];
      const message = `the source id "${id}" is already taken by sources[${before}]`;
      document.faultAt(path, 'E108', message, 'give each source an id of its own');
    }
  });
}

/** Embedded means a local server of our own, which nothing is said to; Cloud says for itself who we are. */
const SERVER_KEYS = ['headers', 'tenant', 'database', 'cloud', 'tls', 'timeout_ms', 'retries', 'limits'];

function checkTargets(document: ManifestDocument): void {
  for (const name of document.environments) {
    const chroma = ownValue(ownValue(ownValue(document.value, 'environments'), name), 'chroma');
    const refuse = (keys: readonly string[], why: string, advice: string): void => {
      for (const key of keys) {
        if (ownValue(chroma, key) === undefined) continue;
        const path = ['environments', name, 'chroma', key];
        document.faultAtKey(path, 'E103', `"${key}" ${why}`, advice);
      }
    };
    if (ownValue(chroma, 'url') === 'embedded') {
      const advice = 'remove it, or write the url of a server';
      refuse(SERVER_KEYS, 'needs a server; this Chroma is embedded', advice);
    } else if (ownValue(chroma, 'cloud') !== undefined) {
      refuse(['tenant', 'database'], 'stands in "cloud" already', 'remove it here');
      for (const header of Object.keys(headersOf(chroma))) {
        if (header.toLowerCase() !== 'x-chroma-token') continue;
        const path = ['environments', name, 'chroma', 'headers', header];
        document.faultAtKey(path, 'E103', 'this header is what cloud.api_key sends', 'remove it here');
      }
    }
    checkKeyPair(document, ['environments', name, 'chroma', 'tls'], ownValue(chroma, 'tls'));
  }
}

function headersOf(chroma: unknown): object {
  const headers = ownValue(chroma, 'headers');
  return typeof headers === 'object' && headers !== null ? headers : {};
}

function checkKeyPair(document: ManifestDocument, path: YamlPath, tls: unknown): void {
  const [cert, key] = [ownValue(tls, 'cert_file'), ownValue(tls, 'key_file')];
  if ((cert === undefined) === (key === undefined)) return;
  const missing = cert === undefined ? 'cert_file' : 'key_file';
  document.faultAtKey(path, 'E102', `"tls" needs the key "${missing}"`, `add ${missing}: certs/client.pem`);
}

function checkLeaves(document: ManifestDocument): void {
  walkValue(document.value, ({ path, value }) => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      document.faultAt(
        path,
        'E103',
        `${String(path.at(-1))} must be a finite number`,
        'write it in quotes if it is meant as text',
      );
    }
    if (typeof value === 'string') checkReferences(document, path, value);
    const key = path.at(-1);
    if (typeof key === 'string' && key.includes('${') && path[2] === 'metadata') {
      document.faultAtKey(
        path,
        'E110',
        'a key cannot hold a variable',
        'write the key itself; only values are interpolated',
      );
    }
  });
}

function checkReferences(document: ManifestDocument, path: YamlPath, value: string): void {
  if (badReferenceAt(value) < 0) return;
  const range = document.yaml.valueRange(path);
  if (!range) return;
  const written = document.source.text.slice(range.start, range.end);
  const at = badReferenceAt(written);
  const start = range.start + Math.max(0, at);
  document.fault(
    at < 0
      ? range
      : { start, end: Math.min(range.end, start + Math.max(2, written.slice(at).search(/\}|$/) + 1)) },
    'E110',
    'this is no variable',
    `write \${NAME} or \${NAME:-default}; NAME holds letters, digits and _`,
  );
}
