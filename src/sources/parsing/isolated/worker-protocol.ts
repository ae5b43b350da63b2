/** What the program and its parsing thread say to each other. */
import type { ParsedText, Refusal } from '../../../domain/document.js';

export type IsolatedFormat = 'html' | 'docx' | 'pdf';

export interface WorkerRequest {
  readonly format: IsolatedFormat;
  /** Normalised text, or the bytes of a binary format. */
  readonly input: string | Uint8Array;
}

export type WorkerAnswer =
  | { readonly kind: 'result'; readonly result: ParsedText | Refusal }
  /** Not the document's fault. */
  | { readonly kind: 'fault'; readonly message: string };
