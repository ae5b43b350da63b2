/** The formats of transcripts, by extension. Name and version are part of the chunk recipe. */
export const TRANSCRIPT_PARSERS = [
  { name: 'transcript-vtt', version: 1, strategy: 'utterances', extension: '.vtt' },
  { name: 'transcript-srt', version: 1, strategy: 'utterances', extension: '.srt' },
  { name: 'transcript-jsonl', version: 1, strategy: 'utterances', extension: '.jsonl' },
] as const;
