/** Reads every document of every source and judges it, once per source: environments share them. */
import type { ProgressEvent } from '../../domain/events.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import { Secret } from '../../domain/secret.js';
import type { Warning } from '../../domain/warning.js';
import { GatherWarnings } from '../../plan/scan/gather-warnings.js';
import { warningLines } from '../../report/describe-warnings.js';
import { safe } from '../../report/escape.js';
import { groupDigits, plural } from '../../report/layout.js';
import type { Style } from '../../report/style.js';
import { loadPreparer } from '../session/load-preparer.js';
import type { Session } from '../session/session.js';
import { createPiiFindings, type PiiFindings } from './pii-findings.js';

export interface ValidationReport {
  readonly manifests: number;
  readonly documents: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly quarantined: number;
  readonly unreadable: number;
  /** What the gate lets in and has something to say of; many about single documents are one. */
  readonly warnings: readonly Warning[];
  readonly problems: readonly { readonly uri: string; readonly code: string; readonly message: string }[];
  /** Undefined where no rule looks for personal data. */
  readonly pii: PiiFindings | undefined;
  lines(style: Style): Iterable<string>;
}

const MAX_PROBLEMS = 1000;

/** Nothing that is made of it is kept, so the key of the PII hashes need not be there. */
function withStandInKey(manifest: Manifest): Manifest {
  const { policy } = manifest;
  if (policy.pii?.hash_key === undefined) return manifest;
  const hash_key = new Secret([], () => 'only places are told');
  return { ...manifest, policy: { ...policy, pii: { ...policy.pii, hash_key } } };
}

export async function validateDocuments(
  session: Session,
  states: readonly DesiredState[],
  onProgress: (event: ProgressEvent) => void,
): Promise<ValidationReport> {
  const counts = { documents: 0, skipped: 0, rejected: 0, quarantined: 0, unreadable: 0 };
  const warnings = new GatherWarnings([]);
  const problems: { uri: string; code: string; message: string }[] = [];
  const pii = createPiiFindings();
  const seen = new Set<string>();
  for (const manifest of states.flatMap((state) => state.manifests)) {
    if (seen.has(manifest.manifest_id)) continue;
    seen.add(manifest.manifest_id);
    const preparer = await loadPreparer(
      withStandInKey(manifest),
      undefined,
      session.sourceContext,
      session.options.onWarning,
    );
    for (const source of manifest.sources) {
      // Without a chosen environment a variable may be unset: then there is nothing to scan here.
      if (JSON.stringify(source).includes('${')) continue;
      const { id } = source;
      for await (const entry of preparer.source(id).list(session.options.signal)) {
        if (entry.kind === 'skipped') counts.skipped++;
        else if (entry.kind === 'unreadable') note('unreadable', entry.uri, 'E203', entry.message);
        else if (entry.kind === 'deleted') counts.skipped++;
        else if (entry.kind === 'malformed') {
          counts.documents++;
          note('rejected', entry.location, 'malformed', entry.message);
        } else {
          const found = await preparer.prepare(entry);
          counts.documents++;
          if (found.kind !== 'unreadable') {
            pii.add(entry.uri, found.kind === 'document' ? found.document.pii : found.pii);
          }
          if (found.kind === 'reject') note('rejected', entry.uri, found.codes.join(', '), found.detail);
          if (found.kind === 'quarantine')
            note('quarantined', entry.uri, found.codes.join(', '), found.detail);
          if (found.kind === 'document') {
            for (const warning of found.document.warnings) warnings.add(warning, entry.uri);
          }
          if (found.kind === 'unreadable') note('unreadable', entry.uri, 'E203', found.message);
          if (counts.documents % 100 === 0) onProgress({ type: 'scan', documents: counts.documents });
        }
      }
    }
  }
  return {
    manifests: seen.size,
    ...counts,
    warnings: warnings.all(),
    problems,
    pii: pii.found(),
    *lines(style) {
      yield* pii.lines(style);
      for (const { uri, code, message } of problems)
        yield `${style.red('x')} ${safe(uri)}  ${safe(code)}: ${safe(message)}`;
      yield* warningLines(warnings.all(), { style, width: 100, verbose: false });
      const verdict =
        counts.rejected + counts.quarantined + counts.unreadable === 0
          ? style.green('Valid')
          : style.red('Not valid');
      const bad = [
        ...(counts.rejected > 0 ? [`${groupDigits(counts.rejected)} rejected`] : []),
        ...(counts.quarantined > 0 ? [`${groupDigits(counts.quarantined)} quarantined`] : []),
        ...(counts.unreadable > 0 ? [`${groupDigits(counts.unreadable)} unreadable`] : []),
      ].join(', ');
      yield `${verdict}: ${plural(seen.size, 'manifest')}, ${plural(counts.documents, 'document')}, ${groupDigits(counts.skipped)} skipped${bad === '' ? '' : `, ${bad}`}.`;
    },
  };

  function note(
    kind: 'rejected' | 'quarantined' | 'unreadable',
    uri: string,
    code: string,
    message: string,
  ): void {
    counts[kind]++;
    if (problems.length < MAX_PROBLEMS) problems.push({ uri, code, message });
  }
}
