import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../src/embedding/rate-limit.js';

/** Sends requests as soon as they may go; the times at which they went. */
function sendAll(limit: RateLimit, requests: readonly { readonly tokens: number; readonly idle: number }[]) {
  const sent: { readonly at: number; readonly tokens: number }[] = [];
  let now = 0;
  for (const { tokens, idle } of requests) {
    now += idle;
    for (let wait = limit.wait(now, tokens); wait > 0; wait = limit.wait(now, tokens)) now += wait;
    limit.sent(now, tokens);
    sent.push({ at: now, tokens });
  }
  return sent;
}

describe('RateLimit', () => {
  it('without a limit nothing waits', () => {
    const limit = new RateLimit({ requests: undefined, tokens: undefined });
    expect(
      sendAll(limit, [
        { tokens: 1e9, idle: 0 },
        { tokens: 1e9, idle: 0 },
      ]).at(-1)?.at,
    ).toBe(0);
  });

  it('lets the allowed requests go at once, and the next one when the first is a minute old', () => {
    const limit = new RateLimit({ requests: 2, tokens: undefined });
    limit.sent(1000, 0);
    limit.sent(11_000, 0);
    expect(limit.wait(12_000, 0)).toBe(49_000);
    expect(limit.wait(60_999, 0)).toBe(1);
    expect(limit.wait(61_000, 0)).toBe(0);
  });

  it('waits for as many tokens as the request needs', () => {
    const limit = new RateLimit({ requests: undefined, tokens: 100 });
    limit.sent(0, 60);
    limit.sent(30_000, 30);
    expect(limit.wait(30_000, 10)).toBe(0);
    expect(limit.wait(30_000, 11)).toBe(30_000);
    expect(limit.wait(30_000, 90)).toBe(60_000);
  });

  it('lets a request that is larger than the limit go when it is alone', () => {
    const limit = new RateLimit({ requests: undefined, tokens: 100 });
    expect(limit.wait(0, 500)).toBe(0);
    limit.sent(0, 500);
    expect(limit.wait(0, 1)).toBe(60_000);
  });

  it('no minute holds more than is allowed, and nothing waits without need', () => {
    const request = fc.record({
      tokens: fc.integer({ min: 1, max: 50 }),
      idle: fc.integer({ min: 0, max: 20_000 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 50, max: 120 }),
        fc.array(request, { maxLength: 40 }),
        (requests, tokens, all) => {
          const sent = sendAll(new RateLimit({ requests, tokens }), all);
          let idleUntil = 0;
          sent.forEach(({ at }, i) => {
            const minute = sent.slice(0, i + 1).filter((one) => one.at > at - 60_000);
            expect(minute.length).toBeLessThanOrEqual(requests);
            expect(minute.reduce((sum, one) => sum + one.tokens, 0)).toBeLessThanOrEqual(tokens);
            idleUntil = Math.max(idleUntil, sent[i - 1]?.at ?? 0) + (all[i]?.idle ?? 0);
            if (at === idleUntil) return;
            // It waited: a millisecond before, the minute would have held too much.
            const before = [
              ...sent.slice(0, i).filter((one) => one.at > at - 1 - 60_000),
              { at, tokens: sent[i]?.tokens ?? 0 },
            ];
            const over =
              before.length > requests || before.reduce((sum, one) => sum + one.tokens, 0) > tokens;
            expect(over).toBe(true);
          });
        },
      ),
    );
  });
});
