/** What the schema cannot say of `policy.pii`: patterns that compile, names of their own, and a key where there are hashes. */
import { PII_DETECTORS } from '../domain/pii.js';
import type { YamlPath } from '../platform/yaml.js';
import type { ManifestDocument } from './manifest-document.js';
import { ownValue } from './walk-value.js';

/** `value`: the manifest, with or without its variables. */
export async function checkPii(document: ManifestDocument, value: unknown): Promise<void> {
  const pii = ownValue(ownValue(value, 'policy'), 'pii');
  if (typeof pii !== 'object' || pii === null) return;
  checkActions(document, pii);
  checkNames(document, pii);
  checkKey(document, pii);
  await checkPatterns(document, pii);
}

const PATH = ['policy', 'pii'] as const;

/** An action of a detector that does not look would be a rule that somebody relies on. */
function checkActions(document: ManifestDocument, pii: object): void {
  const detectors = ownValue(pii, 'detectors') ?? 'all';
  if (!Array.isArray(detectors)) return;
  for (const name of Object.keys(ownValue(pii, 'actions') ?? {})) {
    if (detectors.includes(name)) continue;
    const message = `"${name}" has an action, and is no detector of this manifest`;
    document.faultAtKey([...PATH, 'actions', name], 'E103', message, `add ${name} to policy.pii.detectors`);
  }
}

/** Of what a placeholder says. */
const TAKEN: ReadonlySet<string> = new Set([...PII_DETECTORS, 'field', 'redacted']);

function checkNames(document: ManifestDocument, pii: object): void {
  const seen = new Set<unknown>();
  for (const [at, pattern] of patternsOf(pii, 'patterns')) {
    const name = ownValue(pattern, 'name');
    if (typeof name === 'string' && (TAKEN.has(name) || seen.has(name))) {
      const whose = TAKEN.has(name) ? 'a name of ingest itself' : 'already taken';
      const message = `the pattern's name "${name}" is ${whose}`;
      document.faultAt([...PATH, 'patterns', at, 'name'], 'E108', message, 'give it another name');
    }
    seen.add(name);
  }
}

function checkKey(document: ManifestDocument, pii: object): void {
  if (ownValue(pii, 'hash_key') !== undefined) return;
  const actions: [YamlPath, unknown][] = [
    [[...PATH, 'action'], ownValue(pii, 'action')],
    ...Object.entries(ownValue(pii, 'actions') ?? {}).map(([name, action]): [YamlPath, unknown] => [
      [...PATH, 'actions', name],
      action,
    ]),
    ...patternsOf(pii, 'patterns').map(([at, pattern]): [YamlPath, unknown] => [
      [...PATH, 'patterns', at, 'action'],
      ownValue(pattern, 'action'),
    ]),
  ];
  const asking = actions.find(([, action]) => action === 'hash');
  if (asking === undefined) return;
  document.faultAt(
    asking[0],
    'E102',
    'hash needs the key "hash_key": without one, a phone number is guessed from its hash',
    `add hash_key: \${PII_HASH_KEY} to policy.pii`,
  );
}

/** RE2 is loaded for manifests that have patterns. */
async function checkPatterns(document: ManifestDocument, pii: object): Promise<void> {
  const patterns = ['patterns', 'allow'].flatMap((key) =>
    patternsOf(pii, key).map(
      ([at, item]) => [[...PATH, key, at, 'pattern'], ownValue(item, 'pattern')] as const,
    ),
  );
  if (patterns.length === 0) return;
  const { patternProblem } = await import('../platform/linear-pattern.js');
  for (const [path, pattern] of patterns) {
    const problem = typeof pattern === 'string' ? patternProblem(pattern) : undefined;
    if (problem === undefined) continue;
    document.faultAt(
      path,
      'E103',
      `this pattern cannot be used: ${problem}`,
      'patterns are in the syntax of RE2, which has no look-around and no back-references',
    );
  }
}

function patternsOf(pii: object, key: string): [number, unknown][] {
  const list = ownValue(pii, key);
  return Array.isArray(list)
    ? list.map((item, at): [number, unknown] => [at, item]).filter(([, item]) => typeof item === 'object')
    : [];
}
