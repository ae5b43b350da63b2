/** What Node wrote of each program that a test started (NODE_V8_COVERAGE), back on the lines of the sources. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mergeProcessCovs, type ProcessCov } from '@bcoe/v8-coverage';
import { convert } from 'ast-v8-to-istanbul';
import { parseAstAsync } from 'vitest/node';
import { type Lines, linesOf } from './lines.js';

/** As many at a time as memory is glad of. */
const AT_ONCE = 25;

/** A program that was killed wrote nothing. */
export async function spawnedCoverage(
  folder: string,
  dist: string,
): Promise<{ readonly lines: Lines; readonly programs: number }> {
  let merged: ProcessCov = { result: [] };
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const some = files.slice(i, i + AT_ONCE).map((name) => ours(join(folder, name), dist));
    merged = mergeProcessCovs([merged, ...some]);
  }
  const all: Lines = new Map();
  for (const coverage of merged.result) {
    const path = fileURLToPath(coverage.url);
    if (!existsSync(`${path}.map`)) continue;
    const code = readFileSync(path, 'utf8');
    const map = await convert({
      ast: parseAstAsync(code),
      code,
      coverage,
      sourceMap: JSON.parse(readFileSync(`${path}.map`, 'utf8')),
    });
    for (const [file, lines] of linesOf(map)) all.set(file, lines);
  }
  return { lines: all, programs: files.length };
}

function ours(file: string, dist: string): ProcessCov {
  const { result } = JSON.parse(readFileSync(file, 'utf8')) as ProcessCov;
  return {
    result: result.filter(
      ({ url }) => url.startsWith('file:') && !url.includes('?') && fileURLToPath(url).startsWith(dist + sep),
    ),
  };
}
