/** What a scan of one manifest needs: its sources, their gates, and the parsers and chunkers that are pinned. */
import type { Manifest } from '../../domain/manifest.js';
import type { LandingStore } from '../../domain/ports/landing.js';
import type { Warning } from '../../domain/warning.js';
import type { Preparer } from '../../plan/scan/prepare-document.js';
import type { SourceContext } from '../../sources/source-context.js';

/** The client of AWS would say on every run which Node its later versions want; ours is pinned. */
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

export async function loadPreparer(
  manifest: Manifest,
  pins: Readonly<Record<string, number>> | undefined,
  context: SourceContext,
  onWarning: (warning: Warning) => void,
  /** Not given: nothing is read that was landed. */
  landing?: LandingStore,
): Promise<Preparer> {
  const { createSource } = await import('../../sources/create-source.js');
  const { parserTraits } = await import('../../sources/parser-traits.js');
  const { loadGate } = await import('../../gate/gate.js');
  const { createPreparer } = await import('../../plan/scan/prepare-document.js');
  const sources = new Map();
  for (const spec of manifest.sources) {
    const gate = await loadGate(spec, manifest.policy);
    for (const warning of gate.warnings) onWarning(warning);
    sources.set(spec.id, { source: await createSource(spec, context), gate });
  }
  const { readTokenizer } = await import('./read-tokenizer.js');
  const tokenizer = await readTokenizer(manifest.chunking);
  return createPreparer(manifest, sources, parserTraits, pins, tokenizer, landing);
}
