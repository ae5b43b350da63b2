/** What `plan`, `apply` and `drift` do, on a clock or a state of the test's own. The program as it is built: called-cli.ts. */
import { runApply } from '../../src/cli/run/run-apply.js';
import { Session } from '../../src/cli/session/session.js';
import type { DriftReport } from '../../src/domain/drift-report.js';
import { DEFAULT_PLAN_OPTIONS, type PlanOptions } from '../../src/domain/plan.js';
import type { Clock } from '../../src/domain/ports/clock.js';
import type { ApplyResult } from '../../src/domain/results.js';
import { drift, plan } from '../../src/pipeline.js';
import { planJson } from '../../src/report/plan-json.js';
import { inheritedEnv } from './ingest-cli.js';
import { realClock } from './real-clock.js';

export interface Project {
  /** The folder that holds `desired/` and `state/`. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly state?: string;
  /** Default: the system's. */
  readonly clock?: Clock;
}

type DriftOptions = Parameters<typeof drift>[2];

/** The plan as `plan --json` prints it, parsed. */
export function planIn<T>(project: Project, options: Partial<PlanOptions> = {}): Promise<T> {
  return inSession(project, async (session) => {
    const desired = await session.loadDesired(lookedAt(options));
    const state = await session.openReader(desired.environment);
    const holder = await session.livingHolder(desired.environment, state);
    const ports = await session.planningPorts(desired.environment, state, holder?.fence);
    const found = await plan(ports, desired, { ...DEFAULT_PLAN_OPTIONS, ...options });
    try {
      return JSON.parse([...planJson(found)].join('\n')) as T;
    } finally {
      found.close();
    }
  });
}

/** The result as the last line of `apply --auto-approve --json`. */
export function applyIn(project: Project, options: Partial<PlanOptions> = {}): Promise<ApplyResult> {
  return inSession(project, async (session) => {
    const answer = await runApply(session, {
      desired: await session.loadDesired(lookedAt(options)),
      options: { ...DEFAULT_PLAN_OPTIONS, ...options },
      saved: undefined,
      fsync: 'doc',
      command: 'apply',
      approve: async () => true,
    });
    if (answer.kind !== 'result') throw new Error(`apply ended as ${answer.kind}`);
    return answer.result;
  });
}

/** The report as `drift --json` prints it. */
export function driftIn(project: Project, options: Partial<DriftOptions> = {}): Promise<DriftReport> {
  return inSession(project, async (session) => {
    const desired = await session.loadDesired();
    const state = await session.openReader(desired.environment);
    const ports = await session.planningPorts(desired.environment, state, undefined);
    return drift(ports, desired, { verify: 'counts', ...options });
  });
}

/** As the verbs do it: a replay needs no source. */
const lookedAt = ({ input }: Partial<PlanOptions>) => ({ inputs: input?.verb !== 'replay' });

async function inSession<T>(project: Project, use: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session({
    stateRoot: project.state ?? 'state',
    desiredPaths: ['desired'],
    environment: undefined,
    env: { ...inheritedEnv(), ...project.env },
    cwd: project.root,
    clock: project.clock ?? realClock(),
    signal: new AbortController().signal,
    toolVersion: 'test',
    onProgress: () => {},
    onWarning: () => {},
  });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
