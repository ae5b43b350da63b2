/** What a reader copies from the last line must be a command. */
import { expect, it } from 'vitest';
import { nextCommand } from '../../../src/cli/next-command.js';

const FLAGS = {
  file: ['desired'],
  state: 'state',
  json: false,
  quiet: false,
  verbose: false,
  env: undefined,
};

it.each([
  ['apply', [], 'ingest apply --env prod'],
  ['rejects', ['retry', 'docs/a b.md'], "ingest rejects retry --env prod 'docs/a b.md'"],
  ['rejects', ['--verdict', 'quarantine'], 'ingest rejects --env prod --verdict quarantine'],
  ['rejects show', ['docs/a.md'], 'ingest rejects show --env prod docs/a.md'],
  ['diagnose', ['state'], 'ingest diagnose --env prod state'],
] as const)('%s %j', (command, more, expected) => {
  expect(nextCommand(command, 'prod', FLAGS, more)).toBe(expected);
});
