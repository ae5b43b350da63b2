/**
 * Step 1 of the story: manifests -> desired state of one environment. Every fault of every manifest is
 * collected before anything is thrown. Reads files; opens no connection, reveals no secret.
 */
import { type Fault, IngestError, ManifestFaults } from '../domain/errors.js';
import type { DesiredState } from '../domain/manifest.js';
import { compareUtf8 } from '../domain/text.js';
import type { Warning } from '../domain/warning.js';
import type { CompiledSchema } from '../platform/json-schema.js';
import { ownSchema } from '../platform/own-schemas.js';
import type { YamlPath } from '../platform/yaml.js';
import { checkPaths } from './check-paths.js';
import { checkPii } from './check-pii.js';
import { checkManifestIds, checkSharedCollections, type LoadedManifest } from './check-sharing.js';
import { checkStructure } from './check-structure.js';
import { chooseEnvironment, environmentNames } from './choose-environment.js';
import { findManifestFiles } from './find-manifest-files.js';
import { hasReference, interpolate, type Variables } from './interpolate.js';
import type { ManifestDocument } from './manifest-document.js';
import { normaliseManifest } from './normalise-manifest.js';
import { overridden, parseOverride } from './overrides.js';
import type { RawManifest } from './raw-manifest.js';
import { readManifestFile } from './read-manifest-file.js';
import { addSchemaFaults } from './schema-faults.js';
import { SupposedText } from './supposed-text.js';
import { isRecord, ownValue } from './walk-value.js';

export interface LoadOptions {
  /** Files or folders. A folder is searched with its subfolders for *.yaml and *.yml. */
  readonly paths: readonly string[];
  /** undefined: not said; implied when the manifests declare only one. */
  readonly environment: string | undefined;
  readonly env: Variables;
  readonly cwd: string;
  /** `chunking.max_chars=800`: what every one of the manifests is supposed to say. */
  readonly overrides?: readonly string[] | undefined;
  /** False: what sources read need not be there, for nobody reads it. Not given: it must. */
  readonly inputs?: boolean | undefined;
}

/** @throws ManifestFaults with every fault; IngestError E104 (none found), E105, E106 (environment), E115 (folder). */
export async function loadDesired(options: LoadOptions): Promise<DesiredState> {
  const loading = await readAll(options);
  let environment: string | undefined;
  try {
    environment = chooseEnvironment(options.environment, loading.documents);
  } catch (error) {
    // Faults in the files come first: one of them may be why the environment is not there.
    await checkUnchosen(loading.documents);
    throwFaults(loading.documents);
    throw error;
  }
  const state = await stateOf(loading, environment, options.env, 'fault', options.inputs);
  throwFaults(loading.documents);
  return state;
}

/**
 * The desired state of every environment, for `validate` without --env. Variables need not be set: those
 * without a value stay as written and are warned about, so a target or root may be unusable.
 * @throws as loadDesired, but for E105 and E106
 */
export async function loadAllEnvironments(
  options: Omit<LoadOptions, 'environment'>,
): Promise<readonly DesiredState[]> {
  const loading = await readAll(options);
  await checkUnchosen(loading.documents);
  const states: DesiredState[] = [];
  for (const environment of environmentNames(loading.documents)) {
    states.push(await stateOf(loading, environment, options.env, 'warning'));
  }
  throwFaults(loading.documents);
  return states;
}

interface Loading {
  readonly schema: CompiledSchema;
  readonly documents: readonly ManifestDocument[];
  readonly warnings: readonly Warning[];
}

async function readAll(options: Omit<LoadOptions, 'environment'>): Promise<Loading> {
  const files = await findManifestFiles(options.paths, options.cwd);
  const documents: ManifestDocument[] = [];
  const warnings: Warning[] = [];
  for (const file of files) {
    const found = await readManifestFile(file);
    documents.push(...found);
    if (found.length === 0) {
      warnings.push({
        key: 'manifest-empty',
        message: `${file.shown} holds no manifest`,
        detail: null,
        functional: false,
      });
    }
  }
  if (documents.length === 0) {
    throw new IngestError('E104', `no manifest found in ${options.paths.join(', ')}`, {
      kind: 'input',
      advice: 'The smallest useful one has nine lines: see "Your own manifest" in the README.',
    });
  }
  const overrides = (options.overrides ?? []).map(parseOverride);
  const supposed = new SupposedText(overrides);
  for (const document of overrides.length === 0 ? [] : documents) {
    if (isRecord(document.value)) document.suppose(overridden(document.value, overrides), supposed);
  }
  const schema = await ownSchema('manifest');
  for (const document of documents) if (document.value !== undefined) checkStructure(document, schema);
  checkManifestIds(documents);
  return { schema, documents, warnings };
}

async function stateOf(
  { schema, documents, warnings }: Loading,
  environment: string,
  env: Variables,
  unset: 'fault' | 'warning',
  inputs = true,
): Promise<DesiredState> {
  const loaded: LoadedManifest[] = [];
  const notApplicable: DesiredState['notApplicable'][number][] = [];
  const stateWarnings = [...warnings];
  for (const document of documents) {
    if (!document.environments.includes(environment)) {
      if (document.manifestId !== undefined) {
        notApplicable.push({ manifest_id: document.manifestId, file: document.file });
      }
      continue;
    }
    const { value, unset: names } = interpolate(document.value, env, (path) => isNotOurs(path, environment));
    for (const { path, name } of names) {
      if (unset === 'fault') addUnset(document, path, name);
      else stateWarnings.push(unsetWarning(document, environment, name));
    }
    // The same schema again, for what only shows once variables have their values.
    addSchemaFaults(document, schema, value, (path) => isInterpolated(document.value, path));
    await checkPaths(document, value, inputs);
    await checkPii(document, value);
    if (document.faults.length > 0) continue;
    const manifest = normaliseManifest(document, value as RawManifest, environment, env);
    if (manifest) loaded.push({ document, manifest });
  }
  checkSharedCollections(loaded);
  const byId = (a: { manifest_id: string }, b: { manifest_id: string }): number =>
    compareUtf8(a.manifest_id, b.manifest_id);
  return {
    environment,
    manifests: loaded.map(({ manifest }) => manifest).sort(byId),
    notApplicable: notApplicable.sort(byId),
    warnings: stateWarnings,
  };
}

/** Paths that need no variable can be checked whatever the environment. */
async function checkUnchosen(documents: readonly ManifestDocument[]): Promise<void> {
  for (const document of documents) {
    await checkPaths(document, document.value);
    await checkPii(document, document.value);
  }
}

/** Of sources: resolved at first use. */
const SOURCE_SECRETS: ReadonlySet<string> = new Set([
  // Where a source is may hold a password.
  'url',
  'access_key_id',
  'secret_access_key',
  'session_token',
]);

/** Other environments are not interpolated, and secrets not before their first use. */
function isNotOurs(path: YamlPath, environment: string): boolean {
  if (path.length === 2 && path[0] === 'environments' && path[1] !== environment) return true;
  const key = path.at(-1);
  if (path.length === 3 && path[0] === 'sources' && SOURCE_SECRETS.has(String(key))) return true;
  if (path.length === 4 && path[0] === 'sources' && path[2] === 'headers') return true;
  if (path.length === 3 && path[1] === 'pii' && path[2] === 'hash_key') return true;
  const inConnection = path[0] === 'environments' || path[0] === 'embedding';
  return inConnection && (key === 'api_key' || path.at(-2) === 'headers');
}

function isInterpolated(value: unknown, path: YamlPath): boolean {
  let found = value;
  for (const step of path) found = Array.isArray(found) ? found[Number(step)] : ownValue(found, String(step));
  return typeof found === 'string' && hasReference(found);
}

function addUnset(document: ManifestDocument, path: YamlPath, name: string): void {
  const range = document.yaml.valueRange(path);
  const written = range ? document.source.text.slice(range.start, range.end) : '';
  const at = written.indexOf(`\${${name}`);
  const advice = `set ${name}, or write \${${name}:-default}`;
  const message = `the environment variable ${name} is not set`;
  if (!range || at < 0) document.faultAt(path, 'E109', message, advice);
  else {
    const start = range.start + at;
    const end = start + written.slice(at).indexOf('}') + 1;
    document.fault({ start, end: Math.max(end, start + 1) }, 'E109', message, advice);
  }
}

function unsetWarning(document: ManifestDocument, environment: string, name: string): Warning {
  return {
    key: 'variable-not-set',
    message: `${document.file}: ${name} is not set, so ${environment} was checked without it`,
    detail: name,
    functional: false,
  };
}

function throwFaults(documents: readonly ManifestDocument[]): void {
  const faulty = documents.filter(({ faults }) => faults.length > 0);
  if (faulty.length === 0) return;
  const faults: Fault[] = faulty.flatMap((document) => document.faults);
  faults.sort(
    ({ position: a }, { position: b }) =>
      compareUtf8(a.file, b.file) || a.line - b.line || a.column - b.column,
  );
  throw new ManifestFaults(faults, documents.length, faulty.length);
}
