/**
 * A drift report as JUnit XML, which every CI shows as tests: an index is a suite, a class of drift a test that
 * fails when there is some of it, and an index that could not be looked at an error, never a pass.
 */
import type { DriftClass, DriftIndex, DriftReport } from '../../domain/drift-report.js';
import { safe } from '../escape.js';
import { plural } from '../layout.js';

const TESTS = [
  ['collection-missing', 'the collection is there'],
  ['collection-replaced', 'the collection is the one that was applied to'],
  ['not-ours', 'the collection is ours'],
  ['wrong-lineage', 'the collection belongs to this state'],
  ['wrong-recipe', 'its vectors are of the recorded recipe'],
  ['wrong-distance', 'it measures the recorded distance'],
  ['unsearchable', 'search finds what is stored'],
  ['wedged', 'Chroma can read and write it'],
  ['missing', 'no record is missing'],
  ['orphan', 'no record is left over'],
  ['duplicate', 'no record is there twice'],
  ['tampered', 'no record was changed by somebody else'],
] as const satisfies readonly (readonly [DriftClass['class'], string])[];

/** What only a closer look would see: at a lower level that test was not run. */
const NEEDS: Readonly<Partial<Record<DriftClass['class'], readonly string[]>>> = {
  missing: ['ids', 'content'],
  orphan: ['ids', 'content'],
  duplicate: ['ids', 'content'],
  tampered: ['content'],
};

export function* renderDriftJunit(report: DriftReport): Generator<string> {
  const suites = report.indexes.map((index) => ({ index, cases: [...casesOf(index)] }));
  const count = (kind: Case['kind']): number =>
    suites.flatMap(({ cases }) => cases).filter((one) => one.kind === kind).length;
  const tests = suites.reduce((sum, { cases }) => sum + cases.length, 0);
  yield '<?xml version="1.0" encoding="UTF-8"?>';
  yield `<testsuites name="ingest drift" tests="${tests}" failures="${count('failure')}" errors="${count('error')}">`;
  for (const { index, cases } of suites) {
    const of = (kind: Case['kind']): number => cases.filter((one) => one.kind === kind).length;
    const name = xml(`${index.manifest_id} @ ${report.environment}`);
    const counts = `tests="${cases.length}" failures="${of('failure')}" errors="${of('error')}" skipped="${of('skipped')}"`;
    yield `  <testsuite name="${name}" ${counts} timestamp="${xml(report.checked_at)}">`;
    if (index.pinned !== undefined) {
      const generation = `name="pinned_by_rollback_at_generation" value="${index.pinned.generation}"`;
      yield `    <properties><property ${generation}/></properties>`;
    }
    for (const one of cases) yield* caseLines(one, name);
    yield '  </testsuite>';
  }
  yield '</testsuites>';
}

interface Case {
  readonly name: string;
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped';
  readonly type: string;
  readonly message: string;
  readonly detail: readonly string[];
}

function* casesOf(index: DriftIndex): Generator<Case> {
  if (index.error !== null) {
    const { code, message, advice } = index.error;
    yield { name: 'Chroma can be reached', kind: 'error', type: code, message, detail: [advice] };
    return;
  }
  for (const [name, title] of TESTS) {
    const found = index.classes.find((one) => one.class === name);
    const sampled = index.sample !== null && (name === 'orphan' || name === 'duplicate');
    const looked = !sampled && (NEEDS[name]?.includes(index.verify) ?? true);
    if (found !== undefined) {
      const documents = found.documents === 0 ? '' : ` of ${plural(found.documents, 'document')}`;
      yield {
        name: title,
        kind: 'failure',
        type: found.incident,
        message: `${found.class}: ${plural(found.records, 'record')}${documents}${found.detail === null ? '' : ` (${found.detail})`}`,
        detail: found.where.map(({ uri, records, parts }) => {
          const changed = parts === undefined ? '' : ` (${parts.join(', ')})`;
          return `${uri ?? 'no document'}: ${plural(records, 'record')}${changed}`;
        }),
      };
    } else if (looked) {
      yield { name: title, kind: 'passed', type: '', message: '', detail: [] };
    } else {
      const message = sampled
        ? 'not looked at: a sample does not list what live has'
        : `not looked at: the level is ${index.verify}`;
      yield { name: title, kind: 'skipped', type: '', message, detail: [] };
    }
  }
}

function* caseLines({ name, kind, type, message, detail }: Case, suite: string): Generator<string> {
  const open = `    <testcase name="${xml(name)}" classname="${suite}"`;
  if (kind === 'passed') {
    yield `${open}/>`;
    return;
  }
  yield `${open}>`;
  if (kind === 'skipped') yield `      <skipped message="${xml(message)}"/>`;
  else {
    yield `      <${kind} type="${xml(type)}" message="${xml(message)}">${detail.map(xml).join('&#10;')}</${kind}>`;
  }
  yield '    </testcase>';
}

/** XML 1.0 has no form at all for control characters: they are shown as elsewhere. */
function xml(text: string): string {
  return safe(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\ufffe\uffff]/g, '\ufffd');
}
