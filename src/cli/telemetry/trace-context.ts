/** Which trace a command belongs to: the one that TRACEPARENT names, or one that begins here. */
import { randomBytes } from 'node:crypto';
import { isTracestate, parseTraceparent, type TraceContext } from '../../domain/trace-context.js';
import type { Warning } from '../../domain/warning.js';

export interface FoundTrace {
  readonly trace: TraceContext;
  readonly warnings: readonly Warning[];
}

/** What a CI may know of the trace that it belongs to; quoted, as anybody may set it. */
const SHOWN = 80;

export function traceContextOf(env: Readonly<Record<string, string | undefined>>): FoundTrace {
  const { TRACEPARENT: given = '', TRACESTATE: state = '' } = env;
  const own = {
    traceId: randomBytes(16).toString('hex'),
    parentId: undefined,
    flags: '01',
    state: undefined,
  };
  if (given === '') return { trace: own, warnings: [] };
  const parent = parseTraceparent(given);
  if (parent === undefined) {
    return {
      trace: own,
      warnings: [ignored('TRACEPARENT', given, `a trace of its own begins: ${own.traceId}`)],
    };
  }
  if (state === '' || isTracestate(state)) {
    return { trace: { ...parent, state: state === '' ? undefined : state }, warnings: [] };
  }
  return {
    trace: { ...parent, state: undefined },
    warnings: [ignored('TRACESTATE', state, 'the trace is followed without it')],
  };
}

function ignored(variable: string, value: string, instead: string): Warning {
  return {
    key: 'trace-context',
    message: `${variable} is not of the W3C trace context, and is ignored: ${instead}`,
    detail: value.slice(0, SHOWN),
    functional: false,
  };
}
