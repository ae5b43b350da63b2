/** Bytes of a transcript -> its text with times, by the reader of its format. */
import { parse as parsePath } from 'node:path/posix';
import type { ReadResult } from '../../domain/document.js';
import type { TranscriptFields } from '../../domain/source-spec.js';
import { decodeText } from '../parsing/decode-text.js';
import { composeTranscript } from './compose-transcript.js';
import { readSrt } from './read-srt.js';
import { readUtterances } from './read-utterances.js';
import { readWebvtt } from './read-webvtt.js';
import { TRANSCRIPT_PARSERS } from './transcript-formats.js';
import { isRefused, type ReadTranscript } from './utterance.js';

type ParserName = (typeof TRANSCRIPT_PARSERS)[number]['name'];

/** By its extension in any case; undefined: no transcript. */
export function transcriptParserFor(path: string): { readonly name: ParserName } | undefined {
  const extension = parsePath(path).ext.toLowerCase();
  return TRANSCRIPT_PARSERS.find((parser) => parser.extension === extension);
}

export function parseTranscript(bytes: Buffer, parser: string, fields: TranscriptFields): ReadResult {
  const decoded = decodeText(bytes);
  if (decoded.kind === 'reject') return decoded;
  const { content_sha256, text } = decoded;
  const reader: Readonly<Record<ParserName, ReadTranscript>> = {
    'transcript-vtt': readWebvtt,
    'transcript-srt': readSrt,
    'transcript-jsonl': (lines) => readUtterances(lines, fields),
  };
  const read = reader[parser as ParserName](text);
  const parsed = isRefused(read) ? read : composeTranscript(read);
  if ('code' in parsed) return { kind: 'reject', content_sha256, code: parsed.code, detail: parsed.detail };
  return { kind: 'text', content_sha256, parsed };
}
