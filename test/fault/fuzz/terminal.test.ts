/** Names, texts, headings and metadata that would drive a terminal: no command prints one of them raw. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CliResult } from '../../support/ingest-cli.js';
import { Project } from '../../support/project.js';
import { ESCAPES, rawIn } from './hostile.js';

let project: Project;

beforeAll(async () => {
  project = new Project(inject('chromaUrl'), true);
  project.manifest({ sources: { docs: ['root: ../docs', 'metadata: { owner: "\\e[31mred\\u202e" }'] } });
  ESCAPES.forEach((control, n) => {
    const name = `${n}-${control.replaceAll('/', '_')}`.slice(0, 60);
    project.doc(
      `${name}.md`,
      `---\ntitle: ${JSON.stringify(control)}\n${JSON.stringify(control)}: x\n---\n# Heading ${control}\n\nGlob text ${control} and more.\n`,
    );
  });
  project.doc('\u001b[2Jbad.md', Buffer.from([0x61, 0xff]));
  project.doc('malformed\u202e.md', '---\n\u001b[31m: [\n---\ntext\n');
});
afterAll(() => project.dispose());

function expectQuiet(args: readonly string[], { stdout, stderr }: CliResult): void {
  expect({ args, stdout: rawIn(stdout), stderr: rawIn(stderr) }).toEqual({
    args,
    stdout: undefined,
    stderr: undefined,
  });
}

const COMMANDS: readonly (readonly string[])[] = [
  ['validate', '--verbose'],
  ['plan', '--verbose', '--out', 'a.plan'],
  ['show', 'a.plan', '--verbose'],
  ['apply', '--auto-approve', '--verbose'],
  ['drift', '--verify', 'content', '--verbose'],
  ['status', '--verbose'],
  ['runs'],
  ['journal', '--text'],
  ['query', 'glob text \u001b[31m'],
  ['plan', '--only', '\u001b]0;x\u0007*'],
  ['show', '\u001b[31mnone.plan'],
  ['plan', '--env', '\u009b31m'],
];

describe('no command prints what drives a terminal', () => {
  it('in text', async () => {
    for (const args of COMMANDS) expectQuiet(args, await project.run(args));
  });

  it('in JSON, which stays JSON with escapes', async () => {
    for (const args of COMMANDS.filter(([name]) => !['journal', 'apply'].includes(name ?? ''))) {
      const result = await project.call([...args, '--json']);
      expectQuiet(args, result);
      for (const value of [result.stdout].filter((text) => text !== ''))
        expect(() => JSON.parse(value)).not.toThrow();
    }
    for (const args of [['journal'], ['apply', '--auto-approve', '--json', '--force', '**']]) {
      const result = await project.call(args);
      expectQuiet(args, result);
      for (const line of result.stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    }
  });
});
