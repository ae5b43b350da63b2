import { describe, expect, it } from 'vitest';
import { planJson } from '../../../src/report/plan-json.js';
import { change, fullPlan, planOf } from './plan-fixture.js';

describe('planJson', () => {
  it('is the golden document, one change a line, in the written field order', async () => {
    await expect(`${[...planJson(fullPlan())].join('\n')}\n`).toMatchFileSnapshot(
      '../../golden/plan-full.json',
    );
  });

  it('loses nothing of the plan', () => {
    const plan = fullPlan();
    const parsed = JSON.parse([...planJson(plan)].join('\n'));
    expect({ ...parsed, indexes: undefined }).toEqual({ ...plan.header, indexes: undefined });
    const [index] = plan.indexes;
    expect(parsed.indexes).toEqual([{ ...index?.header, changes: [...(index?.changes() ?? [])] }]);
  });

  it('is valid JSON with no change and with no index', () => {
    expect(JSON.parse([...planJson(planOf(() => []))].join(''))).toMatchObject({
      indexes: [{ changes: [] }],
    });
    const none = { ...planOf(() => []), indexes: [] };
    expect(JSON.parse([...planJson(none)].join(''))).toMatchObject({ indexes: [] });
  });

  it('asks for the next change only when it is written', () => {
    let made = 0;
    const plan = planOf(() => []);
    const [index] = plan.indexes;
    const endless = {
      ...plan,
      indexes:
        index === undefined
          ? []
          : [
              {
                ...index,
                *changes() {
                  for (;;) yield change(`a/${made++}.md`);
                },
              },
            ],
    };
    let written = 0;
    for (const line of planJson(endless)) {
      if (line.startsWith('{"action"') && ++written === 1000) break;
    }
    expect(made).toBeLessThanOrEqual(1001);
  });

  it('writes hostile names as escapes, and reads them back unchanged', () => {
    const uri = 'docs/\u202e\u009b\u001b[2J\u2028.md';
    const text = [...planJson(planOf(() => [change(uri)]))].join('\n');
    expect(text).not.toMatch(/[\u202e\u009b\u001b\u2028]/);
    expect(JSON.parse(text).indexes[0].changes[0].uri).toBe(uri);
  });
});
