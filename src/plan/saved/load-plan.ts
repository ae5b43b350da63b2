/** Reads a saved plan, streaming: changes go to scratch, headers stay in memory. Offline. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { JSONParser } from '@streamparser/json';
import { IngestError } from '../../domain/errors.js';
import { type Change, type IndexHeader, PLAN_MAJOR, type Plan, type PlanHeader } from '../../domain/plan.js';
import type { CompiledSchema } from '../../platform/json-schema.js';
import { ownSchema } from '../../platform/own-schemas.js';
import { Scratch } from '../scratch.js';
import { computePlanId } from './plan-id.js';

const MAX_HEADER_BYTES = 64 * 1024 * 1024;

/** @throws IngestError E602 when it cannot be read, is not a plan, of a newer major, or was altered */
export async function loadPlan(file: string): Promise<Plan> {
  const scratch = new Scratch();
  try {
    const { header, indexes } = await readPlan(file, scratch);
    const plan: Plan = {
      header,
      indexes: indexes.map((index, position) => ({
        header: index,
        changes: () => scratch.changes(keyOf(position)),
      })),
      close: () => scratch.close(),
    };
    refuseAltered(file, plan);
    return plan;
  } catch (error) {
    scratch.close();
    if (error instanceof IngestError) throw error;
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
}

/** Changes of the n-th index, under a key that no manifest_id has. */
function keyOf(position: number): string {
  return `#${position}`;
}

async function readPlan(
  file: string,
  scratch: Scratch,
): Promise<{ header: PlanHeader; indexes: IndexHeader[] }> {
  const [wholePlan, oneChange] = await Promise.all([ownSchema('plan'), ownSchema('plan-change')]);
  const parser = new JSONParser({ keepStack: false });
  let position = 0;
  let root: Record<string, unknown> | undefined;
  let failure: Error | undefined;
  parser.onValue = ({ value, key, parent, stack }) => {
    const depth = stack.length;
    // $.indexes[i].changes[j]: taken out as it arrives, so that a million changes cost no memory.
    if (depth === 4 && stack[1]?.key === 'indexes' && stack[3]?.key === 'changes') {
      const fault = faultIn(oneChange, value);
      if (fault !== undefined) failure ??= new Error(`a change of ${position + 1}. index: ${fault}`);
      else scratch.putChange(keyOf(position), value as unknown as Change);
      if (Array.isArray(parent)) parent.pop();
      else if (parent !== undefined && typeof key === 'string')
        delete (parent as Record<string, unknown>)[key];
    }
    if (depth === 2 && stack[1]?.key === 'indexes') position++;
    if (depth === 0) root = value as unknown as Record<string, unknown>;
  };
  parser.onError = (error) => {
    failure ??= error;
  };
  const raw = createReadStream(file);
  const input: Readable = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  // pipe does not forward errors of the file itself.
  raw.on('error', (error) => input.destroy(error));
  for await (const block of input) {
    parser.write(block as Buffer);
    if (failure !== undefined) throw failure;
  }
  if (root === undefined) throw new Error('the file ends before the plan does');
  return shapeOf(file, root, wholePlan);
}

function shapeOf(
  file: string,
  root: Record<string, unknown>,
  schema: CompiledSchema,
): { header: PlanHeader; indexes: IndexHeader[] } {
  const version = root['format_version'];
  if (typeof version !== 'string') throw unreadable(file, 'it has no format_version', undefined);
  const major = Number(version.split('.')[0]);
  if (major !== PLAN_MAJOR) {
    throw new IngestError(
      'E602',
      `${file} is a plan of format ${version}; this version reads ${PLAN_MAJOR}.x`,
      {
        kind: 'input',
        advice: 'Plan again with this version of ingest, or apply with the version that planned.',
      },
    );
  }
  const fault = faultIn(schema, root);
  if (fault !== undefined) throw unreadable(file, fault, undefined);
  const { indexes, ...header } = root;
  if (JSON.stringify(header).length > MAX_HEADER_BYTES)
    throw unreadable(file, 'its header is too large', undefined);
  return { header: header as unknown as PlanHeader, indexes: indexes as unknown as IndexHeader[] };
}

/** The id is the hash of what the plan says: a plan that was edited does not match its own. */
function refuseAltered(file: string, plan: Plan): void {
  const shas = new Map(plan.header.base.manifests.map((manifest) => [manifest.manifest_id, manifest.sha256]));
  const computed = computePlanId(
    plan.header.environment,
    plan.indexes.map((index) => ({
      manifest_id: index.header.manifest_id,
      sha256: shas.get(index.header.manifest_id) ?? '',
      collection: index.header.collection,
      index_actions: index.header.index_actions,
      changes: () => index.changes(),
    })),
  );
  if (computed === plan.header.plan_id) return;
  throw new IngestError('E602', `${file} was altered: its content does not match its plan_id`, {
    kind: 'input',
    advice: 'Plan again; a plan is not to be edited by hand.',
  });
}

function unreadable(file: string, why: string, cause: unknown): IngestError {
  return new IngestError('E602', `${file} cannot be read as a plan: ${why}`, {
    kind: 'input',
    advice: 'Write one with `ingest plan --out FILE`.',
    cause,
  });
}

/** `/indexes/0/live must be object`; undefined when there is nothing wrong. */
function faultIn(schema: CompiledSchema, value: unknown): string | undefined {
  const [fault] = schema.validate(value);
  return fault === undefined ? undefined : `${fault.instancePath || 'it'} ${fault.message}`;
}
