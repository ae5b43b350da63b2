/** Values of a row -> fields: text, unless the source declares another type; nothing where no value is. Pure. */
import { IngestError } from '../../../domain/errors.js';
import type { CsvSource } from '../../../domain/source-spec.js';

export type Fields = { readonly fields: Readonly<Record<string, unknown>> } | { readonly fault: string };

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const TRUE = /^(?:true|t|yes|y|1)$/i;
const FALSE = /^(?:false|f|no|n|0)$/i;

/** @throws IngestError E202 for a type of a column that is not there */
export function valueReader(
  { types, null_values }: Pick<CsvSource, 'types' | 'null_values'>,
  columns: readonly string[],
  where: string,
): (values: readonly string[]) => Fields {
  const unknown = Object.keys(types).find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    throw new IngestError('E202', `${where} has no column "${unknown}", which "types" declares`, {
      kind: 'input',
      advice: `It has ${columns.map((name) => `"${name}"`).join(', ')}.`,
    });
  }
  const nulls = new Set(null_values);
  const readers = columns.map(
    (name) => [name, Object.hasOwn(types, name) ? types[name] : undefined] as const,
  );
  return (values) => {
    if (values.length !== columns.length) {
      return { fault: `has ${values.length} values, where there are ${columns.length} columns` };
    }
    const fields: [string, unknown][] = [];
    for (const [index, [name, type]] of readers.entries()) {
      const text = values[index] ?? '';
      const value = nulls.has(text) ? null : type === undefined ? text : READERS[type](text.trim());
      if (value === undefined) return { fault: `its ${name} is no ${type}` };
      fields.push([name, value]);
    }
    // Not assigned one by one: a column may be called __proto__.
    return { fields: Object.fromEntries(fields) };
  };
}

/** Undefined: it is none. */
const READERS: Readonly<
  Record<'number' | 'boolean', (text: string) => number | string | boolean | undefined>
> = {
  number: (text) => {
    if (!NUMBER.test(text)) return undefined;
    const number = Number(text);
    // What no number here can hold stays as it is written, so that two of them stay apart.
    if (INTEGER.test(text) && !Number.isSafeInteger(number)) return text.replace(/^\+/, '');
    return Number.isFinite(number) ? number : undefined;
  },
  boolean: (text) => (TRUE.test(text) ? true : FALSE.test(text) ? false : undefined),
};
