/**
 * How many chunks of real documents are embedded again, commit by commit: the program's splitter against LangChain's at
 * the same size, and the floor that no splitter goes below: chunks that hold a line that the commit added or changed.
 * Counts only, no times: one round is exact.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { charParams } from '../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../src/chunking/chunkers.js';
import { codePointLength, normaliseText } from '../../src/domain/text.js';
import type { Benchmark, BenchOptions, Table } from './benchmark.js';
import { type Corpus, corpora, git } from './corpus.js';
import { installPeers, peerScript } from './peers.js';

const COMMITS = 300;
const MAX_CHARS = 1200;
const PARAMS = charParams({ max_chars: MAX_CHARS, min_chars: 200, overlap_chars: 0 });

interface Piece {
  readonly text: string;
  readonly first_line: number;
  readonly last_line: number;
}

/** One file changed by one commit. */
interface Edit {
  readonly before: string;
  readonly after: string;
  /** Lines of the new version, 1-based. */
  readonly added: ReadonlySet<number>;
}

export const churn: Benchmark = {
  name: 'churn',
  about: `embeddings over the last ${COMMITS} commits of real documentation, against LangChain's splitters`,
  minutes: 2,
  exact: true,
  run: async (options) => {
    const found = corpora();
    if (found.length === 0) {
      options.say('no corpus here: skipped');
      return [];
    }
    installPeers(options.say);
    return [
      {
        caption: `Chunks to embed over the last ${COMMITS} commits, at most ${MAX_CHARS} characters each`,
        head: [
          'corpus',
          'changed files',
          'splitter',
          'embedded',
          'characters',
          'of all their chunks',
          'floor',
        ],
        rows: found.flatMap((corpus) => countCorpus(corpus, options)),
      } satisfies Table,
    ];
  },
};

function countCorpus(corpus: Corpus, { scale, say }: BenchOptions): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-bench-churn-'));
  try {
    say(`${corpus.name}: reading the history`);
    execFileSync('git', ['clone', '-q', '--bare', '-b', 'main', corpus.bundle, join(folder, 'repository')]);
    const edits = readEdits(join(folder, 'repository'), Math.round(COMMITS * scale));
    const texts = readTexts(join(folder, 'repository'), edits);
    const lines = [corpus.name, edits.length.toLocaleString('en')];
    const contenders: readonly [string, Split][] = [
      ['ingest', splitHere(texts)],
      ['LangChain Markdown', splitThere('markdown', texts, folder)],
      ['LangChain recursive', splitThere('recursive', texts, folder)],
    ];
    return contenders.map(([name, split]) => {
      say(`${corpus.name}: ${name}`);
      const { all, embedded, characters, floor } = count(edits, split);
      const share = `${((100 * embedded) / all).toFixed(1)}% of ${all.toLocaleString('en')}`;
      const times = `${floor.toLocaleString('en')} (${(embedded / floor).toFixed(2)} x)`;
      return [...lines, name, embedded.toLocaleString('en'), characters.toLocaleString('en'), share, times];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Split = ReadonlyMap<string, readonly Piece[]>;

function count(edits: readonly Edit[], split: Split) {
  const sum = { all: 0, embedded: 0, characters: 0, floor: 0 };
  for (const { before, after, added } of edits) {
    const old = new Set((split.get(before) ?? []).map(({ text }) => text));
    const now = split.get(after) ?? [];
    sum.all += now.length;
    sum.floor += now.filter((piece) => holds(piece, added)).length;
    for (const text of new Set(now.map((piece) => piece.text))) {
      if (old.has(text)) continue;
      sum.embedded++;
      sum.characters += codePointLength(text);
    }
  }
  return sum;
}

function holds({ first_line, last_line }: Piece, added: ReadonlySet<number>): boolean {
  for (let line = first_line; line <= last_line; line++) if (added.has(line)) return true;
  return false;
}

/** Front matter is cut off by the parser, which does not run here; it holds no text that is embedded. */
function splitHere(texts: ReadonlyMap<string, string>): Split {
  return new Map([...texts].map(([blob, text]) => [blob, CHUNKERS.markdown.chunk(text, PARAMS)]));
}

function splitThere(kind: string, texts: ReadonlyMap<string, string>, folder: string): Split {
  const [from, to] = [join(folder, 'texts.json'), join(folder, 'pieces.json')];
  writeFileSync(from, JSON.stringify(Object.fromEntries(texts)));
  execFileSync(process.execPath, [peerScript('langchain-split'), kind, String(MAX_CHARS), from, to]);
  return new Map(Object.entries(JSON.parse(readFileSync(to, 'utf8')) as Record<string, Piece[]>));
}

/** Newest first; a move is a deletion and a new file, for every contender. */
function readEdits(repository: string, commits: number): Edit[] {
  const list = git(repository, 'rev-list', '--first-parent', '-n', String(commits + 1), 'HEAD')
    .trim()
    .split('\n');
  return list.slice(0, -1).flatMap((commit, index) => {
    const parent = list[index + 1] ?? '';
    const raw = git(repository, 'diff-tree', '-r', '--no-renames', '--raw', '--abbrev=40', parent, commit);
    return raw
      .split('\n')
      .filter((line) => line.endsWith('.md'))
      .flatMap((line) => {
        const [, , before = '', after = ''] = line.split(/\s+/);
        if (/^0+$/.test(after)) return [];
        return [{ before, after, added: addedLines(repository, before, after) }];
      });
  });
}

function addedLines(repository: string, before: string, after: string): ReadonlySet<number> {
  const empty = git(repository, 'hash-object', '-w', '-t', 'blob', '/dev/null').trim();
  const from = /^0+$/.test(before) ? empty : before;
  const lines = new Set<number>();
  const diff = git(repository, 'diff', '-U0', from, after);
  for (const [, first, length = '1'] of diff.matchAll(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/gm)) {
    for (let offset = 0; offset < Number(length); offset++) lines.add(Number(first) + offset);
  }
  return lines;
}

function readTexts(repository: string, edits: readonly Edit[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const blob of edits.flatMap(({ before, after }) => [before, after])) {
    if (texts.has(blob) || /^0+$/.test(blob)) continue;
    texts.set(blob, withoutFrontMatter(normaliseText(git(repository, 'cat-file', 'blob', blob))));
  }
  return texts;
}

/** Its lines stay as empty ones, so that line numbers are those of the file. */
function withoutFrontMatter(text: string): string {
  return text.replace(/^---\n[\s\S]*?\n---\n/, (found) => found.replace(/[^\n]/g, ''));
}
