/** The sliver of @huggingface/transformers 4 that is used. It is an optional peer: its own types are not there. */
declare module '@huggingface/transformers' {
  export interface Tensor {
    readonly type: string;
    readonly dims: readonly number[];
    readonly data: ArrayLike<number | bigint>;
  }

  export interface TokenizeOptions {
    readonly padding: boolean;
    readonly truncation: boolean;
  }

  export interface Encoded {
    readonly input_ids: Tensor;
    readonly attention_mask: Tensor;
  }

  export interface LoadOptions {
    readonly local_files_only: boolean;
    readonly cache_dir: string;
    readonly revision?: string;
    readonly dtype?: string;
    readonly device?: 'cpu';
  }

  export interface Tokenizer {
    (texts: readonly string[], options: TokenizeOptions & { readonly return_tensor: true }): Encoded;
    (
      texts: readonly string[],
      options: TokenizeOptions & { readonly return_tensor: false },
    ): { readonly input_ids: readonly (readonly number[])[] };
    readonly model_max_length?: number;
  }

  export interface Model {
    (inputs: Encoded): Promise<Readonly<Record<string, Tensor | undefined>>>;
    readonly config: { readonly max_position_embeddings?: number };
  }

  export const AutoTokenizer: { from_pretrained(model: string, options: LoadOptions): Promise<Tokenizer> };
  export const AutoModel: { from_pretrained(model: string, options: LoadOptions): Promise<Model> };
  export const env: {
    allowRemoteModels: boolean;
    localModelPath: string;
    cacheDir: string;
    remoteHost: string;
    logLevel: number;
    fetch: typeof fetch;
  };
}
