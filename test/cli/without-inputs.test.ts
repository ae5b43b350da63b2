/**
 * A cron job that looks for drift, and whoever is called at night, may sit at a machine that has the manifests and the
 * state, and nothing of what the sources read.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Project } from '../support/project.js';

const chromaUrl = inject('chromaUrl');

describe.skipIf(chromaUrl === '')('where no input of a manifest is there', () => {
  let project: Project;

  beforeAll(async () => {
    project = new Project(chromaUrl, true);
    const sources = {
      docs: ['root: ../docs'],
      tickets: ['type: jsonl', 'path: ../tickets.jsonl', 'key: id', 'text: [body]'],
    };
    project.manifest({ sources });
    project.doc('a.md', '# One\n\nThe first document.\n');
    project.ws.write('tickets.jsonl', '{"id":"7","body":"It rains."}\n');
    await project.apply();
    project.ws.remove('docs');
    project.ws.remove('tickets.jsonl');
  });

  afterAll(() => project.dispose());

  it.each([
    'drift --verify content',
    'status',
    'query rain',
    'check',
    'runs',
    'report',
    'rejects',
    'state list',
    'state show tickets/7',
    'state gc --auto-approve',
  ])('%s answers', async (words) => {
    const result = await project.call(words.split(' '));
    expect(result, result.stderr).toMatchObject({ code: 0 });
    expect(result.stdout).not.toBe('');
  });

  it('plan and apply name every one that is missing, and delete nothing', async () => {
    const before = readFileSync(project.ws.path('state', 'test', 'ingest.db'));
    for (const args of [['plan'], ['apply', '--auto-approve', '--allow-delete', '**']]) {
      const result = await project.call(args);
      expect(result.code).toBe(1);
      expect(result.stderr).toContain('E112 the root ../docs does not exist');
      expect(result.stderr).toContain('E112 the file ../tickets.jsonl does not exist');
    }
    expect(readFileSync(project.ws.path('state', 'test', 'ingest.db')).equals(before)).toBe(true);
    expect(await (await project.collection()).count()).toBe(2);
  });

  it('destroy takes out what the manifest owns', async () => {
    const result = await project.call(['destroy', '--auto-approve']);
    expect(result, result.stderr).toMatchObject({ code: 0 });
  });
});
