/** A refusal on its way out of a library's callbacks. */
import type { Refusal, RejectCode } from '../../../domain/document.js';

export class DocumentFault extends Error {
  readonly refusal: Refusal;

  constructor(code: RejectCode, detail: string) {
    super(detail);
    this.refusal = { code, detail };
  }
}
