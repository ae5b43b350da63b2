/** The files that `init` writes. Pure: what was seen and chosen -> text. */
import type { Survey, SurveyedKey } from './survey-folder.js';

export interface StarterChoice {
  readonly manifestId: string;
  readonly sourceId: string;
  readonly survey: Survey;
}

export interface StarterFile {
  /** Below the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** A manifest, and a contract that says what the documents' front matter holds today. */
export function starterFiles(choice: StarterChoice): readonly StarterFile[] {
  const contract = `contracts/${choice.manifestId}.schema.json`;
  return [
    { path: `desired/${choice.manifestId}.yaml`, text: manifest(choice, contract) },
    { path: contract, text: `${JSON.stringify(schema(choice.survey.keys), null, 2)}\n` },
  ];
}

function manifest({ manifestId, sourceId, survey }: StarterChoice, contract: string): string {
  // Another drive has no path from here.
  const absolute = /^([a-z]:)?\//i.test(survey.root);
  const root = survey.root === '.' ? '..' : absolute ? survey.root : `../${survey.root}`;
  return `# One index, as it shall be. Try: ingest validate, ingest plan, ingest apply
apiVersion: ingest/v1
kind: Index
metadata:
  manifest_id: ${manifestId}
environments:
  dev:
    chroma: embedded # a local Chroma below state/dev; or the URL of a server
  # prod:
  #   chroma: \${PROD_CHROMA_URL}
embedding:
  # Built in and free; it compares words, not meaning. For real search: openai-compatible, ollama, tei, cohere, ...
  provider: lexical-hash
sources:
  - id: ${sourceId}
    root: ${JSON.stringify(root)}
${include(survey.extensions)}    contract: ../${contract}
policy:
  deletes: { max_count: 100, max_ratio: 0.1 } # more losses at once are withheld until somebody approves them
`;
}

/** Code and data below the root would be indexed too, and have no front matter for the contract. */
function include(extensions: readonly string[]): string {
  if (extensions.length === 0) return '';
  const globs = extensions.map((extension) => JSON.stringify(`**/*${extension}`));
  return `    include: [${globs.join(', ')}] # without it: every type that can be read, code and data too\n`;
}

function schema(keys: readonly SurveyedKey[]): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What the metadata of a document must satisfy; what does not is refused',
    type: 'object',
    properties: Object.fromEntries(keys.map(({ name, types }) => [name, typeRule(types)])),
    required: keys.filter(({ always }) => always).map(({ name }) => name),
  };
}

function typeRule(types: readonly string[]): object {
  return types.length === 1 ? { type: types[0] } : { type: types };
}

/** A name as a manifest takes it: a-z, 0-9 and dashes, 3 to 63, no dash at an end. */
export function asManifestId(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-|-$/g, '');
  return id.length >= 3 ? id : 'documents';
}

/** As `asManifestId`, for a source: one character is enough. */
export function asSourceId(root: string): string {
  const last = root.split('/').findLast((part) => part !== '' && part !== '.' && part !== '..') ?? '';
  const id = last
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replace(/^[._-]+|[._-]+$/g, '');
  return id === '' ? 'docs' : id;
}
