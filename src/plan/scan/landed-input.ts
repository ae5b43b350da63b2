/**
 * What the landing store keeps of an input, and how it is read again. As it was read, and then it is judged again; but
 * under PII rules only as the gate let it in: in the bytes of a file there may be more than the rules were shown.
 */
import type { DocumentEntry, LandedInput, Metadata, ParsedText, ReadResult } from '../../domain/document.js';
import type { Accepted, Refused } from '../../domain/ports/gate.js';
import type { LandingStore } from '../../domain/ports/landing.js';
import type { Source } from '../../domain/ports/source.js';

/** What the landing store may keep of an input. */
export interface Landable {
  readonly form: LandedInput['form'];
  bytes(): Uint8Array;
}

type TextRead = Extract<ReadResult, { kind: 'text' }> & {
  /** Set of an input that is kept as it was let in: by these very rules, so nobody asks again. */
  readonly judged?: Accepted;
};

export type InputRead = TextRead | Exclude<ReadResult, { kind: 'text' }>;

/** A document as the gate let it in, without anything that it took out. */
interface JudgedInput {
  readonly gate_recipe: string;
  readonly content_sha256: string;
  readonly text: string;
  readonly metadata: Metadata;
  readonly redacted: boolean;
  readonly place: Place;
}

type Place = Pick<ParsedText, 'first_line' | 'line_ranges' | 'page_starts' | 'times'>;

export function landableOf(source: Source, read: TextRead, verdict: Accepted, recipe: string): Landable {
  const { bytes, parsed, content_sha256 } = read;
  const open = !verdict.redacted && verdict.pii === undefined;
  if (open && bytes !== undefined && source.parse !== undefined) {
    return { form: 'raw', bytes: () => bytes };
  }
  const { first_line, line_ranges, page_starts, times } = parsed;
  const judged: JudgedInput = {
    gate_recipe: recipe,
    content_sha256,
    text: verdict.text,
    metadata: verdict.metadata,
    redacted: verdict.redacted,
    place: {
      first_line,
      ...(line_ranges === undefined ? {} : { line_ranges }),
      ...(page_starts === undefined ? {} : { page_starts }),
      ...(times === undefined ? {} : { times }),
    },
  };
  return { form: 'judged', bytes: () => Buffer.from(JSON.stringify(judged)) };
}

/** Judged again after a repair. Nothing was taken out of it, so under PII rules nothing of it is kept. */
export function landableRefused(source: Source, { bytes }: TextRead, { pii }: Refused): Landable | undefined {
  if (bytes === undefined || source.parse === undefined || pii !== undefined) return undefined;
  return { form: 'raw', bytes: () => bytes };
}

/** `recipe`: of the gate that judges now. */
export async function readLanded(
  /** Undefined where nothing is prepared. */
  landing: Pick<LandingStore, 'get'> | undefined,
  source: Source,
  entry: DocumentEntry,
  { blob, form }: LandedInput,
  recipe: string,
): Promise<InputRead> {
  if (landing === undefined) throw new TypeError(`no landing store for ${entry.uri}`);
  const found = await landing.get(blob);
  if (found.kind === 'damaged') return { kind: 'unreadable', message: found.message };
  const { bytes } = found;
  if (form === 'raw') {
    if (source.parse === undefined)
      return { kind: 'unreadable', message: 'its source is of another type now' };
    const read = await source.parse(bytes, entry);
    return read.kind === 'text' ? { ...read, bytes } : read;
  }
  const judged = JSON.parse(bytes.toString('utf8')) as JudgedInput;
  if (judged.gate_recipe !== recipe) {
    const message =
      'it was landed as another contract or other rules redacted it, and what they took out is not kept: apply reads it from its source';
    return { kind: 'unreadable', message };
  }
  const { content_sha256, text, metadata, redacted, place } = judged;
  return {
    kind: 'text',
    content_sha256,
    parsed: { ...place, text, metadata: {}, warnings: [] },
    judged: { verdict: 'accept', metadata, text, redacted, warnings: [] },
  };
}
