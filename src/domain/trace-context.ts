/** W3C trace context (https://www.w3.org/TR/trace-context/): which trace this command is part of. */

export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** The span of whoever started us; undefined when the trace begins here. */
  readonly parentId: string | undefined;
  /** trace-flags as two hex digits; bit 0: whoever started us records the trace. */
  readonly flags: string;
  /** What other systems want passed on, as it came; undefined: nothing. */
  readonly state: string | undefined;
}

/** Version, trace id, parent id, flags. A later version may add fields behind another dash. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const VERSION_1_ENTRY = /^\s*[a-z0-9][-_*/@a-z0-9]{0,255}=[ -+\--<>-~]{0,256}\s*$/;
const MAX_ENTRIES = 32;

/** Undefined: it says nothing that can be followed. */
export function parseTraceparent(text: string): Omit<TraceContext, 'state'> | undefined {
  const match = TRACEPARENT.exec(text.trim());
  if (match === null) return undefined;
  const [, version, traceId = '', parentId = '', flags = '', more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, flags };
}

export function isTracestate(text: string): boolean {
  const entries = text.split(',').filter((entry) => entry.trim() !== '');
  return entries.length <= MAX_ENTRIES && entries.every((entry) => VERSION_1_ENTRY.test(entry));
}
