/** Which incident one document is, and what mends it, from all that was found of it. */
import type { Diagnosis } from '../domain/diagnosis.js';

type Facts = Omit<Diagnosis, 'incident' | 'findings' | 'remedy' | 'history'>;

export interface Judgement {
  readonly incident: Diagnosis['incident'];
  readonly findings: readonly string[];
  /** Arguments of `ingest` that mend it; null when nothing does, or nothing is needed. */
  readonly remedy: readonly string[] | null;
}

/** The first that applies is the incident; all that was found is told. */
export function judgeIncident(facts: Facts): Judgement {
  const { coverage, recorded, manifest, uri } = facts;
  const findings: string[] = [];
  let incident: Diagnosis['incident'] = 'none';
  let remedy: readonly string[] | null = null;
  const note = (kind: Diagnosis['incident'], finding: string, mend: readonly string[] | null): void => {
    findings.push(finding);
    if (incident !== 'none') return;
    incident = kind;
    remedy = mend;
  };
  const again = (...more: readonly string[]): string[] => ['apply', ...more, '--only', uri];
  const of = (live: string): number => coverage.chunks.filter((chunk) => chunk.live === live).length;
  const missing = of('missing');
  const tampered = of('tampered');
  const total = coverage.chunks.length;
  // One command mends it all: what is looked at less closely than the worst of it would leave that.
  const closely = ['--verify', tampered > 0 ? 'content' : 'ids'];

  if (facts.open_intents > 0) {
    note('gap', `an interrupted run left ${facts.open_intents} of its operations open`, again());
  }
  if (missing > 0) note('gap', `${missing} of ${total} records are missing`, again(...closely));
  if (tampered > 0) {
    note('mismatch', `${tampered} of ${total} records were changed by somebody else`, again(...closely));
  }
  if (coverage.extra.length > 0) {
    const kind = recorded === null ? 'no-trace' : 'duplicate';
    const records = coverage.extra.length === 1 ? '1 record' : `${coverage.extra.length} records`;
    note(kind, `${records} that nothing recorded explains`, again(...closely));
  }
  if (recorded === null && manifest.listed === 'yes') {
    if (manifest.gate === 'accept') note('gap', 'declared, and never applied', again());
    else
      note('gap', `declared, and not indexed: ${manifest.gate_detail ?? manifest.gate ?? 'unknown'}`, null);
  }
  if (recorded === null && manifest.listed !== 'yes' && coverage.extra.length === 0) {
    note('no-trace', 'neither a source nor the recorded state has it now', null);
  }
  if (recorded !== null && (manifest.listed === 'no' || manifest.listed === 'deleted')) {
    note('mismatch', 'no source lists it any more, and searchers still find it', again());
  }
  if (recorded !== null && manifest.content_sha256 !== null) {
    if (manifest.gate === 'reject' || manifest.gate === 'quarantine') {
      note(
        'mismatch',
        `the new version is refused, and the old one stays: ${manifest.gate_detail ?? ''}`,
        null,
      );
    } else if (manifest.content_sha256 !== recorded.content_sha256) {
      note('mismatch', 'the document was edited since, and searchers find the old text', again());
    }
  }
  if (coverage.live === 'unknown') {
    findings.push(`live could not be looked at: ${coverage.reason ?? 'unknown'}`);
    if (incident === 'none') incident = 'unknown';
  }
  return { incident, findings, remedy };
}
