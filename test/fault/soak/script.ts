/** What happens in a round, drawn beforehand: so that a seed and a number repeat it. */
import type { Random } from './random.js';

/** A place in the life of an apply. `ms`: so long after it. */
export type Moment =
  | { readonly at: 'startup'; readonly ms: number }
  | { readonly at: 'approval'; readonly ms: number }
  | { readonly at: 'any'; readonly ms: number }
  | { readonly at: 'end'; readonly ms: number };

export type Disturbance =
  | { readonly kind: 'sigkill' | 'sigint'; readonly moment: Moment }
  /** The second one comes so many milliseconds after the first. */
  | { readonly kind: 'sigint-twice'; readonly moment: Moment; readonly gap: number }
  /** Chroma is killed while it rewrites a search index, or at a moment; and comes back after `pause`. */
  | { readonly kind: 'server-in-flush'; readonly ms: number; readonly pause: number | 'after the run' }
  | { readonly kind: 'server'; readonly moment: Moment; readonly pause: number | 'after the run' };

export type DisturbanceKind = Disturbance['kind'];

export interface Step {
  /** The share of documents that change before the run; 0 when it only goes on with what is left. */
  readonly change: number;
  readonly disturbance: Disturbance;
}

/** One to three interruptions; one in three rounds kills Chroma in a flush. */
export function drawSteps(random: Random): Step[] {
  const flush = random.chance(1 / 3) ? 1 + random.int(3) : 0;
  return Array.from({ length: random.between(Math.max(1, flush), 3) }, (_, i) => {
    // Enough operations for the search index to be written at least once.
    if (i + 1 === flush) return { change: 0.35, disturbance: inFlush(random) };
    const goesOn = i > 0 && random.chance(0.4);
    return { change: goesOn ? 0 : 0.2, disturbance: draw(random) };
  });
}

function draw(random: Random): Disturbance {
  const moment = drawMoment(random);
  const dice = random.next();
  if (dice < 0.5) return { kind: 'sigkill', moment };
  if (dice < 0.65) return { kind: 'sigint', moment };
  if (dice < 0.8) return { kind: 'sigint-twice', moment, gap: random.int(250) };
  return { kind: 'server', moment, pause: drawPause(random) };
}

function inFlush(random: Random): Disturbance {
  return { kind: 'server-in-flush', ms: random.int(10), pause: drawPause(random) };
}

/** Mostly it is back before the run gives up trying. */
function drawPause(random: Random): number | 'after the run' {
  return random.chance(0.1) ? 'after the run' : random.between(50, 2500);
}

function drawMoment(random: Random): Moment {
  const dice = random.next();
  if (dice < 0.15) return { at: 'startup', ms: random.int(500) };
  if (dice < 0.35) return { at: 'approval', ms: random.int(60) };
  if (dice < 0.65) return { at: 'any', ms: random.between(300, 2200) };
  return { at: 'end', ms: random.int(400) };
}

export function describe({ disturbance }: Step): string {
  const where = disturbance.kind === 'server-in-flush' ? '' : `@${disturbance.moment.at}`;
  return `${disturbance.kind}${where}`;
}
