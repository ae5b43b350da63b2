/** Rows of text -> values, by csv-parse: many at once, and one by one only where one of them is not well formed. */
import { CsvError, type Options, parse } from 'csv-parse/sync';
import type { CsvSource } from '../../../domain/source-spec.js';
import type { Row } from './split-rows.js';

export type Values = readonly string[] | { readonly fault: string };

type Dialect = Pick<CsvSource, 'delimiter' | 'quoting'>;

/** One for each row. */
export function parseRows(rows: readonly Row[], dialect: Dialect): readonly Values[] {
  const readable = rows.filter(({ damage }) => damage === undefined);
  const together = tryParse(readable.map(({ text }) => text).join('\n'), dialect);
  // Broken quotes of one row may have eaten the next, and still have made rows of the two.
  if (!('fault' in together) && together.length === readable.length) {
    let at = 0;
    return rows.map(({ damage }) => (damage === undefined ? (together[at++] ?? []) : { fault: damage }));
  }
  return rows.map(({ text, damage }) => (damage === undefined ? parseRow(text, dialect) : { fault: damage }));
}

function parseRow(text: string, dialect: Dialect): Values {
  const rows = tryParse(text, dialect);
  if ('fault' in rows) return rows;
  const [row] = rows;
  return row === undefined || rows.length > 1 ? { fault: 'not one row' } : row;
}

function tryParse(
  text: string,
  { delimiter, quoting }: Dialect,
): readonly string[][] | { readonly fault: string } {
  const options: Options = {
    delimiter,
    quote: quoting === 'none' ? null : '"',
    record_delimiter: '\n',
    // Counted by whoever knows the header.
    relax_column_count: true,
  };
  try {
    return text === '' ? [] : (parse(text, options) as string[][]);
  } catch (error) {
    if (error instanceof CsvError)
      return { fault: FAULTS[error.code] ?? `not a row of values (${error.code})` };
    throw error;
  }
}

/** Without the values that csv-parse quotes, which may be private. */
const FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'text stands behind a closing quote; a quote inside quotes is written twice',
  INVALID_OPENING_QUOTE: 'a quote stands inside a value without quotes',
};
