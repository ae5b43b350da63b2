/**
 * npm run test:mutations [-- WORD...]
 *
 * Breaks the program on purpose, once for each bug of the list (or those that have one of the words in their promise,
 * their bug or their file), and shows which test fails of it. The tree itself is not touched. Exits 1 when one is
 * not noticed.
 */
import { fileURLToPath } from 'node:url';
import { MUTATIONS } from './mutations.js';
import { BrokenTree, type Verdict } from './run-mutations.js';

const words = process.argv.slice(2);
const chosen = MUTATIONS.filter(
  ({ promise, bug, file }) =>
    words.length === 0 || words.some((word) => promise === word || bug.includes(word) || file.includes(word)),
);
const verdicts: Verdict[] = [];
const tree = new BrokenTree(fileURLToPath(new URL('../../..', import.meta.url)));
let stopped = false;
process.once('SIGINT', () => {
  say('ending after this mutation');
  stopped = true;
});
try {
  say(`${chosen.length} mutations; first their tests as they are`);
  const unsound = await tree.unsound(chosen);
  for (const mutation of chosen) {
    if (stopped) break;
    const why = unsound.get(mutation);
    const verdict =
      why === undefined
        ? await tree.judge(mutation)
        : ({ mutation, result: 'broken', said: why } satisfies Verdict);
    verdicts.push(verdict);
    say(render(verdict));
  }
} finally {
  tree.dispose();
}
const of = (result: Verdict['result']): number => verdicts.filter((one) => one.result === result).length;
say(
  `${verdicts.length} of ${chosen.length} tried: ${of('killed')} noticed, ${of('survived')} survived, ${of('broken')} broken`,
);
if (of('killed') < chosen.length) process.exitCode = 1;

function render({ mutation, result, said }: Verdict): string {
  const { promise, bug, file, test } = mutation;
  const mark = { killed: 'noticed', survived: 'SURVIVED', broken: 'BROKEN' }[result];
  return [
    `${promise.padEnd(12)}${mark.padEnd(10)}${bug}`,
    `${' '.repeat(22)}${file}`,
    `${' '.repeat(22)}${test.file} > ${test.name}`,
    ...(said === '' ? [] : [`${' '.repeat(22)}${said.slice(0, 200)}`]),
  ].join('\n');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
