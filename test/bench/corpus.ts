/**
 * The Vue documentation in English and Chinese with its history. Not part of the project: INGEST_TEST_CORPUS names the
 * folder of the bundles, ../shared/corpus is the default; where they are absent, what needs them is left out.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER =
  process.env['INGEST_TEST_CORPUS'] ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url));

export interface Corpus {
  readonly name: string;
  readonly bundle: string;
}

/** Those that are here. */
export function corpora(): readonly Corpus[] {
  return [
    { name: 'Vue docs, English', bundle: join(FOLDER, 'vue-docs-en.bundle') },
    { name: 'Vue docs, Chinese', bundle: join(FOLDER, 'vue-docs-zh.bundle') },
  ].filter(({ bundle }) => existsSync(bundle));
}

/** The last commit, checked out. */
export function checkOut({ bundle }: Corpus, folder: string): void {
  execFileSync('git', ['clone', '-q', '-b', 'main', bundle, folder]);
}

/** Only what git prints; no configuration of the user's. */
export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
}
