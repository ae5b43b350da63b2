/**
 * Progress on stderr: rewritten in place on a terminal, a line now and then in a log. Driven by events alone, so that
 * no timer is left behind; the rate is that of the last half minute.
 */
import type { ProgressEvent } from '../../domain/events.js';
import type { Clock } from '../../domain/ports/clock.js';
import {
  progressUnit,
  renderNote,
  renderProgress,
  renderProgressLine,
} from '../../report/render-progress.js';
import type { Terminal } from './terminal.js';

/** Redrawn at most this often. */
const REDRAW_MS = 100;
const LOG_EVERY_MS = 15_000;
const WINDOW_MS = 30_000;

interface Sample {
  readonly at: number;
  readonly done: number;
}

type ProgressTerminal = Pick<Terminal, 'live' | 'width' | 'progressWidth' | 'progress' | 'err'>;

export class ProgressReporter {
  readonly #terminal: ProgressTerminal;
  readonly #clock: Clock;
  readonly #anchors: (event: ProgressEvent) => string;
  #phase: ProgressEvent['type'] | undefined;
  #samples: Sample[] = [];
  #shownAt = 0;

  /** `anchors`: what a line of a log ends with. */
  constructor(
    terminal: ProgressTerminal,
    clock: Clock,
    anchors: (event: ProgressEvent) => string = () => '',
  ) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#anchors = anchors;
  }

  report(event: ProgressEvent): void {
    const terminal = this.#terminal;
    if (event.type === 'note') {
      terminal.err([`${renderNote(event.message)}${this.#anchors(event)}`]);
      return;
    }
    const now = this.#clock.monotonic();
    // Time counts from the first event of a phase, not from the question that somebody thought about.
    if (event.type !== this.#phase) {
      this.#phase = event.type;
      this.#samples = [];
      this.#shownAt = terminal.live ? Number.NEGATIVE_INFINITY : now;
    }
    const rate = this.#rate({ at: now, done: progressUnit(event).done });
    if (now - this.#shownAt < (terminal.live ? REDRAW_MS : LOG_EVERY_MS)) return;
    this.#shownAt = now;
    if (terminal.live) terminal.progress(renderProgress(event, { rate, width: terminal.progressWidth }));
    else {
      const line = renderProgressLine(event, { rate, width: terminal.width });
      terminal.err([`${line}${this.#anchors(event)}`]);
    }
  }

  /** Over the window and the step that reaches into it: batches may be further apart than the window is long. */
  #rate(sample: Sample): number | undefined {
    const samples = this.#samples;
    const last = samples.at(-1);
    if (last === undefined || sample.done !== last.done) samples.push(sample);
    while (samples.length > 2 && sample.at - (samples[1]?.at ?? 0) >= WINDOW_MS) samples.shift();
    const [first] = samples;
    if (first === undefined || sample.done <= first.done || sample.at <= first.at) return undefined;
    return ((sample.done - first.done) / (sample.at - first.at)) * 1000;
  }
}
