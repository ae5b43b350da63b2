/** docs/reference/json-output.md names a schema for what every command prints; each has fixtures that pass and that fail. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { closed, type Json, validator } from '../support/closed-schema.js';
import { documentedOutputs, faultsIn, type SchemaName, undocumented } from '../support/json-outputs.js';

const ROOT = new URL('../../', import.meta.url);
const FIXTURES = new URL('./fixtures/', import.meta.url);
/** Their own tests have fixtures of them. */
const ELSEWHERE: ReadonlySet<string> = new Set(['plan', 'diagnosis', 'run_report', 'smoke_report']);

const read = (url: URL): Json => JSON.parse(readFileSync(url, 'utf8')) as Json;
const schemaOf = (name: SchemaName): Json => read(new URL(`contracts/${name}.schema.json`, ROOT));

describe('docs/reference/json-output.md', () => {
  const commands = readdirSync(fileURLToPath(new URL('src/commands', ROOT)), { recursive: true })
    .map((file) => String(file).replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && file !== 'help.ts')
    .map((file) => file.replace(/(?:\/index)?\.ts$/, '').replace('/', ' '));

  it('names a schema for every command, and for no other', () => {
    expect([...documentedOutputs().keys()].sort()).toEqual(commands.sort());
    for (const [command, schemas] of documentedOutputs()) {
      expect({ command, schemas: schemas.length > 0 }).toEqual({ command, schemas: true });
    }
  });
});

const SCHEMAS: readonly SchemaName[] = [
  ...new Set([...[...documentedOutputs().values()].flat(), 'error' as const]),
].filter((name) => !ELSEWHERE.has(name));

describe.each(SCHEMAS)('contracts/%s.schema.json', (name) => {
  const folder = (kind: 'pass' | 'fail'): URL => new URL(`${name}/${kind}/`, FIXTURES);
  const cases = (kind: 'pass' | 'fail') => readdirSync(folder(kind));
  const open = validator(schemaOf(name));
  // What an event holds is its own affair but for what readers depend on.
  const strict = name === 'events' ? open : validator(closed(schemaOf(name)));

  it.each(cases('pass'))('accepts %s, and describes every key of it', (file) => {
    expect(strict(read(new URL(file, folder('pass'))))).toEqual([]);
  });

  // An event says with its journal_version what it has.
  it.each(name === 'events' ? [] : cases('pass'))('accepts %s with a key of a later version', (file) => {
    const value = read(new URL(file, folder('pass')));
    expect(open({ ...(value as { [key: string]: Json }), added_later: true })).toEqual([]);
  });

  it.each(cases('fail'))('refuses %s', (file) => {
    expect(open(read(new URL(file, folder('fail'))))).not.toEqual([]);
  });
});

describe('what the tests hold a run of the program to', () => {
  const listed = JSON.stringify(read(new URL('batches/pass/landed.json', FIXTURES)));
  const verb = JSON.stringify(read(new URL('report/pass/verb.json', FIXTURES)));
  const failed = JSON.stringify(read(new URL('error/pass/usage.json', FIXTURES)));

  it('is its own schema, or that of errors, value by value', () => {
    expect(undocumented(['replay'], `${listed}\n`)).toEqual([]);
    expect(undocumented(['replay', '9f3c'], `${verb}\n${failed}\n`)).toEqual([]);
    expect(undocumented(['runs'], '')).toEqual([]);
  });

  it.each([
    ['what another command prints', ['runs'], listed],
    ['what is no JSON', ['runs'], 'No run was recorded yet.'],
    ['a good line and then a bad one', ['replay', '9f3c'], `${verb}\n{"type":"verb"}`],
    ['the output of a command that the page does not have', ['guess'], listed],
  ])('is not %s', (_, args, stdout) => {
    expect(undocumented(args, stdout)).not.toEqual([]);
  });

  it('names what is missing', () => {
    expect(faultsIn('batches', {})).toContain(" must have required property 'type'");
  });
});
