/** What survives a change of the manifest: a line for each index, and for each source where there are several. */
import type { WhatIfChunks, WhatIfReport } from '../domain/what-if.js';
import { safe } from './escape.js';
import { flowItems } from './flow-items.js';
import { groupDigits, money, percent, plural, tokens } from './layout.js';
import type { Style } from './style.js';

export function* renderWhatIf(
  { overrides, indexes }: WhatIfReport,
  { style, width }: { readonly style: Style; readonly width: number },
): Generator<string> {
  yield '';
  yield* flowItems(style.bold('What if   '), overrides.map(safe), ', ', width);
  for (const index of indexes) {
    if (index.pinned !== undefined) {
      const why = `pinned by a rollback at generation ${index.pinned.generation}: nothing is planned, so what would survive is not known; first \`ingest rollback --unpin\``;
      yield* flowItems(`${safe(index.manifest_id)}: `, why.split(' '), ' ', width);
      continue;
    }
    yield* flowItems(`${safe(index.manifest_id)}: `, items(index), ', ', width);
    for (const source of index.sources.length > 1 ? index.sources : []) {
      yield* flowItems(`  ${safe(source.source_id)}: `, items(source), ', ', width);
    }
  }
  yield 'Nothing was changed, and nothing can be applied: edit the manifest, then plan.';
}

/** `812 of 1,040 chunks (78%) stay as they are`, `28 from the cache`, `200 to embed`, `~$0.01`. */
function items({ chunks_then, keep, cached, compute, cost, ...rest }: WhatIfChunks): string[] {
  const share = chunks_then === 0 ? '' : ` (${percent(keep, chunks_then)})`;
  return [
    `${groupDigits(keep)} of ${plural(chunks_then, 'chunk')}${share} stay as they are`,
    `${groupDigits(cached)} from the cache`,
    `${groupDigits(compute)} to embed`,
    ...(compute === 0 || cost === 0 ? [] : [tokens(rest.tokens)]),
    money(cost),
    `now ${groupDigits(rest.chunks_now)}`,
  ];
}
