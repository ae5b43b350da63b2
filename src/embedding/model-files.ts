/** The files of a model that runs inside this process: which they are, and the hash that tells two models apart. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileStat } from '../domain/document.js';
import type { ModelDtype } from '../domain/embedding-spec.js';
import { IngestError } from '../domain/errors.js';
import { structureHash } from '../domain/hashing.js';
import type { StatCache } from '../domain/ports/source.js';

/** As transformers.js looks for them. */
const SUFFIX: Readonly<Record<ModelDtype, string>> = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
};

/** All that decides a vector. The README, other weights and what tokenizers of other programs read do not. */
const SETTINGS = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

/**
 * SHA-256 over the names and contents of the files that are loaded. Weights are large: what is cached for an unchanged
 * file is not read again. @throws IngestError E306 naming what is not there
 */
export async function hashModelFiles(folder: string, dtype: ModelDtype, cache: StatCache): Promise<string> {
  const files: Record<string, string> = {};
  for (const name of [...SETTINGS, ...(await weightFiles(folder, dtype))]) {
    files[name] = await hashFile(folder, name, cache);
  }
  cache.flush();
  return structureHash(files);
}

/** Weights of more than 2 GB lie in files beside the graph. */
async function weightFiles(folder: string, dtype: ModelDtype): Promise<string[]> {
  const graph = `model${SUFFIX[dtype]}.onnx`;
  const names = await readdir(join(folder, 'onnx')).catch(() => []);
  const data = names.filter((name) => name.startsWith(`${graph}_data`)).sort();
  return [graph, ...data].map((name) => `onnx/${name}`);
}

async function hashFile(folder: string, name: string, cache: StatCache): Promise<string> {
  const file = join(folder, name);
  try {
    const found = await stat(file, { bigint: true });
    const known: FileStat = {
      size: Number(found.size),
      mtime_ns: String(found.mtimeNs),
      ctime_ns: String(found.ctimeNs),
      inode: String(found.ino),
    };
    const cached = cache.get(folder, name, known);
    if (cached !== undefined) return cached.content_sha256;
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    const content_sha256 = hash.digest('hex');
    cache.put(folder, name, known, { content_sha256, empty_for: null });
    return content_sha256;
  } catch (error) {
    throw new IngestError('E306', `the model lacks ${name}, or it cannot be read: ${folder}`, {
      kind: 'input',
      advice:
        'A model has config.json, tokenizer.json, tokenizer_config.json and, for each dtype, a file under onnx/.',
      cause: error,
    });
  }
}
