/**
 * Parses in a thread of its own, one document at a time, within limits: these formats come from anywhere, their
 * libraries recurse and allocate as the document says, and the program must outlive all of them. The thread
 * starts at the first document, is kept for the next, and never keeps the program alive by itself.
 */
import { Worker } from 'node:worker_threads';
import type { ParsedText, Refusal } from '../../../domain/document.js';
import type { IsolatedFormat, WorkerAnswer, WorkerRequest } from './worker-protocol.js';

export interface IsolationLimits {
  /** For one document, from when the thread takes it; generous, because what it refuses stays refused. */
  readonly milliseconds: number;
  readonly heapMegabytes: number;
}

export const LIMITS: IsolationLimits = { milliseconds: 60_000, heapMegabytes: 1_024 };

/** Deep enough for what is below the parsers' own limits of nesting. Megabytes. */
const STACK = 32;

export type ParseIsolated = (
  format: IsolatedFormat,
  input: string | Uint8Array,
) => Promise<ParsedText | Refusal>;

/** The program's own; tests make theirs with other limits. */
export const parseIsolated: ParseIsolated = createIsolation(LIMITS);

export function createIsolation(limits: IsolationLimits): ParseIsolated {
  let thread: Worker | undefined;
  let tail: Promise<unknown> = Promise.resolve();

  async function parse(request: WorkerRequest): Promise<ParsedText | Refusal> {
    thread ??= startThread(limits);
    const worker = thread;
    // Set again only by an answer: after any other end, the next document gets a new thread.
    thread = undefined;
    const result = await answerOf(worker, request, limits);
    if (result.kind !== 'ended') {
      thread = worker;
      worker.unref();
    }
    if (result.kind === 'fault') throw new Error(result.message);
    return result.kind === 'ended' ? result.refusal : result.result;
  }

  return (format, input) => {
    const turn = tail.then(() => parse({ format, input }));
    tail = turn.catch(() => undefined);
    return turn;
  };
}

type Answer = WorkerAnswer | { readonly kind: 'ended'; readonly refusal: Refusal };

function answerOf(worker: Worker, request: WorkerRequest, limits: IsolationLimits): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = (): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    };
    const end = (detail: string): void => {
      settle();
      // An error of a thread that is being ended is no news.
      worker.on('error', () => undefined);
      void worker.terminate();
      resolve({ kind: 'ended', refusal: { code: 'too-complex', detail } });
    };
    const onMessage = (answer: WorkerAnswer | { readonly kind: 'begun' }): void => {
      if (answer.kind === 'begun') {
        const { milliseconds } = limits;
        timer = setTimeout(() => end(`it takes longer than ${milliseconds / 1_000} s to read`), milliseconds);
      } else {
        settle();
        resolve(answer);
      }
    };
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
        end(`it takes more than ${limits.heapMegabytes} MB of memory to read`);
      } else {
        settle();
        reject(error);
      }
    };
    const onExit = (): void => {
      settle();
      reject(new Error('the thread that parses documents ended by itself'));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.ref();
    worker.postMessage(request);
  });
}

function startThread(limits: IsolationLimits): Worker {
  const source = import.meta.url.endsWith('.ts');
  const url = new URL(`./parse-worker.${source ? 'ts' : 'js'}`, import.meta.url).href;
  const load = `import(${JSON.stringify(url)})`;
  // Started by a line of code, because a thread's first module is loaded before TypeScript can be read.
  return new Worker(
    source ? `import('tsx/esm/api').then((tsx) => { tsx.register(); return ${load}; })` : load,
    {
      eval: true,
      execArgv: [],
      env: {},
      // What libraries say goes nowhere: the program's output is its own.
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMegabytes, stackSizeMb: STACK },
    },
  );
}
