/** What the terminal can do, and writing to it: results to stdout, progress and diagnostics to stderr. */
import { createInterface } from 'node:readline/promises';
import type { IngestError } from '../../domain/errors.js';
import { type ColourLevel, colourStyle, type Style } from '../../report/style.js';
import { OutputStream } from './output-stream.js';

const MIN_WIDTH = 60;
const MAX_WIDTH = 100;
/** To the start of the line, and nothing on it. */
const ERASE_LINE = '\r\u001b[2K';
const LINE_UP = '\u001b[1A';

export interface Terminal {
  readonly style: Style;
  /** For stderr, which may be a terminal when stdout is not. */
  readonly errorStyle: Style;
  readonly width: number;
  /** Of stderr as it is now: a progress line that wraps could not be rewritten. */
  readonly progressWidth: number;
  /** Somebody can answer a question. */
  readonly interactive: boolean;
  /** Progress may rewrite its line. */
  readonly live: boolean;
  /** Stops early when nobody reads any more. */
  out(lines: Iterable<string>): Promise<void>;
  /** Nobody reads stdout any more. */
  readonly closed: boolean;
  /** Why stdout lacks something that somebody was to read. */
  readonly failure: IngestError | undefined;
  /** One line at once, without waiting for a slow reader. */
  emit(line: string): void;
  err(lines: Iterable<string>): void;
  /** Rewrites the progress lines in place; none clears them. */
  progress(lines: readonly string[]): void;
  /** Undefined: the question was closed (Ctrl-D) without an answer. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
}

export function openTerminal(env: NodeJS.ProcessEnv): Terminal {
  const live = process.stderr.isTTY === true && env['CI'] === undefined && env['TERM'] !== 'dumb';
  const columns = process.stdout.columns ?? process.stderr.columns ?? Number(env['COLUMNS']);
  const stdout = new OutputStream(process.stdout);
  const stderr = new OutputStream(process.stderr);
  let shown = 0;
  const erasing = (): string => {
    const lines = shown;
    shown = 0;
    return lines === 0 ? '' : ERASE_LINE + (LINE_UP + ERASE_LINE).repeat(lines - 1);
  };
  const clear = (): void => {
    if (shown > 0) void stderr.write(erasing());
  };
  return {
    style: colourStyle(colourLevel(process.stdout, env)),
    errorStyle: colourStyle(colourLevel(process.stderr, env)),
    width: Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columns > 0 ? columns : 80)),
    get progressWidth() {
      // The last column stays free: some terminals wrap when it is filled.
      return (process.stderr.columns ?? 80) - 1;
    },
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    live,
    get closed() {
      return stdout.closed;
    },
    get failure() {
      return stdout.failure;
    },
    async out(lines) {
      clear();
      let block = '';
      for (const line of lines) {
        block += `${line}\n`;
        if (block.length > 32_768) {
          await stdout.write(block);
          block = '';
          if (stdout.closed) return;
        }
      }
      if (block !== '') await stdout.write(block);
    },
    emit(line) {
      void stdout.write(`${line}\n`);
    },
    err(lines) {
      clear();
      for (const line of lines) void stderr.write(`${line}\n`);
    },
    progress(lines) {
      if (!live) return;
      // One write, so that nothing flickers.
      const text = erasing() + lines.join('\n');
      if (text !== '') void stderr.write(text);
      shown = lines.length;
    },
    async ask(question, signal) {
      clear();
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      // readline turns Ctrl-C into its own event; outside it stays the signal that it is.
      lines.on('SIGINT', () => process.emit('SIGINT', 'SIGINT'));
      try {
        return await lines.question(question, { signal });
      } catch (error) {
        if (signal.aborted || (error as NodeJS.ErrnoException).code !== 'ABORT_ERR') throw error;
        void stderr.write('\n');
        return undefined;
      } finally {
        lines.close();
      }
    },
  };
}

function colourLevel(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): ColourLevel {
  const forced = env['FORCE_COLOR'];
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return 0;
  if (forced !== undefined)
    return forced === '0' || forced === 'false' ? 0 : forced === '2' ? 2 : forced === '3' ? 3 : 1;
  if (stream.isTTY !== true || env['TERM'] === 'dumb') return 0;
  return 1;
}
