/**
 * Source type `csv`: one record a row. A row that is not well formed is located, and the one after it begins on the next
 * line, so that a quote that is never closed hides nothing of what follows.
 */
import { basename } from 'node:path';
import { IngestError } from '../../../domain/errors.js';
import type { Source } from '../../../domain/ports/source.js';
import type { CsvSource } from '../../../domain/source-spec.js';
import { describeIoError, ioErrorCode } from '../../../platform/describe-io-error.js';
import { checkColumns } from '../check-columns.js';
import { readLines } from '../read-lines.js';
import type { RawRecord, RecordReader } from '../record-reader.js';
import { createRecordSource } from '../record-source.js';
import type { Values } from './parse-rows.js';
import { MAX_ROW_BYTES, type Row, RowSplitter } from './split-rows.js';
import { valueReader } from './typed-values.js';

/** Rows that are parsed at once. */
const BATCH = 500;

export function createCsvSource(spec: CsvSource): Source {
  return createRecordSource(spec, csvReader(spec));
}

function csvReader(spec: CsvSource): RecordReader {
  const name = basename(spec.path);
  return {
    root: spec.path,
    async *read(_window, signal) {
      const rows = new RowSplitter(readLines(spec.path, MAX_ROW_BYTES, signal), spec.quoting);
      try {
        yield* records(rows, spec, name);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof IngestError || ioErrorCode(error) === undefined) throw error;
        yield { kind: 'unreadable', message: `${name} cannot be read: ${describeIoError(error)}` };
      } finally {
        await rows.close();
      }
    },
  };
}

/** Loaded with the first file. */
async function parser() {
  return (await import('./parse-rows.js')).parseRows;
}

async function* records(rows: RowSplitter, spec: CsvSource, name: string): AsyncGenerator<RawRecord> {
  const columns = await columnsOf(rows, spec);
  if ('fault' in columns) {
    yield { kind: 'unreadable', message: `${name} cannot be read: ${columns.fault}` };
    return;
  }
  checkColumns(spec, columns, name);
  const fieldsOf = valueReader(spec, columns, name);
  const parseRows = await parser();
  let size = BATCH;
  for (;;) {
    rows.release();
    const batch = await takeRows(rows, size);
    if (batch.length === 0) return;
    const parsed = parseRows(batch, spec);
    // After a row that is not well formed a few, for what follows was split as if its quotes were right.
    size = Math.min(size * 2, BATCH);
    for (const [index, row] of batch.entries()) {
      const values = parsed[index] ?? [];
      const [first, last] = row.lines;
      if ('fault' in values && first < last) {
        yield recordOf(firstLineOf(row), values, fieldsOf, name);
        rows.rewind(first + 1);
        size = 1;
        break;
      }
      yield recordOf(row, values, fieldsOf, name);
    }
  }
}

async function takeRows(rows: RowSplitter, count: number): Promise<readonly Row[]> {
  const taken: Row[] = [];
  while (taken.length < count) {
    const row = await rows.take();
    if (row === undefined) break;
    taken.push(row);
  }
  return taken;
}

function firstLineOf(row: Row): Row {
  const end = row.text.indexOf('\n');
  return { ...row, text: row.text.slice(0, end), lines: [row.lines[0], row.lines[0]] };
}

/** Declared, or the first row. */
async function columnsOf(rows: RowSplitter, spec: CsvSource): Promise<readonly string[] | { fault: string }> {
  const row = await rows.take();
  if (spec.columns !== undefined) {
    // The first row is a record like the others.
    if (row !== undefined) rows.rewind(row.lines[0]);
    return spec.columns;
  }
  if (row === undefined) return { fault: 'it is empty, and has not even a header row' };
  const [values = []] = (await parser())([row], spec);
  return 'fault' in values ? { fault: `in its header row, ${values.fault}` } : values;
}

function recordOf(
  { text, lines: [first, last] }: Row,
  values: Values,
  fieldsOf: ReturnType<typeof valueReader>,
  name: string,
): RawRecord {
  const location = first === last ? `${name}:${first}` : `${name}:${first}-${last}`;
  const fields = 'fault' in values ? values : fieldsOf(values);
  return 'fault' in fields
    ? { kind: 'malformed', bytes: text, location, message: fields.fault }
    : { kind: 'record', fields: fields.fields, location };
}
