#!/usr/bin/env node
// A step of `npm run build`: writes the validators of our own schemas into dist/contracts/, as modules that load
// without ajv's compiler.
import { mkdirSync, writeFileSync } from 'node:fs';
import { schemaAsSource } from '../dist/platform/json-schema.js';
import { compileOptionsOf, OWN_SCHEMAS, readOwnSchema } from '../dist/platform/own-schemas.js';

const target = new URL('../dist/contracts/', import.meta.url);
mkdirSync(target, { recursive: true });
for (const name of Object.keys(OWN_SCHEMAS)) {
  const source = await schemaAsSource(await readOwnSchema(name), compileOptionsOf(name));
  writeFileSync(new URL(`${name}.cjs`, target), source);
}
