/** The known texts that are most like one that is not known: for "did you mean". */

const SHOWN = 3;
const LIKE_ENOUGH = 0.4;

export function nearTexts(asked: string, known: Iterable<string>): string[] {
  const wanted = pairs(asked);
  const best: { text: string; likeness: number }[] = [];
  for (const text of known) {
    const likeness = shared(wanted, pairs(text));
    if (likeness < LIKE_ENOUGH) continue;
    best.push({ text, likeness });
    best.sort((a, b) => b.likeness - a.likeness);
    best.length = Math.min(best.length, SHOWN);
  }
  return best.map((one) => one.text);
}

/** Neighbouring characters, whatever their case. */
function pairs(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  const lower = text.toLowerCase();
  for (let i = 0; i + 1 < lower.length; i++) found.add(lower.slice(i, i + 2));
  return found;
}

/** Dice's coefficient: 1 when all are shared. */
function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size + b.size === 0) return 0;
  let both = 0;
  for (const pair of a) if (b.has(pair)) both++;
  return (2 * both) / (a.size + b.size);
}
