/** One cell: a fault strikes a run and then its re-run, something comes in between, and all must be well in the end. */
import type { ChromaUnderTest } from '../../support/chroma-under-test.js';
import type { Step } from '../../support/intercepted-session.js';
import { type Seen, seenIn } from '../../support/promises.js';
import { BATCH_CONFIRMED, type Boundary } from './boundaries.js';
import { judgeConverged } from './converged.js';
import { BEFORE, type Column, type Declared, FAULTED } from './corpus.js';
import type { FaultName } from './faults.js';
import { type Built, World } from './world.js';

export interface Cell {
  readonly boundary: Boundary;
  readonly fault: FaultName;
  readonly column: Column;
  /** Which call of the boundary it strikes in the first run, from 1. */
  readonly at: number;
}

export interface CellResult {
  readonly cell: Cell;
  /** 0, 1 or 2 of the two runs. */
  readonly struck: number;
  readonly violations: readonly string[];
  readonly ms: number;
}

interface Fresh {
  readonly records: readonly Seen[];
  readonly built: Built;
}

/** Runs cells against one Chroma; fresh builds are made once for each declaration. */
export class Matrix {
  readonly #chroma: ChromaUnderTest;
  readonly #fresh = new Map<string, Promise<Fresh>>();
  readonly #calls = new Map<string, Promise<readonly Step[]>>();

  constructor(chroma: ChromaUnderTest) {
    this.#chroma = chroma;
  }

  /** How many calls of a boundary a first run comes to, when nothing strikes. */
  async callsOf(boundary: Boundary): Promise<number> {
    let steps = this.#calls.get(boundary.after);
    if (steps === undefined) {
      steps = this.#steps(boundary.after);
      this.#calls.set(boundary.after, steps);
    }
    return (await steps).filter((step) => boundary.is(step)).length;
  }

  async run(cell: Cell): Promise<CellResult> {
    const started = performance.now();
    const world = await this.#world(cell.boundary.after);
    try {
      const struck =
        cell.fault === 'asleep, taken over' ? await asleep(world, cell) : await awake(world, cell);
      // Only a request that was still on its way can have undone what the last run did.
      if (world.disturbed) await world.clean();
      const { records } = await this.#freshOf(world.declared);
      const violations = [...world.violations, ...(await judgeConverged(world, records))];
      await world.drop();
      return { cell, struck, violations: [...new Set(violations)], ms: performance.now() - started };
    } finally {
      world.dispose();
    }
  }

  async #world(after: Boundary['after']): Promise<World> {
    const builtOf = async (declared: Declared): Promise<Built> => (await this.#freshOf(declared)).built;
    const world = new World(this.#chroma, FAULTED, builtOf);
    if (after !== 'nothing') {
      await world.declare(BEFORE);
      await world.clean();
    }
    if (after === 'a changed distance' || after === 'an abandoned replacement') {
      await world.addForeign();
      await world.declare({ ...BEFORE, space: 'l2' });
      if (after === 'a changed distance') await world.clean();
      else await world.begun(BATCH_CONFIRMED);
    }
    await world.declare(FAULTED);
    if (world.beside) world.keepState();
    return world;
  }

  async #steps(after: Boundary['after']): Promise<readonly Step[]> {
    const world = await this.#world(after);
    try {
      return await world.cleanSteps();
    } finally {
      await world.drop();
      world.dispose();
    }
  }

  #freshOf(declared: Declared): Promise<Fresh> {
    const key = JSON.stringify(declared);
    let fresh = this.#fresh.get(key);
    if (fresh === undefined) {
      fresh = this.#build(declared);
      this.#fresh.set(key, fresh);
    }
    return fresh;
  }

  async #build(declared: Declared): Promise<Fresh> {
    const world = new World(this.#chroma, declared, async () => new Map());
    world.disturbed = true;
    try {
      await world.declare(declared);
      await world.clean();
      if (world.violations.length > 0) throw new Error(world.violations.join('; '));
      const records = await seenIn(this.#chroma.database, world.collection);
      const built = new Map<string, Set<string>>();
      for (const { id, metadata } of records) {
        const uri = String(metadata['ingest_uri']);
        const ids = built.get(uri) ?? new Set();
        built.set(uri, ids.add(id));
      }
      return { records, built };
    } finally {
      await this.#chroma.drop(world.collection);
      world.dispose();
    }
  }
}

/** What is late of a run arrives when the next one is over. */
async function awake(world: World, { boundary, fault, column, at }: Cell): Promise<number> {
  const meanwhile = async (): Promise<void> => {};
  const first = await world.faulty({ boundary, fault, at, meanwhile });
  await world.happen(column);
  const onTheirWay = world.late.length;
  const second = await world.faulty({ boundary, fault, at: 1, meanwhile });
  for (let i = 0; i < onTheirWay; i++) await world.land();
  await world.clean();
  while (world.late.length > 0) await world.land();
  return Number(first) + Number(second);
}

/** The next run happens while the first one sleeps, and the clean one while that one does. */
async function asleep(world: World, { boundary, fault, column, at }: Cell): Promise<number> {
  let second = false;
  const first = await world.faulty({
    boundary,
    fault,
    at,
    meanwhile: async () => {
      await world.happen(column);
      second = await world.faulty({ boundary, fault, at: 1, meanwhile: () => world.clean() });
      if (!second) await world.clean();
    },
  });
  return Number(first) + Number(second);
}
