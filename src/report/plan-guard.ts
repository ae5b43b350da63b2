/** What a guard holds back, why, and the two ways on: it was meant, or it was a mistake. */
import type { GuardVerdict } from '../domain/plan.js';
import type { WithheldLosses } from './collect-changes.js';
import { safe } from './escape.js';
import { flowItems, labelledText } from './flow-items.js';
import { groupBy } from './group-by.js';
import { plural } from './layout.js';
import type { Style } from './style.js';

export function* withheldBlock(
  losses: readonly WithheldLosses[],
  environment: string,
  style: Style,
  width: number,
): Generator<string> {
  for (const loss of losses) {
    const head = `${plural(loss.documents, 'loss', 'losses')} WITHHELD: ${safe(loss.guard.message)}`;
    const prefix = `${style.red('?')} ${safe(lossGlob(loss))}   `;
    yield* flowItems(prefix, head.split(' '), ' ', width);
  }
  // One pair of advice lines for each rule in force, not for each folder.
  for (const [rule, ofRule] of groupBy(losses, (loss) => loss.guard.rule)) {
    yield* ADVICE[rule](ofRule, environment, width);
  }
}

type Advice = (losses: readonly WithheldLosses[], environment: string, width: number) => Generator<string>;

const allowDelete: Advice = function* (losses, environment, width) {
  const globs = losses.map((loss) => `--allow-delete ${shellQuote(safe(lossGlob(loss)))}`).join(' ');
  yield command(
    'Meant',
    `ingest plan --env ${environment} ${globs} --out p.plan, review, ingest apply p.plan`,
  );
  yield* labelledText('Mistake', `restore ${lossFolders(losses)}; nothing was deleted`, width);
};

const ADVICE: Readonly<Record<GuardVerdict['rule'], Advice>> = {
  max_count: allowDelete,
  max_ratio: allowDelete,
  'empty-source': function* (losses, environment, width) {
    const sources = [...new Set(losses.map((loss) => safe(loss.source_id)))];
    const flags = sources.map((source) => `--allow-empty ${source}`).join(' ');
    yield command(
      'Meant',
      `ingest plan --env ${environment} ${flags} --out p.plan, review, ingest apply p.plan`,
    );
    yield* labelledText(
      'Mistake',
      `check what is read for ${sources.join(', ')}; nothing was deleted`,
      width,
    );
  },
  'incomplete-listing': function* (losses, environment, width) {
    const sources = [...new Set(losses.map((loss) => safe(loss.source_id)))].join(', ');
    yield* labelledText(
      'Unread',
      `part of ${sources} could not be listed; what was not seen is not gone`,
      width,
    );
    yield command('Then', `make it readable, then ingest plan --env ${environment} (no flag lifts this)`);
  },
  prevent_destroy: function* (_losses, environment, width) {
    yield* labelledText('Meant', 'set policy.prevent_destroy: false, then', width);
    yield command('', `ingest apply --env ${environment}, and repeat this command`);
    yield* labelledText('Mistake', 'nothing to do; nothing was deleted', width);
  },
};

/** Commands are never wrapped: they are copied. */
function command(label: string, text: string): string {
  return label.padEnd(10) + text;
}

function lossGlob(loss: WithheldLosses): string {
  if (loss.documents === 1) return escapeGlob(loss.firstUri);
  return loss.folder === '' ? '**' : `${escapeGlob(loss.folder)}/**`;
}

function lossFolders(losses: readonly WithheldLosses[]): string {
  return losses
    .map((loss) => safe(loss.documents === 1 ? loss.firstUri : loss.folder || 'the documents'))
    .join(', ');
}

/** Names may hold what a glob would read as a pattern. */
function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]{}()!+@|]/g, '\\$&');
}

/** Single quotes as POSIX shells and PowerShell read them; a quote inside only for POSIX. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
