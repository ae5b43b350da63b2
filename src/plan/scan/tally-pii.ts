/** What the PII rules did to the documents that a plan prepares: one warning of each kind, however many there are. */
import type { DocumentEntry } from '../../domain/document.js';
import type { PiiAction, PiiReport } from '../../domain/pii.js';
import { compareUtf8 } from '../../domain/text.js';
import type { Warning } from '../../domain/warning.js';
import type { Preparation, Preparer } from './prepare-document.js';

export interface PiiTally {
  /** The preparer, listened to. */
  readonly preparer: Preparer;
  warnings(): readonly Warning[];
}

const DONE: Readonly<Record<Exclude<PiiAction, 'deny'>, string>> = {
  redact: 'redacted',
  hash: 'hashed',
  'internal-only': 'kept out',
  warn: 'left',
};

export function tallyPii(preparer: Preparer): PiiTally {
  const taken = createCount();
  const left = createCount();
  const inUri = createCount();

  function add({ counts, uri }: PiiReport): void {
    taken.add(counts.filter(({ action }) => action !== 'warn' && action !== 'deny'));
    left.add(counts.filter(({ action }) => action === 'warn'));
    inUri.add(uri.map((rule) => ({ rule, action: 'warn', count: 1 })));
  }

  return {
    preparer: {
      ...preparer,
      async prepare(entry: DocumentEntry) {
        const found = await preparer.prepare(entry);
        const report = reportOf(found);
        if (report !== undefined) add(report);
        return found;
      },
    },
    warnings: () => [
      ...taken.told((what, where) => ({
        key: 'pii',
        message: `personal data is taken out of ${where}: ${what}`,
        detail: null,
        functional: false,
      })),
      ...left.told((what, where) => ({
        key: 'pii-found',
        message: `personal data stays in ${where}: ${what}`,
        detail: 'its rule says warn; `ingest validate` says where',
        functional: true,
      })),
      ...inUri.told((what, where) => ({
        key: 'pii-in-uri',
        message: `the uri of ${where} holds what looks like personal data: ${what}`,
        detail: 'a uri is stored and shown as it is: rename the file, or key the records by another field',
        functional: true,
      })),
    ],
  };
}

/** Of what goes on: a document that is refused is told as such. */
function reportOf(found: Preparation): PiiReport | undefined {
  if (found.kind === 'document') return found.document.pii;
  return found.kind === 'empty' ? found.pii : undefined;
}

type Counted = PiiReport['counts'];

function createCount() {
  let documents = 0;
  const byRule = new Map<string, number>();
  return {
    add(counts: Counted): void {
      if (counts.length === 0) return;
      documents++;
      for (const { rule, action, count } of counts) {
        const key = action === 'deny' ? rule : `${rule} ${DONE[action]}`;
        byRule.set(key, (byRule.get(key) ?? 0) + count);
      }
    },
    told(warning: (what: string, where: string) => Warning): readonly Warning[] {
      if (documents === 0) return [];
      const what = [...byRule]
        .sort(([a], [b]) => compareUtf8(a, b))
        .map(([key, count]) => `${count} ${key}`)
        .join(', ');
      return [warning(what, documents === 1 ? '1 document' : `${documents} documents`)];
    },
  };
}
