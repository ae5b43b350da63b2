/** Replaces what stands between the markers of a benchmark in docs/performance.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

/** @throws Error when the page has no markers for it */
export function writeSection(name: string, content: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- bench ${name} -->`, `<!-- /bench ${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${begin} ... ${end}`);
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n${content}\n${page.slice(to)}`);
}
