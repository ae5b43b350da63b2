/** The parsing thread: one request, one answer. Each format's library loads at its first document. */
import { parentPort } from 'node:worker_threads';
import type { ParsedText, Refusal } from '../../../domain/document.js';
import { DocumentFault } from './document-fault.js';
import type { IsolatedFormat, WorkerAnswer, WorkerRequest } from './worker-protocol.js';

type Parse = (input: string | Uint8Array) => Promise<ParsedText | Refusal>;

const LOADERS: Readonly<Record<IsolatedFormat, () => Promise<Parse>>> = {
  html: async () => {
    const { parseHtml } = await import('../html/parse-html.js');
    return async (input) => parseHtml(textOf(input));
  },
  docx: async () => {
    const { parseDocx } = await import('../docx/parse-docx.js');
    return async (input) => parseDocx(bytesOf(input));
  },
  pdf: async () => {
    const { parsePdf } = await import('../pdf/parse-pdf.js');
    return async (input) => parsePdf(bytesOf(input));
  },
};

parentPort?.on('message', (request: WorkerRequest) => {
  void answer(request).then((answered) => parentPort?.postMessage(answered));
});

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  let parse: Parse;
  try {
    parse = await LOADERS[request.format]();
  } catch (error) {
    return { kind: 'fault', message: `the ${request.format} parser cannot be loaded: ${messageOf(error)}` };
  }
  // Loading a library is not the document's time.
  parentPort?.postMessage({ kind: 'begun' });
  try {
    return { kind: 'result', result: await parse(request.input) };
  } catch (error) {
    return { kind: 'result', result: refusalOf(error) };
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof DocumentFault) return error.refusal;
  // A stack that is full, or an array or text longer than there can be.
  if (error instanceof RangeError) {
    return { code: 'too-complex', detail: `nested too deeply or too large to read: ${messageOf(error)}` };
  }
  // A reader that stumbles over what it did not expect speaks of its own variables.
  if (error instanceof TypeError) return { code: 'malformed', detail: 'it cannot be read: it is damaged' };
  return { code: 'malformed', detail: `it cannot be read: ${messageOf(error)}` };
}

/** One line: it is shown in plans. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s+/g, ' ').trim().slice(0, 200);
}

function textOf(input: string | Uint8Array): string {
  return typeof input === 'string' ? input : new TextDecoder().decode(input);
}

function bytesOf(input: string | Uint8Array): Buffer {
  if (typeof input === 'string') return Buffer.from(input);
  return Buffer.from(input.buffer, input.byteOffset, input.byteLength);
}
