import { describe, expect, it } from 'vitest';
import { traceContextOf } from '../../../src/cli/telemetry/trace-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const VALID = `00-${TRACE}-${PARENT}-01`;

describe('the trace that a command belongs to', () => {
  it('is the one of TRACEPARENT, with its parent and its flags', () => {
    expect(traceContextOf({ TRACEPARENT: VALID })).toEqual({
      trace: { traceId: TRACE, parentId: PARENT, flags: '01', state: undefined },
      warnings: [],
    });
    expect(traceContextOf({ TRACEPARENT: `00-${TRACE}-${PARENT}-00` }).trace.flags).toBe('00');
  });

  it('is followed also in a later version of the format, which may say more', () => {
    const later = traceContextOf({ TRACEPARENT: `01-${TRACE}-${PARENT}-01-what-will-be` });
    expect(later.trace).toMatchObject({ traceId: TRACE, parentId: PARENT });
    expect(later.warnings).toEqual([]);
  });

  it('begins here where nothing is given, another one every time', () => {
    const ids = Array.from({ length: 50 }, () => traceContextOf({}).trace);
    expect(new Set(ids.map((trace) => trace.traceId)).size).toBe(50);
    for (const trace of ids) {
      expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(trace.parentId).toBeUndefined();
    }
    expect(traceContextOf({ TRACEPARENT: '' }).warnings).toEqual([]);
  });

  it.each([
    ['no trace context at all', 'yes'],
    ['too short', `00-${TRACE.slice(1)}-${PARENT}-01`],
    ['upper case', VALID.toUpperCase()],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['the version that is forbidden', `ff-${TRACE}-${PARENT}-01`],
    ['more than version 00 has', `${VALID}-more`],
    ['no flags', `00-${TRACE}-${PARENT}`],
  ])('is a fresh one, with a warning that names it, when TRACEPARENT is malformed: %s', (_what, given) => {
    const { trace, warnings } = traceContextOf({ TRACEPARENT: given, TRACESTATE: 'a=b' });
    expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(trace.traceId).not.toBe(TRACE);
    expect(trace).toMatchObject({ parentId: undefined, state: undefined });
    expect(warnings).toEqual([
      expect.objectContaining({ key: 'trace-context', functional: false, detail: given.slice(0, 80) }),
    ]);
    expect(warnings[0]?.message).toContain(trace.traceId);
  });

  it('passes TRACESTATE on as it came', () => {
    const state = 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7';
    expect(traceContextOf({ TRACEPARENT: VALID, TRACESTATE: state })).toMatchObject({
      trace: { state },
      warnings: [],
    });
  });

  it('is followed without a TRACESTATE that nobody could read', () => {
    const broken = [`Upper=1`, 'a', Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(','), 'a=b\r\nx: y'];
    for (const state of broken) {
      const { trace, warnings } = traceContextOf({ TRACEPARENT: VALID, TRACESTATE: state });
      expect(trace).toMatchObject({ traceId: TRACE, state: undefined });
      expect(warnings).toEqual([expect.objectContaining({ key: 'trace-context' })]);
    }
  });
});
