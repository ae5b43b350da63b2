/** Parsers of records, by the format of their text. Part of the chunk recipe. */
export const RECORD_PARSERS = {
  text: { name: 'record', version: 1, strategy: 'text' },
  markdown: { name: 'record-markdown', version: 1, strategy: 'markdown' },
} as const;
