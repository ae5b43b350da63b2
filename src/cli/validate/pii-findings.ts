/** What `validate` says of personal data: where it is and which rule found it, never what it is. */
import type { PiiAction, PiiCount, PiiFinding, PiiReport } from '../../domain/pii.js';
import { compareUtf8 } from '../../domain/text.js';
import { safe } from '../../report/escape.js';
import { groupDigits } from '../../report/layout.js';
import type { Style } from '../../report/style.js';

export interface PiiFindings {
  /** The first of them, in order of uri and place. */
  readonly findings: readonly (PiiFinding & { readonly uri: string })[];
  readonly counts: readonly PiiCount[];
  /** Uris that hold something themselves, and the rules that found it. */
  readonly uris: readonly { readonly uri: string; readonly rules: readonly string[] }[];
}

const MOST_KEPT = 1000;
const MOST_SHOWN = 200;

export function createPiiFindings() {
  const findings: (PiiFinding & { uri: string })[] = [];
  const uris: { uri: string; rules: readonly string[] }[] = [];
  const counts = new Map<string, { rule: string; action: PiiAction; count: number }>();
  let looked = false;

  const sorted = (): readonly PiiCount[] =>
    [...counts.values()].sort((a, b) => compareUtf8(a.rule, b.rule) || compareUtf8(a.action, b.action));

  return {
    add(uri: string, report: PiiReport | undefined): void {
      if (report === undefined) return;
      looked = true;
      findings.push(...report.found.slice(0, MOST_KEPT - findings.length).map((one) => ({ uri, ...one })));
      if (report.uri.length > 0 && uris.length < MOST_KEPT) uris.push({ uri, rules: report.uri });
      for (const { rule, action, count } of report.counts) {
        const known = counts.get(`${rule} ${action}`);
        if (known === undefined) counts.set(`${rule} ${action}`, { rule, action, count });
        else known.count += count;
      }
    },
    found: (): PiiFindings | undefined => (looked ? { findings, counts: sorted(), uris } : undefined),
    *lines(style: Style): Iterable<string> {
      if (!looked) return;
      for (const { uri, rule, action, line, column, field } of findings.slice(0, MOST_SHOWN)) {
        const at = [uri, line, column].filter((one) => one !== undefined).join(':');
        const place = field === undefined ? at : `${uri}  ${field}`;
        const shown = action === 'deny' ? style.red(action) : style.yellow(action);
        yield `${shown}  ${safe(rule)}  ${safe(place)}`;
      }
      for (const { uri, rules } of uris.slice(0, MOST_SHOWN)) {
        yield `${style.yellow('warn')}  ${safe(rules.join(', '))}  ${safe(uri)}: the uri itself, which stays as it is`;
      }
      const all = [...counts.values()].reduce((sum, { count }) => sum + count, 0);
      const more = all - Math.min(findings.length, MOST_SHOWN);
      if (more > 0) yield style.dim(`and ${groupDigits(more)} more`);
      const told = sorted().map(
        ({ rule, action, count }) => `${groupDigits(count)} ${safe(rule)} (${action})`,
      );
      yield `Personal data: ${told.length === 0 ? 'nothing found' : told.join(', ')}.`;
    },
  };
}
