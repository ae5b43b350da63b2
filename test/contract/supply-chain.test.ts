/** What users install: pinned, under permissive licences, and named completely by `npm run sbom`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = <T>(file: string): T => JSON.parse(readFileSync(`${ROOT}/${file}`, 'utf8')) as T;

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly deprecated?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

const project = read<{
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}>('package.json');
const locked = Object.entries(
  read<{ readonly packages: Readonly<Record<string, Locked>> }>('package-lock.json').packages,
).filter(([path]) => path !== '');
/** By name; with optional ones, without those that only developers install. */
const production = locked
  .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
  .map(([path, found]) => ({ name: path.split('node_modules/').at(-1) ?? path, ...found }));

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Zlib',
  // What `duck` calls the two-clause licence that it comes with.
  'BSD',
]);

it('every dependency is pinned to one version, and what users install to its content', () => {
  const declared = Object.entries({ ...project.dependencies, ...project.devDependencies });
  expect(declared.length).toBeGreaterThan(20);
  // Of what only tests use, a version may be called a beta, and still be one.
  const pinned = /^\d+\.\d+\.\d+(?:-beta\.\d+)?$/;
  expect(declared.filter(([, version]) => !pinned.test(version))).toEqual([]);
  const shipped = Object.entries(project.dependencies);
  expect(shipped.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  expect(production.filter(({ integrity }) => !/^sha512-/.test(integrity ?? ''))).toEqual([]);
  // Their authors gave none of them up, as far as the registry knew when they were locked.
  expect(production.filter(({ deprecated }) => deprecated !== undefined)).toEqual([]);
});

it('every package that users install has a permissive licence', () => {
  expect(production.length).toBeGreaterThan(50);
  // Of `(A OR B)` one may choose, `(A AND B)` holds for different files of a package.
  const choices = (license = ''): string[] => license.replace(/[()]/g, '').split(' OR ');
  const permissive = (choice: string): boolean => choice.split(' AND ').every((one) => PERMISSIVE.has(one));
  const others = production.filter(({ license }) => !choices(license).some(permissive));
  expect(others.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
});

it('npm run sbom prints CycloneDX that names each of them with its version and hash', () => {
  const [command = '', ...args] = (project.scripts['sbom'] ?? '').split(' ');
  expect(command).toBe('npm');
  const windows = process.platform === 'win32';
  const text = execFileSync(windows ? 'npm.cmd' : 'npm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    shell: windows,
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const bill = JSON.parse(text) as {
    readonly bomFormat: string;
    readonly components: readonly {
      readonly name: string;
      readonly version: string;
      readonly hashes?: readonly { readonly alg: string }[];
    }[];
  };
  expect(bill.bomFormat).toBe('CycloneDX');
  const shipped = new Set(
    bill.components
      .filter(({ hashes }) => hashes?.some(({ alg }) => alg === 'SHA-512'))
      .map(({ name, version }) => `${name}@${version}`),
  );
  const missing = production.filter(({ name, version }) => !shipped.has(`${name}@${version}`));
  expect(missing.map(({ name }) => name)).toEqual([]);
});
