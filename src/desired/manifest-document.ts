/** One YAML document of a manifest file, and the faults found in it. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { Fault } from '../domain/errors.js';
import type { TextRange, YamlDocument, YamlPath } from '../platform/yaml.js';
import { printable, type SourceText } from './source-text.js';
import { isRecord, ownValue } from './walk-value.js';

export class ManifestDocument {
  readonly source: SourceText;
  /** Absolute folder of the file: roots and contracts are relative to it. */
  readonly folder: string;
  readonly yaml: YamlDocument;
  readonly faults: Fault[] = [];
  /** Literals that no message may repeat. */
  readonly #literals: readonly string[];
  #value: unknown;

  constructor(source: SourceText, folder: string, yaml: YamlDocument, literals: readonly string[]) {
    this.source = source;
    this.folder = folder;
    this.yaml = yaml;
    this.#value = yaml.value;
    this.#literals = literals.filter((literal) => literal.length >= 4);
  }

  get file(): string {
    return this.source.file;
  }

  /** Plain JSON, not interpolated; anything at all until the schema has been asked. */
  get value(): unknown {
    return this.#value;
  }

  /** What it would say, if somebody edited it. */
  suppose(value: unknown): void {
    this.#value = value;
  }

  get manifestId(): string | undefined {
    const id = ownValue(ownValue(this.value, 'metadata'), 'manifest_id');
    return typeof id === 'string' ? id : undefined;
  }

  /** Names of the declared environments, in order of appearance. */
  get environments(): readonly string[] {
    const environments = ownValue(this.value, 'environments');
    return isRecord(environments) ? Object.keys(environments) : [];
  }

  /** At the value, or as near to it as the document goes. */
  faultAt(path: YamlPath, code: ErrorCode, message: string, advice: string): void {
    this.fault(this.#nearest(path), code, message, advice);
  }

  /** At the key that `path` ends with; for list items and the root at their start. */
  faultAtKey(path: YamlPath, code: ErrorCode, message: string, advice: string): void {
    this.fault(this.yaml.keyRange(path) ?? this.#nearest(path), code, message, advice);
  }

  fault(range: TextRange, code: ErrorCode, message: string, advice: string): void {
    const fault: Fault = {
      code,
      ...this.source.excerpt(range),
      message: this.#masked(message),
      advice: this.#masked(advice),
    };
    // One place is told once; only of missing keys there can be several at one place.
    const known = this.faults.some(
      (other) =>
        other.code === code &&
        other.position.line === fault.position.line &&
        other.position.column === fault.position.column &&
        (code !== 'E102' || other.message === fault.message),
    );
    if (!known) this.faults.push(fault);
  }

  #nearest(path: YamlPath): TextRange {
    for (let length = path.length; length > 0; length--) {
      const part = path.slice(0, length);
      const range = this.yaml.valueRange(part);
      // An empty value (`root:`) has no width; its key says more.
      if (range && range.end > range.start) return range;
      const key = this.yaml.keyRange(part);
      if (key) return key;
    }
    return { start: this.yaml.range.start, end: this.yaml.range.start + 1 };
  }

  #masked(text: string): string {
    let masked = text;
    for (const literal of this.#literals) masked = masked.replaceAll(literal, '********');
    return printable(masked);
  }
}
