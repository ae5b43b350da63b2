/**
 * Counts how many chunks of a repository's Markdown would be embedded again, commit by commit.
 *
 *   npx tsx test/bench/chunk-churn.ts <bundle> [commits] [max_chars] [min_chars]
 *
 * For each of the last first-parent commits: chunk texts that were not among the previous version's
 * chunks of the same document. Prints counts only, no times.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { charParams } from '../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../src/chunking/chunkers.js';
import { codePointLength, normaliseText } from '../../src/domain/text.js';

const [bundle, commits = '300', max = '1200', min = '200'] = process.argv.slice(2);
if (bundle === undefined)
  throw new Error('usage: npx tsx test/bench/chunk-churn.ts <bundle> [commits] [max] [min]');
const params = charParams({ max_chars: Number(max), min_chars: Number(min), overlap_chars: 0 });
const folder = mkdtempSync(join(tmpdir(), 'chunk-churn-'));

function git(...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

const known = new Map<string, readonly string[]>();

/** Front matter stays in: no parser runs here, and it changes no count by more than its own edits. */
function chunksOf(blob: string): readonly string[] {
  if (/^0+$/.test(blob)) return [];
  let texts = known.get(blob);
  if (texts === undefined) {
    const body = normaliseText(git('cat-file', 'blob', blob)).replace(/^---\n[\s\S]*?\n---\n/, '');
    texts = CHUNKERS.markdown.chunk(body, params).map((chunk) => chunk.text);
    known.set(blob, texts);
  }
  return texts;
}

try {
  execFileSync('git', ['clone', '-q', '--bare', '-b', 'main', bundle, folder]);
  const list = git('rev-list', '--first-parent', '-n', String(Number(commits) + 1), 'HEAD')
    .trim()
    .split('\n');
  let files = 0;
  let whole = 0;
  let fresh = 0;
  let characters = 0;
  let largest = 0;
  list.slice(0, -1).forEach((commit, index) => {
    const raw = git('diff-tree', '-r', '--no-renames', '--raw', '--abbrev=40', list[index + 1] ?? '', commit);
    for (const line of raw.split('\n').filter((entry) => entry.endsWith('.md'))) {
      const [, , before = '', after = ''] = line.split(/\s+/);
      const old = new Set(chunksOf(before));
      const now = chunksOf(after);
      const added = [...new Set(now)].filter((text) => !old.has(text));
      files++;
      whole += now.length;
      fresh += added.length;
      for (const text of added) characters += codePointLength(text);
      if (old.size > 0) largest = Math.max(largest, added.length);
    }
  });
  const sizes: number[] = [];
  for (const line of git('ls-tree', '-r', 'HEAD')
    .split('\n')
    .filter((entry) => entry.endsWith('.md'))) {
    for (const text of chunksOf(line.split(/\s+/)[2] ?? '')) sizes.push(codePointLength(text));
  }
  sizes.sort((a, b) => a - b);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const at = (share: number) => sizes[Math.floor((sizes.length - 1) * share)];
  process.stdout.write(
    `${[
      `changed files        ${files}`,
      `chunks of these      ${whole}`,
      `new chunk texts      ${fresh}`,
      `their code points    ${characters}`,
      `most of one edit     ${largest}`,
      `chunks at the end    ${sizes.length}`,
      `sizes 10/50/90/max   ${at(0.1)} ${at(0.5)} ${at(0.9)} ${at(1)}`,
      `mean size            ${Math.round(total / sizes.length)}`,
    ].join('\n')}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
