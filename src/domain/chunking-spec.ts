/** How texts are cut, as a manifest declares it. */

/** How a text is cut. */
export type ChunkStrategy = DeclaredStrategy | 'rows' | 'utterances';

/** What a manifest may choose; `auto` there leaves the choice to the parser of each document. */
export type DeclaredStrategy = 'markdown' | 'text' | 'code' | 'whole';

/** Strategy, and sizes in one of two units. */
export type ChunkingSpec = { readonly strategy: 'auto' | DeclaredStrategy } & (CharSizes | TokenSizes);

/** In characters (code points). */
export interface CharSizes {
  readonly max_chars: number;
  readonly min_chars: number;
  readonly overlap_chars: number;
}

/** In tokens of a declared tokenizer. */
export interface TokenSizes {
  readonly max_tokens: number;
  readonly min_tokens: number;
  readonly overlap_tokens: number;
  readonly tokenizer: TokenizerSpec;
}

export type TokenEncoding = 'o200k_base' | 'cl100k_base';

export type TokenizerSpec =
  | { readonly kind: 'encoding'; readonly name: TokenEncoding }
  /** A Hugging Face tokenizer.json; absolute path. */
  | { readonly kind: 'file'; readonly file: string };
