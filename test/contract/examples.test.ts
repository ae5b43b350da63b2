/** What help and docs tell people to type is taken by the command as it stands: flags, values and arguments exist. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Command, Parser } from '@oclif/core';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMANDS = join(ROOT, 'src/commands');

type CommandClass = typeof Command & { readonly default?: undefined };

const files = readdirSync(COMMANDS, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);
const commands = new Map<string, CommandClass>(
  await Promise.all(
    files.map(async (file): Promise<[string, CommandClass]> => {
      const module = (await import(pathToFileURL(join(COMMANDS, file)).href)) as { default: CommandClass };
      // `rejects/index.ts` is `ingest rejects` itself.
      return [
        relative('.', file)
          .split(sep)
          .join(' ')
          .replace(/(?: index)?\.ts$/, ''),
        module.default,
      ];
    }),
  ),
);

/** Words as a shell splits them: quotes of both kinds, no variables. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

/** The command of a line that begins with `ingest`, and the words behind it. */
function commandOf(line: string): { readonly found: CommandClass; readonly rest: string[] } {
  const [first = '', second = '', ...rest] = words(line).slice(1);
  const two = commands.get(`${first} ${second}`);
  if (two !== undefined) return { found: two, rest };
  const one = commands.get(first);
  if (one === undefined) throw new Error(`no command in: ${line}`);
  return { found: one, rest: words(line).slice(2) };
}

/** Throws what the command itself would throw. */
async function parse(line: string): Promise<void> {
  const { found, rest } = commandOf(line);
  await Parser.parse(rest, {
    args: found.args,
    flags: { ...found.baseFlags, ...found.flags },
    strict: found.strict,
  });
}

const plain = (example: unknown): string => String(example).replace('<%= config.bin %>', 'ingest');

describe.each([...commands])('ingest %s', (name, command) => {
  it('says in one line what it does, more below, and how it is used', () => {
    expect(command.summary?.length).toBeLessThanOrEqual(90);
    expect(command.summary).toMatch(/\.$|\?/);
    expect(command.description?.length).toBeGreaterThan(20);
    expect(command.examples?.length).toBeGreaterThan(0);
    for (const [flag, { description }] of Object.entries({ ...command.baseFlags, ...command.flags })) {
      expect(description, `--${flag}`).toMatch(/\S/);
    }
  });

  it('has examples that it takes', async () => {
    for (const example of command.examples ?? []) {
      expect(plain(example)).toMatch(new RegExp(`^ingest ${name}(?: |$)`));
      await parse(plain(example));
    }
  });
});

/** Blocks of shell in the docs; `$NAME` stands for a word. */
const shown = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
]
  .filter((name) => name.endsWith('.md'))
  .flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```(?:sh|console|bash)\n([\s\S]*?)^```/gm)].flatMap(
      ([, block]) =>
        (block ?? '')
          .split('\n')
          .map((line) => line.replace(/^\$ /, '').replace(/\s+#.*$|\s+[|>].*$/, ''))
          .filter((line) => /^ingest /.test(line))
          .map((line) => [page, line] as const),
    ),
  );

it('the docs show commands to type', () => {
  expect(shown.length).toBeGreaterThan(30);
});

it.each(shown)('%s: %s', async (_page, line) => {
  if (/^ingest autocomplete\b/.test(line)) return;
  await parse(line);
});

it('a flag or a command that does not exist is noticed by these tests', async () => {
  await expect(parse('ingest plan --no-such-flag')).rejects.toThrow(/no-such-flag/);
  await expect(parse('ingest plan --verify deep')).rejects.toThrow(/deep/);
  await expect(parse('ingest show')).rejects.toThrow(/plan/);
  await expect(parse('ingest aply')).rejects.toThrow(/no command/);
});
