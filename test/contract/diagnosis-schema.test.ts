/** contracts/diagnosis.schema.json says what `diagnose --json` prints; the command's own tests are judged by it too. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';

const SCHEMA = new URL('../../contracts/diagnosis.schema.json', import.meta.url);
const FIXTURES = new URL('./fixtures/diagnosis/', import.meta.url);

const read = (url: URL): unknown => JSON.parse(readFileSync(url, 'utf8'));
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false });
const validate = ajv.compile(read(SCHEMA) as object);

function judge(folder: 'pass' | 'fail', name: string): string[] {
  validate(read(new URL(`${folder}/${name}`, FIXTURES)));
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

it.each(readdirSync(new URL('pass/', FIXTURES)))('accepts %s', (name) => {
  expect(judge('pass', name)).toEqual([]);
});

it.each(readdirSync(new URL('fail/', FIXTURES)))('refuses %s', (name) => {
  expect(judge('fail', name)).not.toEqual([]);
});
