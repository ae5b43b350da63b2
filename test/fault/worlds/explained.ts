/** What every failure in a bad world must look like to the person who sees it. */
import { expect } from 'vitest';
import type { CliResult } from '../../support/ingest-cli.js';

const TRACE = /^\s+at .*(?:\(|node:|file:)|Node\.js v\d|UnhandledPromise|Code: [A-Z]+$/m;

/** Nothing that only a developer of the program would understand. */
export function expectNoTrace(result: CliResult): void {
  expect(result.stdout + result.stderr).not.toMatch(TRACE);
  expect(result.stdout + result.stderr).not.toContain('E901');
}

/** A code, where, what and what to do; no stack trace. `says` is looked for with line breaks taken out. */
export function expectExplained(result: CliResult, code: string, says: RegExp, exit = 1): void {
  expect({ code: result.code, stderr: result.stderr }).toEqual({
    code: exit,
    stderr: expect.stringContaining(`Error ${code} `),
  });
  expect(result.stderr.replace(/\s+/g, ' ')).toMatch(says);
  expect(result.stderr).toMatch(/^ {2}do \S/m);
  expectNoTrace(result);
}
