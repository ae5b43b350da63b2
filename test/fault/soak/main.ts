/**
 * npm run soak -- --rounds N [--seed S] [--records R] [--json FILE] [--keep FOLDER] [--replay SEED:ROUND]
 *
 * Kills the built program and its Chroma at moments that the seed says, again and again, and checks after every
 * round that nothing was lost. A replay makes the documents of its round, builds the index, and runs that round.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RoundReport } from './round.js';
import { soak } from './soak.js';
import { renderRound, renderSummary, summarise } from './summarise.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string' },
    records: { type: 'string', default: '3600' },
    json: { type: 'string' },
    keep: { type: 'string' },
    replay: { type: 'string' },
  },
});

const [replayed, from] = (values.replay ?? '').split(':');
const seed = numberOf('seed', replayed || values.seed || String(Date.now() % 1_000_000));
const reports: RoundReport[] = [];
const ended = new AbortController();
process.once('SIGINT', () => {
  say('ending after this round');
  ended.abort();
});
say(`seed ${seed}; a round is repeated by --replay ${seed}:ROUND`);
try {
  await soak({
    seed,
    rounds: values.replay === undefined ? numberOf('rounds', values.rounds) : 1,
    from: values.replay === undefined ? 1 : numberOf('replay', from ?? ''),
    records: numberOf('records', values.records),
    ...(values.keep === undefined ? {} : { keep: values.keep }),
    signal: ended.signal,
    onRound: (report) => {
      reports.push(report);
      say(renderRound(report));
    },
  });
} finally {
  const summary = summarise(seed, reports);
  say(renderSummary(summary));
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ ...summary, reports }, null, 2)}\n`);
  }
  if (summary.violations.length > 0) process.exitCode = 1;
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value) || value < 0)
    throw new TypeError(`--${name}: not a number`);
  return value;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
