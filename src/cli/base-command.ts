/** What every command shares: flags, the terminal, signals, and one place that turns errors into exit codes. */
import { Command, Errors, Flags, type Interfaces } from '@oclif/core';
import { IngestError, ManifestFaults } from '../domain/errors.js';
import type { ProgressEvent } from '../domain/events.js';
import { LeaseHeld } from '../domain/lease-held.js';
import { type Span, type Telemetry, untold } from '../domain/ports/telemetry.js';
import { EXIT } from '../domain/results.js';
import type { Warning } from '../domain/warning.js';
import { safe, safeJson } from '../report/escape.js';
import { renderAnchors } from '../report/render-anchors.js';
import { renderError } from '../report/render-error.js';
import { renderFaults } from '../report/render-faults.js';
import { renderTimings } from '../report/render-timings.js';
import { type Interruption, watchInterruption } from './interruption.js';
import { ProgressReporter } from './output/progress-reporter.js';
import { openTerminal, type Terminal } from './output/terminal.js';
import { folderNeeded } from './session/folder-needed.js';
import { Session } from './session/session.js';
import { LIVE } from './session/state-place.js';
import { systemClock } from './session/system-clock.js';
import { openCommandTelemetry } from './telemetry/command-telemetry.js';
import { MeasuredPhases } from './telemetry/measured-phases.js';
import { traceContextOf } from './telemetry/trace-context.js';

export type CommonFlags = Interfaces.InferredFlags<typeof BaseCommand.baseFlags>;

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    file: Flags.string({
      char: 'f',
      multiple: true,
      // Else it would swallow the argument that follows it, such as a saved plan.
      multipleNonGreedy: true,
      default: ['desired'],
      helpValue: 'PATH',
      description: 'manifest file or folder; may be given more than once',
      helpGroup: 'COMMON',
    }),
    env: Flags.string({
      env: 'INGEST_ENV',
      helpValue: 'NAME',
      description: 'environment; implied when the manifests have only one',
      helpGroup: 'COMMON',
    }),
    state: Flags.string({
      env: 'INGEST_STATE',
      default: 'state',
      helpValue: 'FOLDER',
      description: 'folder of the recorded state; "live" reads it from Chroma instead',
      helpGroup: 'COMMON',
    }),
    json: Flags.boolean({ description: 'machine-readable output', helpGroup: 'COMMON' }),
    quiet: Flags.boolean({ char: 'q', description: 'no progress, no notes', helpGroup: 'COMMON' }),
    verbose: Flags.boolean({ char: 'v', description: 'show everything', helpGroup: 'COMMON' }),
  };

  protected readonly terminal: Terminal = openTerminal(process.env);
  protected readonly clock = systemClock;
  protected interruption: Interruption = watchInterruption();
  /** What it records, or looks up, is not in Chroma: `--state live` is of no use to it. */
  protected readonly needsStateFolder: boolean = false;
  /** With --timings. */
  protected measured: MeasuredPhases | undefined;
  readonly #progress = new ProgressReporter(this.terminal, systemClock, (event) => this.#logged(event));
  readonly #found = traceContextOf(process.env);
  readonly #early: Warning[] = [...this.#found.warnings];
  #telemetry: Telemetry = untold;
  #span: Span | undefined;
  #started = systemClock.monotonic();
  #warned = new Set<string>();
  #flags: Partial<CommonFlags> = {};
  #session: Session | undefined;

  /** Does the work; the number is the exit code. */
  protected abstract execute(): Promise<number>;

  override async run(): Promise<void> {
    this.#started = this.clock.monotonic();
    const { telemetry, close } = await openCommandTelemetry({
      env: process.env,
      trace: this.#found.trace,
      toolVersion: this.config.version,
      clock: this.clock,
      write: (line) => this.terminal.err([line]),
      onWarning: (warning) => this.#early.push(warning),
    });
    this.#telemetry = telemetry;
    let code = await telemetry.span('run', { command: this.id ?? '' }, (span) => this.#traced(span));
    await close();
    this.#tellEarly();
    if (this.terminal.failure !== undefined && GOOD_ENDS.has(code)) {
      code = await this.#explain(this.terminal.failure);
    }
    this.terminal.progress([]);
    if (this.measured !== undefined) {
      this.terminal.err(renderTimings(this.measured.timings(), { style: this.terminal.errorStyle }));
    }
    this.interruption.dispose();
    process.exitCode = code;
  }

  async #traced(span: Span): Promise<number> {
    this.#span = span;
    let code: number;
    try {
      code = await this.execute();
    } catch (error) {
      span.fail(error);
      code = await this.#explain(error);
    }
    try {
      await this.#session?.close();
    } catch (error) {
      span.fail(error);
      const failed = await this.#explain(error);
      if (GOOD_ENDS.has(code)) code = failed;
    }
    span.set({ exit_code: code });
    if (code === EXIT.error) span.fail(undefined);
    return code;
  }

  /** Before the flags are known nobody knows whether they are to be told. */
  #tellEarly(): void {
    for (const warning of this.#early.splice(0)) this.warnOnce(warning);
  }

  /** Called with the parsed flags before anything is opened. */
  protected openSession(
    flags: CommonFlags & { readonly timings?: boolean; readonly 'what-if'?: string[] | undefined },
  ): Session {
    this.#flags = flags;
    // Always measured, for the report of a run; with --timings it is printed as well.
    const stopwatch = new MeasuredPhases(this.clock, this.#started);
    if (flags.timings === true) this.measured = stopwatch;
    if (flags.state === LIVE && this.needsStateFolder) throw folderNeeded((this.id ?? '').replace(':', ' '));
    this.#session = new Session({
      stateRoot: flags.state,
      desiredPaths: flags.file,
      environment: flags.env,
      overrides: flags['what-if'],
      env: process.env,
      cwd: workingFolder(),
      clock: this.clock,
      signal: this.interruption.signal,
      giveUp: this.interruption.giveUp,
      toolVersion: this.config.version,
      trace: this.#found.trace,
      telemetry: this.#telemetry,
      onRun: (run_id, environment) => this.#span?.set({ run_id, environment }),
      onExecute: () =>
        this.interruption.finishRequests(() =>
          this.terminal.err(['Finishing the batch in flight. Ctrl-C again stops now; that is safe too.']),
        ),
      onProgress: (event) => this.onProgress(event),
      onWarning: (warning) => this.warnOnce(warning),
      stopwatch,
    });
    this.#tellEarly();
    return this.#session;
  }

  /** Of a line that a log keeps: which run and which trace it is of. Somebody who looks on knows it. */
  #logged(event?: ProgressEvent): string {
    const { trace } = this.#found;
    const runId = this.#session?.runId;
    if (this.terminal.live || (runId === undefined && trace.parentId === undefined)) return '';
    return renderAnchors({
      run_id: runId,
      trace_id: trace.traceId,
      ...(event?.type === 'apply' ? { manifest_id: event.manifest_id, batch_id: event.batch_id } : {}),
    });
  }

  protected onProgress(event: ProgressEvent): void {
    if (this.#flags.quiet !== true) this.#progress.report(event);
  }

  protected warnOnce(warning: Warning): void {
    const id = `${warning.key} ${warning.message}`;
    if (this.#flags.quiet === true || this.#warned.has(id)) return;
    this.#warned.add(id);
    const detail = warning.detail === null ? '' : ` (${safe(warning.detail)})`;
    const text = `${safe(warning.message)}${detail}${this.#logged()}`;
    this.terminal.err([`${this.terminal.errorStyle.yellow('Warning')}   ${text}`]);
  }

  /** Says what went wrong, in the form that was asked for, and decides the exit code with it. */
  async #explain(error: unknown): Promise<number> {
    const code = exitCodeOf(error, this.interruption);
    const { errorStyle: style, width } = this.terminal;
    const anchors = { run_id: this.#session?.runId ?? null, trace_id: this.#found.trace.traceId };
    if (this.argv.includes('--json'))
      await this.terminal.out([
        safeJson({ ...errorJson(error, code, this.interruption.signal), ...anchors }),
      ]);
    if (code === EXIT.interrupted) this.terminal.err([style.bold('Interrupted (exit 130)')]);
    else if (error instanceof ManifestFaults) this.terminal.err(renderFaults(error, { style, width }));
    else {
      const verbose = this.argv.includes('--verbose') || this.argv.includes('-v');
      this.terminal.err(renderError(asIngestError(error), { style, width, verbose }));
    }
    const logged = this.#logged().trim();
    if (logged !== '') this.terminal.err([`  ${style.dim(logged)}`]);
    return code;
  }
}

/** @throws IngestError E702 when it was deleted: relative paths lead nowhere then */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new IngestError('E702', 'the current folder does not exist any more', {
      kind: 'world',
      advice: 'Change to the folder of the project and run the command there.',
      cause,
    });
  }
}

/** What a failure at the very end outranks. */
const GOOD_ENDS: ReadonlySet<number> = new Set([EXIT.ok, EXIT.changes, EXIT.partial]);

function exitCodeOf(error: unknown, interruption: Interruption): number {
  if (interruption.interrupted) return EXIT.interrupted;
  if (error instanceof LeaseHeld) return EXIT.locked;
  if (error instanceof IngestError && (error.code === 'E601' || error.code === 'E607')) return EXIT.stale;
  return EXIT.error;
}

/** oclif's own usage errors get our form; its exit code 2 would mean "there are changes". */
function asIngestError(error: unknown): unknown {
  if (!(error instanceof Errors.CLIError)) return error;
  // The name of a missing argument is on the second line; notes and the pointer to --help say less.
  const lines = error.message.split('\n').filter((line) => !/^(Note:|See more help)/.test(line));
  return new IngestError('E606', lines.join(' ').replace(/\s+/g, ' ').trim(), {
    kind: 'input',
    advice: 'See the flags with --help.',
  });
}

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}

function errorJson(error: unknown, code: number, signal: AbortSignal): object {
  const outcome =
    code === EXIT.locked
      ? 'locked'
      : code === EXIT.stale
        ? 'stale'
        : code === EXIT.interrupted
          ? 'interrupted'
          : 'error';
  // Whatever it was that noticed the signal, what happened is the signal: its name, as an apply gives it.
  if (outcome === 'interrupted') return { type: 'error', outcome, reason: reasonOf(signal) };
  if (error instanceof ManifestFaults) return { type: 'error', outcome, faults: error.faults };
  const known = asIngestError(error);
  if (known instanceof LeaseHeld) {
    const { code: id, message, advice, holder } = known;
    return {
      type: 'result',
      outcome,
      reason: `${id} ${message}`,
      error: { code: id, message, advice },
      holder,
    };
  }
  if (known instanceof IngestError) {
    return {
      type: 'error',
      outcome,
      reason: `${known.code} ${known.message}`,
      error: { code: known.code, message: known.message, advice: known.advice },
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'error', outcome, reason: `E901 ${message}`, error: { code: 'E901', message } };
}
