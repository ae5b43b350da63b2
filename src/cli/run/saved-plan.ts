/** Saved plans: written whole or not at all; read, checked, and of the environment that was asked for. */
import { IngestError } from '../../domain/errors.js';
import type { Plan } from '../../domain/plan.js';

export async function openSavedPlan(file: string, environment: string | undefined): Promise<Plan> {
  const { loadPlan } = await import('../../plan/saved/load-plan.js');
  const plan = await loadPlan(file);
  if (environment === undefined || environment === plan.header.environment) return plan;
  plan.close();
  throw new IngestError(
    'E604',
    `${file} was planned for ${plan.header.environment}, not for ${environment}`,
    {
      kind: 'input',
      advice: `Leave out --env, or plan for ${environment}.`,
    },
  );
}

/** A file of lines, whole or not at all; gzipped when its name ends in .gz. @throws IngestError E701 */
export async function writeLines(file: string, lines: Iterable<string>): Promise<void> {
  try {
    await writeSavedPlan(file, lines);
  } catch (error) {
    if (!(error instanceof IngestError) || error.code !== 'E602') throw error;
    throw new IngestError('E701', `${file} cannot be written`, {
      kind: 'world',
      advice: error.advice,
      cause: error.cause ?? error,
    });
  }
}

export async function writeSavedPlan(file: string, text: Iterable<string>): Promise<void> {
  const { savePlan } = await import('../../plan/saved/save-plan.js');
  await savePlan(file, text);
}
