/**
 * Delimited values, version 1: a file is one document, and its text stays as it is written; the chunker groups
 * its rows and repeats the header. Here it is only read, to say what a spreadsheet would stumble over.
 */
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { ParsedText, Refusal } from '../../domain/document.js';
import type { Warning } from '../../domain/warning.js';

/** In the order of preference where a header has as many of one as of another. */
const DELIMITERS = [',', ';', '\t', '|'] as const;
type Delimiter = (typeof DELIMITERS)[number];

/** UTF-16 units that are read at a time, so that a large table does not hold up everything else. */
const SLICE = 256 * 1024;

/** Takes normalised text. */
export async function parseCsv(text: string): Promise<ParsedText | Refusal> {
  const delimiter = delimiterOf(text);
  const strict = await readRows(text, delimiter, 'strict');
  if (strict.kind === 'rows') return document(text, strict.ragged ? [raggedRows(strict.ragged)] : []);
  // Tab-separated values have no quotes; others may hold one inside a value: inches, feet.
  const lenient = await readRows(text, delimiter, delimiter === '\t' ? 'none' : 'inside');
  if (lenient.kind === 'rows') return document(text, [strayQuote(strict.reason)]);
  return { code: 'malformed', detail: lenient.reason };
}

function document(text: string, warnings: readonly Warning[]): ParsedText {
  return { text, first_line: 1, metadata: {}, warnings };
}

interface Ragged {
  readonly rows: number;
  /** From 1, the header included. */
  readonly first: number;
  readonly values: number;
  readonly columns: number;
}

type Reading =
  | { readonly kind: 'rows'; readonly ragged: Ragged | undefined }
  | { readonly kind: 'fault'; readonly reason: string };

/** Reads every row and keeps none. */
function readRows(
  text: string,
  delimiter: Delimiter,
  quotes: 'strict' | 'inside' | 'none',
): Promise<Reading> {
  const parser = parse({
    delimiter,
    quote: quotes === 'none' ? null : '"',
    relax_quotes: quotes === 'inside',
    relax_column_count: true,
    skip_empty_lines: true,
  });
  let rows = 0;
  let columns = 0;
  let ragged: Ragged | undefined;
  parser.on('data', (row: readonly string[]) => {
    if (++rows === 1) columns = row.length;
    if (row.length === columns) return;
    const first = ragged ?? { rows: 0, first: rows, values: row.length, columns };
    ragged = { ...first, rows: first.rows + 1 };
  });
  return new Promise((resolve, reject) => {
    const input = Readable.from(slices(text));
    parser.on('end', () => resolve({ kind: 'rows', ragged }));
    parser.on('error', (error) => {
      input.destroy();
      if (error instanceof CsvError) resolve({ kind: 'fault', reason: describe(error) });
      else reject(error);
    });
    input.pipe(parser);
  });
}

function* slices(text: string): Generator<string> {
  let from = 0;
  while (from < text.length) {
    const unit = text.charCodeAt(from + SLICE);
    // Not inside a surrogate pair: each slice is encoded for itself.
    const to = from + SLICE + (unit >= 0xdc00 && unit <= 0xdfff ? 1 : 0);
    yield text.slice(from, to);
    from = to;
  }
}

function describe(error: CsvError): string {
  const line = typeof error['lines'] === 'number' ? error['lines'] : 1;
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return `a quote that is opened before line ${line + 1} is never closed`;
    case 'CSV_INVALID_CLOSING_QUOTE':
      return `line ${line}: text stands behind a closing quote; a quote inside quotes is written twice`;
    case 'INVALID_OPENING_QUOTE':
      return `line ${line}: a quote stands inside a value without quotes`;
    default:
      return `line ${line}: not a table of values (${error.code})`;
  }
}

/** Which character parts the header's values. */
function delimiterOf(text: string): Delimiter {
  const start = Math.max(0, text.search(/\S/));
  const header = text.slice(start, start + 10_000).split('\n', 1)[0] ?? '';
  const bare = header.replace(/"[^"]*"/g, '');
  let best: Delimiter = ',';
  let most = 0;
  for (const candidate of DELIMITERS) {
    const count = bare.split(candidate).length - 1;
    if (count > most) [best, most] = [candidate, count];
  }
  return best;
}

function raggedRows({ rows, first, values, columns }: Ragged): Warning {
  return {
    key: 'csv-ragged-rows',
    message: 'rows of a table have another number of values than its header; they are indexed as they are',
    detail: `${rows} of them; the first is row ${first}, with ${values} instead of ${columns}`,
    functional: true,
  };
}

function strayQuote(reason: string): Warning {
  return {
    key: 'csv-stray-quote',
    message: 'a quote in a table is not what CSV means by quotes; it is taken as text',
    detail: reason,
    functional: false,
  };
}
