/** The tokenizer that a manifest declares its sizes in, if it does. Its file is read, to know its hash, but not used yet. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Tokenizer } from '../../chunking/tokens/tokenizer.js';
import type { ChunkingSpec } from '../../domain/chunking-spec.js';
import { IngestError } from '../../domain/errors.js';
import { sha256Hex } from '../../domain/hashing.js';

/** @throws IngestError E119 when the file cannot be read */
export async function readTokenizer(chunking: ChunkingSpec): Promise<Tokenizer | undefined> {
  if (!('tokenizer' in chunking)) return undefined;
  const { encodingTokenizer, fileTokenizer } = await import('../../chunking/tokens/tokenizer.js');
  const { tokenizer } = chunking;
  if (tokenizer.kind === 'encoding') return encodingTokenizer(tokenizer.name);
  let bytes: Buffer;
  try {
    bytes = await readFile(tokenizer.file);
  } catch (cause) {
    throw new IngestError('E119', `the tokenizer ${tokenizer.file} cannot be read`, {
      kind: 'input',
      advice: 'It is looked for relative to the manifest; correct the path, or give read permission.',
      cause,
    });
  }
  return fileTokenizer({
    name: basename(tokenizer.file),
    sha256: sha256Hex(bytes),
    json: bytes.toString('utf8'),
  });
}
