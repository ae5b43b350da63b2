/**
 * Most tests call the program in their own process (test/support/called-cli.ts). That stands for a process as long as
 * both answer alike, whatever the outcome: so each step here is done by both, side by side.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CliResult } from '../support/ingest-cli.js';
import { Project } from '../support/project.js';

const chromaUrl = inject('chromaUrl');

interface Step {
  readonly args: string;
  readonly code: number;
  /** What happens to both workspaces before. */
  readonly prepare?: (project: Project) => Promise<void> | void;
  readonly env?: Readonly<Record<string, string>>;
}

const STEPS: readonly Step[] = [
  { args: 'validate', code: 0 },
  { args: 'plan --no-such-flag', code: 1 },
  { args: 'plan --detailed-exitcode', code: 2 },
  { args: 'apply', code: 1 },
  { args: 'plan', code: 1, env: { CHROMA_URL: '' } },
  { args: 'apply --auto-approve --json', code: 0 },
  {
    args: 'drift',
    code: 2,
    prepare: async (project) =>
      (await project.collection()).delete({ where: { ingest_uri: 'docs/doc-001.md' } }),
  },
  { args: 'plan --json --out repair.plan', code: 0 },
  {
    args: 'apply repair.plan',
    code: 3,
    prepare: (project) => project.doc('doc-001.md', '# Edited\n\nAfter the plan.\n'),
  },
  {
    args: 'apply --auto-approve',
    code: 5,
    prepare: (project) => project.doc('refused.json', '{ "this": is no JSON'),
  },
  { args: 'status --json', code: 0 },
  { args: 'journal', code: 0 },
  { args: 'report --format markdown', code: 0 },
  { args: 'query edited', code: 0, env: { FORCE_COLOR: '1' } },
];

describe.skipIf(chromaUrl === '')('a called program', () => {
  const started = new Project(chromaUrl);
  const called = new Project(chromaUrl);

  beforeAll(() => {
    for (const project of [started, called]) {
      project.manifest();
      project.docs(3);
    }
  });
  afterAll(() => Promise.all([started.dispose(), called.dispose()]));

  it.each(STEPS)('answers `$args` as a started one does, with exit $code', async (step) => {
    for (const project of [started, called]) await step.prepare?.(project);
    const args = step.args.split(' ');
    const options = { env: step.env ?? {} };
    const [wanted, found] = await Promise.all([started.run(args, options), called.call(args, options)]);
    expect(wanted.code, wanted.stdout + wanted.stderr).toBe(step.code);
    expect(comparable(found, called)).toEqual(comparable(wanted, started));
  });

  it('leaves folder, environment, outputs and exit code as they were, also when it throws', async () => {
    const seen = () => [process.cwd(), { ...process.env }, process.stdout, process.stderr, process.exitCode];
    const before = seen();
    expect((await called.call(['show'], { env: { TMPDIR: '/nowhere' } })).code).toBe(1);
    await expect(called.call(['no-such-command'])).rejects.toThrow('not found');
    expect(seen()).toEqual(before);
  });
});

/** Without what differs between any two runs: ids, hashes, times, records that were sampled, the workspace and its collection. */
function comparable({ code, stdout, stderr }: CliResult, { name, ws }: Project): object {
  const plain = (text: string): string =>
    text
      .replaceAll(ws.root, 'ROOT')
      .replaceAll(name, 'NAME')
      .replaceAll(/\b01[0-9A-HJKMNP-TV-Z]{6,24}\b|\b[0-9a-f]{8,64}\b(-[0-9a-f]{4,12})*/g, 'ID')
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?/g, 'TIME')
      .replaceAll(/\b\d+(\.\d+)? ?(ms|s)\b|("\w*(_ms|pid|at|asked|passed)":)\d+(\.\d+)?/g, '$3N')
      .replaceAll(/canaries \d+ of \d+/g, 'canaries N');
  return { code, stdout: plain(stdout), stderr: plain(stderr) };
}
