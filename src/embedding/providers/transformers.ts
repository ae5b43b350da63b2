/**
 * A model inside this process: ONNX by @huggingface/transformers, an optional peer of half a gigabyte, loaded at the first
 * text. The library's own pipeline cuts long texts in silence; here they are refused, as by every other provider.
 */
import type { Model, Tokenizer } from '@huggingface/transformers';
import { embeddingIdentity } from '../../domain/embedding-identity.js';
import type { EmbeddingSpec, LocalModel } from '../../domain/embedding-spec.js';
import { IngestError } from '../../domain/errors.js';
import { embeddingFingerprint } from '../../domain/identity.js';
import { NO_RATE_LIMITS } from '../../domain/ports/embedder.js';
import { ProviderError } from '../provider-error.js';
import type { ProviderDependencies, ProviderDescription, ProviderModule } from '../provider-module.js';
import { poolTokens } from './pool-tokens.js';

/** Seven chunks of a thousand characters, as a small model gave on two cores. */
const TOKENS_PER_SECOND = 1_500;
/** Texts computed at once, where the manifest does not say. */
const BATCH = 8;
/** So many of these make one request: enough to sort by length, few enough that an answer comes every few seconds. */
const BATCHES_PER_REQUEST = 4;
/** Errors only; see the library's LogLevel. */
const LOG_ERRORS = 40;
const UNCUT = { truncation: false } as const;

interface Loaded {
  readonly tokenizer: Tokenizer;
  readonly model: Model;
  /** Tokens of a text, at most. */
  readonly longest: number;
}

function describe(spec: EmbeddingSpec): ProviderDescription {
  return {
    model: spec.model,
    semantic: true,
    dimensions: spec.same_as?.dimensions,
    price: 0,
    pace: {
      tokensPerSecond: TOKENS_PER_SECOND,
      textsPerRequest: batchOf(spec) * BATCHES_PER_REQUEST,
      limits: NO_RATE_LIMITS,
    },
    fingerprint: embeddingFingerprint(embeddingIdentity(spec)),
  };
}

function batchOf(spec: EmbeddingSpec): number {
  return spec.batch_size ?? BATCH;
}

export const transformers: ProviderModule = {
  describe,
  create(spec, dependencies) {
    const { fingerprint, dimensions } = describe(spec);
    const local = localModel(spec);
    let loading: Promise<Loaded> | undefined;
    return {
      name: spec.provider,
      model: spec.model,
      fingerprint,
      dimensions,
      maxBatch: batchOf(spec) * BATCHES_PER_REQUEST,
      maxConcurrency: 1,
      rateLimits: NO_RATE_LIMITS,
      pricePerMillionTokens: 0,
      async embed(texts, role, signal) {
        loading ??= load(spec, local, dependencies);
        const loaded = await loading;
        const prefix = role === 'query' ? spec.query_prefix : spec.passage_prefix;
        // Texts of like length together: what is shorter is filled up to the longest of its batch.
        const sorted = texts.map((text, index) => ({ text: prefix + text, index }));
        sorted.sort((a, b) => a.text.length - b.text.length);
        const vectors: Float32Array[] = texts.map(() => new Float32Array());
        for (let start = 0; start < sorted.length; start += batchOf(spec)) {
          signal.throwIfAborted();
          const batch = sorted.slice(start, start + batchOf(spec));
          const found = await compute(
            loaded,
            batch.map(({ text }) => text),
            local,
            spec.normalise,
          );
          batch.forEach(({ index }, i) => {
            vectors[index] = found[i] ?? new Float32Array();
          });
        }
        return vectors;
      },
    };
  },
};

function localModel({ local }: EmbeddingSpec): LocalModel {
  if (local !== undefined) return local;
  throw new IngestError('E901', 'a local model without its settings', {
    kind: 'bug',
    advice: 'This is a bug in ingest. Please report it with the command you ran.',
  });
}

async function compute(
  { tokenizer, model, longest }: Loaded,
  texts: readonly string[],
  { pooling }: LocalModel,
  normalise: boolean,
): Promise<Float32Array[]> {
  // Counted first: the library cannot fill up a batch in which a text is longer than its model takes.
  for (const { length } of tokenizer(texts, { ...UNCUT, padding: false, return_tensor: false }).input_ids) {
    if (length <= longest) continue;
    throw new ProviderError('bad-request', `a text has ${length} tokens, and the model takes ${longest}`);
  }
  const inputs = tokenizer(texts, { ...UNCUT, padding: true, return_tensor: true });
  const [rows = 0, length = 0] = inputs.attention_mask.dims;
  const outputs = await model(inputs);
  const output = outputs['last_hidden_state'] ?? outputs['token_embeddings'] ?? outputs['logits'];
  const width = output?.dims[2];
  if (output === undefined || width === undefined || output.type !== 'float32') {
    throw unusable('it gives no vectors of float32 for the tokens of a text', undefined);
  }
  const mask = inputs.attention_mask.data;
  return poolTokens({ data: output.data, texts: rows, length, width, mask }, pooling, normalise);
}

async function load(
  spec: EmbeddingSpec,
  local: LocalModel,
  { modelCacheDir, fetchFor }: ProviderDependencies,
): Promise<Loaded> {
  const { AutoModel, AutoTokenizer, env } = await importLibrary();
  const download = local.folder === undefined;
  // The library's own defaults lie inside node_modules, which every installation wipes.
  env.cacheDir = modelCacheDir;
  env.localModelPath = local.folder ?? modelCacheDir;
  env.allowRemoteModels = download;
  env.logLevel = LOG_ERRORS;
  if (spec.base_url !== undefined) env.remoteHost = `${spec.base_url.replace(/\/$/, '')}/`;
  if (fetchFor !== undefined) env.fetch = await fetchFor(env.remoteHost);
  const options = {
    local_files_only: !download,
    cache_dir: modelCacheDir,
    ...(spec.revision === undefined ? {} : { revision: spec.revision }),
  };
  const name = local.folder ?? spec.model;
  try {
    const tokenizer = await AutoTokenizer.from_pretrained(name, options);
    const model = await AutoModel.from_pretrained(name, { ...options, dtype: local.dtype, device: 'cpu' });
    const limits = [tokenizer.model_max_length, model.config.max_position_embeddings];
    const longest = Math.min(...limits.filter((limit) => limit !== undefined && limit > 0).map(Number));
    return { tokenizer, model, longest };
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : 'it cannot be loaded', error);
  }
}

async function importLibrary(): Promise<typeof import('@huggingface/transformers')> {
  try {
    return await import('@huggingface/transformers');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND') {
      throw unusable('@huggingface/transformers is installed and does not load on this machine', error);
    }
    const install = 'npm install @huggingface/transformers@4';
    throw new IngestError('E305', `transformers needs a package that is not installed: ${install}`, {
      kind: 'input',
      advice:
        'Install it beside this program. Where only a package registry can be reached, set ONNXRUNTIME_NODE_INSTALL=skip for that: its installation would download files for GPUs.',
      cause: error,
    });
  }
}

function unusable(why: string, cause: unknown): IngestError {
  return new IngestError('E306', `the model cannot be used: ${why.split('\n')[0]?.slice(0, 300) ?? ''}`, {
    kind: 'input',
    advice:
      'Check embedding.model, model_path and dtype, and that the model is one for text embeddings as ONNX.',
    cause,
  });
}
