/** Which model turns texts into vectors, as a manifest declares it, and how it is asked. */
import type { Secret } from './secret.js';

/** Providers behind HTTP. */
export type HttpProviderName = 'openai-compatible' | 'ollama' | 'tei' | 'cohere' | 'voyage' | 'jina';

/** The model that computed what is there, where it now goes by another name. */
export interface EmbeddingAlias {
  readonly provider: HttpProviderName;
  readonly model: string;
  readonly revision: string | undefined;
  readonly dimensions: number | undefined;
}

/** A model that runs inside this process. */
export interface LocalModel {
  /** Absolute path of the model's own folder; undefined: downloaded, once. */
  readonly folder: string | undefined;
  /** Which of its weights: the file under onnx/. */
  readonly dtype: ModelDtype;
  readonly pooling: Pooling;
  /** Of the files that decide its vectors; undefined until somebody has looked, and for what is downloaded. */
  readonly files_sha256: string | undefined;
}

export type ModelDtype = 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'bnb4';

/** How the vectors of a text's tokens become one. */
export type Pooling = 'mean' | 'cls' | 'last';

/** Settings of one embedding provider; keys that a provider does not know are refused by the schema. */
export interface EmbeddingSpec {
  readonly provider: 'lexical-hash' | 'transformers' | HttpProviderName;
  readonly model: string;
  readonly base_url: string | undefined;
  readonly api_key: Secret | undefined;
  readonly headers: Readonly<Record<string, Secret>>;
  /** Declared dimension, or undefined when the model decides (pinned at first use). */
  readonly dimensions: number | undefined;
  readonly revision: string | undefined;
  readonly query_prefix: string;
  readonly passage_prefix: string;
  readonly normalise: boolean;
  readonly price_per_million_tokens: number | undefined;
  /** Texts per request. */
  readonly batch_size: number | undefined;
  /** Milliseconds per request. */
  readonly timeout_ms: number;
  /** At most, in any minute; undefined: as fast as the provider answers. */
  readonly requests_per_minute: number | undefined;
  readonly tokens_per_minute: number | undefined;
  /** Requests at once; undefined: the provider's own default. */
  readonly max_concurrency: number | undefined;
  readonly same_as: EmbeddingAlias | undefined;
  /** Set for `transformers`, and for no other. */
  readonly local: LocalModel | undefined;
}
