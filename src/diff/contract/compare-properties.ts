/** The fields of a map: named ones, those by pattern, and all others, which stand in for one another. Pure. */
import type { ContractEdit } from '../../domain/plan.js';
import { below, type CompareSchemas, edited, mapOf, type SchemaMap, same } from './schema-parts.js';

export function compareProperties(
  before: SchemaMap,
  after: SchemaMap,
  path: string,
  compare: CompareSchemas,
): ContractEdit[] {
  return [
    ...compareRequired(before, after, path),
    ...compareDependents(before, after, path),
    ...compare(before['propertyNames'] ?? true, after['propertyNames'] ?? true, below(path, 'propertyNames')),
    ...comparePatterns(before, after, path, compare),
    ...compareNamed(before, after, path, compare),
    ...compare(others(before), others(after), below(path, 'additionalProperties')),
  ];
}

function compareRequired(before: SchemaMap, after: SchemaMap, path: string): ContractEdit[] {
  const from = namesOf(before['required']);
  const to = namesOf(after['required']);
  return [
    ...[...to]
      .filter((name) => !from.has(name))
      .map((name) => edited(below(path, name), 'required now', 'breaking')),
    ...[...from]
      .filter((name) => !to.has(name))
      .map((name) => edited(below(path, name), 'not required any more', 'additive')),
  ];
}

function compareDependents(before: SchemaMap, after: SchemaMap, path: string): ContractEdit[] {
  const from = mapOf(before['dependentRequired']);
  const to = mapOf(after['dependentRequired']);
  const at = (name: string): string => below(path, 'dependentRequired', name);
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((name) => {
    const was = namesOf(from[name]);
    const is = namesOf(to[name]);
    const more = [...is].some((field) => !was.has(field));
    if (more) return [edited(at(name), 'asks for more', 'breaking')];
    return was.size === is.size ? [] : [edited(at(name), 'asks for less', 'additive')];
  });
}

/** What a field without a name of its own must be: anything, unless the schema says. */
function others(schema: SchemaMap): unknown {
  return schema['additionalProperties'] ?? true;
}

function compareNamed(
  before: SchemaMap,
  after: SchemaMap,
  path: string,
  compare: CompareSchemas,
): ContractEdit[] {
  const from = mapOf(before['properties']);
  const to = mapOf(after['properties']);
  const patterns = { ...mapOf(before['patternProperties']), ...mapOf(after['patternProperties']) };
  const byPattern = Object.keys(patterns).length > 0;
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((name) => {
    const was = Object.hasOwn(from, name);
    const is = Object.hasOwn(to, name);
    const at = below(path, name);
    if (was && is) return compare(from[name], to[name], at);
    const edits = was ? compare(from[name], others(after), at) : compare(others(before), to[name], at);
    const [first] = edits;
    if (first === undefined) return [];
    const what = was ? 'field taken out' : 'optional field added';
    // A pattern may speak of the name, and then `additionalProperties` does not.
    if (byPattern) return [edited(at, what, 'conditional')];
    if (edits.every((edit) => edit.class === 'additive')) return [edited(at, what, 'additive')];
    // Only documents that happen to have the field already are judged otherwise than before.
    if (is && others(before) !== false)
      return [edited(at, `${what}, which documents may have had`, 'conditional')];
    return [edited(at, what, 'breaking')];
  });
}

function comparePatterns(
  before: SchemaMap,
  after: SchemaMap,
  path: string,
  compare: CompareSchemas,
): ContractEdit[] {
  const from = mapOf(before['patternProperties']);
  const to = mapOf(after['patternProperties']);
  const open = same(others(after), true);
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((pattern) => {
    const at = below(path, 'patternProperties', pattern);
    if (!Object.hasOwn(to, pattern)) return [edited(at, 'taken out', open ? 'additive' : 'conditional')];
    if (!Object.hasOwn(from, pattern)) return [edited(at, 'added', 'conditional')];
    return compare(from[pattern], to[pattern], at);
  });
}

function namesOf(value: unknown): ReadonlySet<string> {
  return new Set(Array.isArray(value) ? value.map(String) : []);
}
