/** Who may import whom, and who owns which library: docs say it, this keeps it so. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** Folders of src that a folder may import, besides itself. `pipeline` is src/pipeline.ts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  // Pure: no IO, so nothing that does any.
  diff: ['domain'],
  chunking: ['domain'],
  report: ['domain'],
  // Each speaks to one kind of outside; what they share is in platform.
  platform: ['domain'],
  desired: ['domain', 'platform'],
  sources: ['domain', 'platform'],
  gate: ['domain', 'platform'],
  recorded: ['domain', 'platform'],
  live: ['domain', 'platform'],
  embedding: ['domain', 'platform'],
  telemetry: ['domain'],
  // Ports only; plan does not know that its plans are executed.
  plan: ['domain', 'diff', 'chunking', 'platform'],
  execute: ['domain', 'diff', 'plan'],
  pipeline: ['domain', 'plan', 'execute'],
  cli: [
    'domain',
    'desired',
    'sources',
    'chunking',
    'gate',
    'recorded',
    'live',
    'embedding',
    'telemetry',
    'plan',
    'execute',
    'report',
    'pipeline',
  ],
  commands: ['domain', 'report', 'cli', 'pipeline'],
};

/** The folders that may import a library. One, but where two use a different part of it. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@huggingface/transformers': ['embedding'],
  '@oclif/core': ['cli', 'commands'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/context-async-hooks': ['telemetry'],
  '@opentelemetry/core': ['telemetry'],
  '@opentelemetry/exporter-metrics-otlp-http': ['telemetry'],
  '@opentelemetry/exporter-metrics-otlp-proto': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-http': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-proto': ['telemetry'],
  '@opentelemetry/resources': ['telemetry'],
  '@opentelemetry/sdk-metrics': ['telemetry'],
  '@opentelemetry/sdk-trace': ['telemetry'],
  '@streamparser/json': ['plan'],
  ajv: ['platform'],
  'ajv-formats': ['platform'],
  'better-sqlite3': ['platform'],
  canonicalize: ['domain'],
  chalk: ['report'],
  chromadb: ['live'],
  diff: ['report'],
  'env-paths': ['cli'],
  'fastest-levenshtein': ['desired'],
  '@aws-sdk/client-s3': ['sources'],
  sax: ['sources'],
  'csv-parse': ['sources'],
  'libphonenumber-js': ['gate'],
  mammoth: ['sources'],
  'markdown-it': ['chunking'],
  '@lezer/common': ['chunking'],
  '@lezer/cpp': ['chunking'],
  '@lezer/go': ['chunking'],
  '@lezer/java': ['chunking'],
  '@lezer/javascript': ['chunking'],
  '@lezer/php': ['chunking'],
  '@lezer/python': ['chunking'],
  '@lezer/rust': ['chunking'],
  '@huggingface/tokenizers': ['chunking'],
  'gpt-tokenizer': ['chunking'],
  pg: ['sources'],
  re2js: ['platform'],
  picomatch: ['plan', 'sources'],
  'rehype-parse': ['sources'],
  'rehype-remark': ['sources'],
  'remark-gfm': ['sources'],
  'remark-stringify': ['sources'],
  'string-width': ['report'],
  // Named in the line that starts the parsing thread from TypeScript sources.
  tsx: ['sources'],
  ulid: ['cli'],
  undici: ['platform'],
  unified: ['sources'],
  unpdf: ['sources'],
  yaml: ['platform'],
};

/** Parts of Node that the folders without IO may use. */
const PURE_BUILTINS: Readonly<Record<string, readonly string[]>> = {
  domain: ['node:crypto', 'node:util'],
  diff: [],
  chunking: [],
  report: [],
  execute: [],
  pipeline: [],
};

/** The only files of plan that touch the disk: saved plans, and temporary tables. */
const PLAN_IO: ReadonlySet<string> = new Set([
  'plan/adopt/their-records.ts',
  'plan/changes-by-content.ts',
  'plan/rebuild/record-spool.ts',
  'plan/saved/load-plan.ts',
  'plan/saved/plan-schema.ts',
  'plan/saved/save-plan.ts',
  'plan/scratch.ts',
]);

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly specifier: string;
  /** Folder of src; undefined for a library or a part of Node. */
  readonly target: string | undefined;
}

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.split(sep).join(posix.sep))
  .sort();
const IMPORTS = FILES.flatMap(importsOf);

function folderOf(file: string): string {
  const slash = file.indexOf('/');
  return slash < 0 ? file.replace(/\.[jt]s$/, '') : file.slice(0, slash);
}

function importsOf(file: string): Import[] {
  const code = withoutComments(readFileSync(join(SRC, file), 'utf8'));
  const patterns = [
    /^\s*(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'/gm,
    /^\s*import\s*'([^']+)'/gm,
    /\b(?:import|require(?:\.resolve)?)\(\s*'([^']+)'\s*\)/g,
  ];
  const found = patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
  return [...new Set(found)].map((specifier) => ({
    file,
    folder: folderOf(file),
    specifier,
    target: specifier.startsWith('.')
      ? folderOf(
          relative(SRC, join(SRC, dirname(file), specifier))
            .split(sep)
            .join(posix.sep),
        )
      : undefined,
  }));
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function shown({ file, specifier }: Import): string {
  return `${file} imports ${specifier}`;
}

describe('the folders of src', () => {
  it('are read by this test: every file has imports that it understands', () => {
    expect(FILES.length).toBeGreaterThan(150);
    const folders = new Set(FILES.map(folderOf));
    expect([...folders].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
    // One that is known to exist, of each form.
    expect(IMPORTS.map(shown)).toContain('pipeline.ts imports ./plan/build-plan.js');
    expect(IMPORTS.map(shown)).toContain('cli/session/session.ts imports ../../live/connect.js');
    expect(IMPORTS.map(shown)).toContain('platform/sqlite.ts imports better-sqlite3');
  });

  it('import only what the layout allows', () => {
    const wrong = IMPORTS.filter(
      ({ folder, target }) =>
        target !== undefined && target !== folder && !MAY_IMPORT[folder]?.includes(target),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  it('have no circle among their values: types may refer to each other, code may not', () => {
    const values = new Map<string, string[]>();
    for (const file of FILES) values.set(file, valueImports(file));
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      if (trail.includes(file) || done.has(file)) return;
      for (const next of values.get(file) ?? []) visit(next, [...trail, file]);
      done.add(file);
    };
    for (const file of FILES) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('leave each library to its owner', () => {
    const wrong = IMPORTS.filter(({ folder, specifier, target }) => {
      if (target !== undefined || isBuiltin(specifier)) return false;
      return !OWNERS[libraryOf(specifier)]?.includes(folder);
    });
    expect(wrong.map(shown)).toEqual([]);
    const used = new Set(
      IMPORTS.filter(({ target, specifier }) => target === undefined && !isBuiltin(specifier)).map(
        ({ specifier }) => libraryOf(specifier),
      ),
    );
    expect([...used].sort()).toEqual(Object.keys(OWNERS).sort());
  });

  it('keep the pure ones pure: no part of Node that reads or writes', () => {
    const wrong = IMPORTS.filter(({ file, folder, specifier }) => {
      if (!isBuiltin(specifier)) return false;
      if (folder === 'plan') return !PLAN_IO.has(file);
      return folder in PURE_BUILTINS && !PURE_BUILTINS[folder]?.includes(specifier);
    });
    expect(wrong.map(shown)).toEqual([]);
    const platform = IMPORTS.filter(
      ({ file, folder, target }) => folder === 'plan' && target === 'platform' && !PLAN_IO.has(file),
    );
    expect(platform.map(shown)).toEqual([]);
  });
});

describe('clock, randomness, process and console', () => {
  const OUTSIDE =
    /\bconsole\b(?!')|\bprocess\.|\bDate\.now\b|\bMath\.random\b|\bperformance\.now\b|\bnew Date\(\)/;
  /** The process that hosts Chroma: a program of its own. */
  const CHILD: ReadonlySet<string> = new Set(
    ['server-child.ts', 'control-server.ts', 'host-chroma.ts'].map((name) => `live/embedded/${name}`),
  );
  /** What the operating system knows of a process, asked for the lease. */
  const PROBE = 'recorded/process-probe.ts';

  it('are passed in everywhere but in cli, commands and the server child', () => {
    const wrong = FILES.filter((file) => {
      if (['cli', 'commands'].includes(folderOf(file)) || CHILD.has(file) || file === PROBE) return false;
      return OUTSIDE.test(withoutComments(readFileSync(join(SRC, file), 'utf8')));
    });
    expect(wrong).toEqual([]);
  });

  it('are hidden behind no import of node:process', () => {
    const found = IMPORTS.filter(({ specifier }) => specifier === 'node:process').map(({ file }) => file);
    expect(found).toEqual([PROBE]);
  });

  it('are used by the server child only in files that the child alone loads', () => {
    const loaders = IMPORTS.filter(
      ({ specifier, file }) =>
        /(control-server|host-chroma|server-child)\.js$/.test(specifier) && !CHILD.has(file),
    );
    expect(loaders.map(shown)).toEqual([]);
  });
});

function libraryOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

/** Files that must be loaded for this one to run: static imports that are not only of types. */
function valueImports(file: string): string[] {
  const code = withoutComments(readFileSync(join(SRC, file), 'utf8'));
  const found: string[] = [];
  for (const match of code.matchAll(/\b(import|export)\s+(?!type\b)([^'";]*?)\bfrom\s*'(\.[^']+)'/g)) {
    const names = /^\s*\{([\s\S]*)\}\s*$/.exec(match[2] ?? '')?.[1]?.split(',') ?? ['value'];
    if (names.every((name) => name.trim() === '' || /^\s*type\s/.test(name))) continue;
    found.push(posix.join(posix.dirname(file), match[3] ?? '').replace(/\.js$/, '.ts'));
  }
  return found;
}
