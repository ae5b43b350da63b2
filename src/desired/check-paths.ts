/** Do the folders, contracts and tokenizers that a manifest names exist? At the place where they are named. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { YamlPath } from '../platform/yaml.js';
import { hasReference } from './interpolate.js';
import type { ManifestDocument } from './manifest-document.js';
import { ownValue } from './walk-value.js';

/** `value` is the interpolated manifest, valid or not; what still holds a variable is passed over. */
export async function checkPaths(document: ManifestDocument, value: unknown, inputs = true): Promise<void> {
  await checkTokenizer(document, ownValue(ownValue(value, 'chunking'), 'tokenizer'));
  await checkModel(document, ownValue(value, 'embedding'));
  const sources = ownValue(value, 'sources');
  if (!Array.isArray(sources)) return;
  for (const [index, source] of sources.entries()) {
    for (const key of inputs ? ['path', 'ca_file'] : []) {
      await checkFile(document, ['sources', index, key], ownValue(source, key));
    }
    const root = ownValue(source, 'root');
    if (inputs && typeof root === 'string' && root !== '' && !hasReference(root)) {
      const found = await kindOf(path.resolve(document.folder, root));
      if (found === 'missing' || found === 'file') {
        const message =
          found === 'file' ? `the root ${root} is a file, not a folder` : `the root ${root} does not exist`;
        const advice =
          found === 'file'
            ? `write its folder, and include: ["${path.basename(root)}"]`
            : 'it is looked for relative to this file; create it or correct the path';
        document.faultAt(['sources', index, 'root'], 'E112', message, advice);
      }
    }
    const contract = ownValue(source, 'contract');
    if (typeof contract === 'string' && contract !== '' && !hasReference(contract)) {
      const found = await kindOf(path.resolve(document.folder, contract));
      if (found === 'missing' || found === 'folder') {
        const message = `the contract ${contract} ${found === 'folder' ? 'is a folder' : 'does not exist'}`;
        document.faultAt(
          ['sources', index, 'contract'],
          'E117',
          message,
          'it is looked for relative to this file',
        );
      }
    }
  }
}

/** Of a source that is one file. */
async function checkFile(document: ManifestDocument, at: YamlPath, file: unknown): Promise<void> {
  if (typeof file !== 'string' || file === '' || hasReference(file)) return;
  const found = await kindOf(path.resolve(document.folder, file));
  if (found !== 'missing' && found !== 'folder') return;
  const message = `the file ${file} ${found === 'folder' ? 'is a folder' : 'does not exist'}`;
  document.faultAt(
    at,
    'E112',
    message,
    'it is looked for relative to this file; create it or correct the path',
  );
}

async function checkTokenizer(document: ManifestDocument, tokenizer: unknown): Promise<void> {
  if (typeof tokenizer !== 'string' || !tokenizer.endsWith('.json') || hasReference(tokenizer)) return;
  const found = await kindOf(path.resolve(document.folder, tokenizer));
  if (found !== 'missing' && found !== 'folder') return;
  const message = `the tokenizer ${tokenizer} ${found === 'folder' ? 'is a folder' : 'does not exist'}`;
  document.faultAt(['chunking', 'tokenizer'], 'E119', message, 'it is looked for relative to this file');
}

async function checkModel(document: ManifestDocument, embedding: unknown): Promise<void> {
  const [root, model] = [ownValue(embedding, 'model_path'), ownValue(embedding, 'model')];
  if (typeof root !== 'string' || typeof model !== 'string' || hasReference(root + model)) return;
  const found = await kindOf(path.resolve(document.folder, root, model));
  if (found === 'folder' || found === 'unknown') return;
  document.faultAt(
    ['embedding', 'model_path'],
    'E306',
    `there is no folder ${root}/${model}`,
    'put config.json, tokenizer.json and onnx/ of the model there; model_path is relative to this file',
  );
}

/** `unknown`: it may exist and cannot be looked at now, which is the listing's business. */
async function kindOf(absolute: string): Promise<'folder' | 'file' | 'missing' | 'unknown'> {
  try {
    return (await stat(absolute)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' ? 'missing' : 'unknown';
  }
}
