/**
 * Pinned versions are in the recorded state only, but a chunk recipe is a hash of them and of what the manifest says:
 * those are in force that give the recipes which the records carry.
 */
import { chunkerVersion, resolveStrategy } from '../../chunking/chunkers.js';
import type { Manifest } from '../../domain/manifest.js';
import { createPreparer } from '../../plan/scan/prepare-document.js';
import { PARSERS, parserNamed } from '../../sources/parsing/parsers.js';
import { readTokenizer } from './read-tokenizer.js';

export interface DeducedPins {
  readonly pins: Readonly<Record<string, number>>;
  /** Cut as the manifest does not say (any more), or by a version that this program does not have. */
  readonly unexplained: readonly string[];
}

/** Newest versions first: where documents of two versions are found, the newer one is in force. */
export async function deducePins(manifest: Manifest, recipes: Iterable<string>): Promise<DeducedPins> {
  const tokenizer = await readTokenizer(manifest.chunking);
  const wanted = new Set(recipes);
  const pins: Record<string, number> = {};
  for (const parser of PARSERS) {
    if (wanted.size === 0) break;
    const strategy = resolveStrategy(manifest.chunking.strategy, parser.strategy);
    for (let cut = chunkerVersion(strategy); cut > 0; cut--) {
      for (let version = parser.version; version > 0; version--) {
        const candidate = { [`chunker:${strategy}`]: cut, [`parser:${parser.name}`]: version };
        const preparer = createPreparer(manifest, new Map(), parserNamed, candidate, tokenizer, undefined);
        if (!wanted.delete(preparer.chunkRecipe(parser.name))) continue;
        for (const [component, found] of Object.entries(preparer.pins)) pins[component] ??= found;
      }
    }
  }
  return { pins, unexplained: [...wanted].sort() };
}
