/** One YAML document of a manifest file, and the faults found in it. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { Fault } from '../domain/errors.js';
import type { TextRange, YamlDocument, YamlPath } from '../platform/yaml.js';
import { type Excerpt, printable, type SourceText } from './source-text.js';
import type { SupposedText } from './supposed-text.js';
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
  #supposed: SupposedText | undefined;

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

  /** What it would say, if somebody edited it as `by` says. */
  suppose(value: unknown, by: SupposedText): void {
    this.#value = value;
    this.#supposed = by;
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
    const supposed = this.#inFlag(path, 'value');
    this.#add(supposed ?? this.source.excerpt(this.#nearest(path)), code, message, advice);
  }

  /** At the key that `path` ends with; for list items and the root at their start. */
  faultAtKey(path: YamlPath, code: ErrorCode, message: string, advice: string): void {
    const supposed = this.#inFlag(path, 'key');
    const range = this.yaml.keyRange(path) ?? this.#nearest(path);
    this.#add(supposed ?? this.source.excerpt(range), code, message, advice);
  }

  fault(range: TextRange, code: ErrorCode, message: string, advice: string): void {
    this.#add(this.source.excerpt(range), code, message, advice);
  }

  #inFlag(path: YamlPath, at: 'key' | 'value'): Excerpt | undefined {
    const written = this.yaml.keyRange(path) !== undefined || this.yaml.valueRange(path) !== undefined;
    const range = this.#supposed?.rangeOf(path, this.#value, written, at);
    return range && this.#supposed?.source.excerpt(range);
  }

  #add(excerpt: Excerpt, code: ErrorCode, message: string, advice: string): void {
    const fault: Fault = {
      code,
      ...excerpt,
      message: this.#masked(message),
      advice: this.#masked(advice),
    };
    // One place is told once; only of missing keys there can be several at one place.
    const known = this.faults.some(
      (other) =>
        other.code === code &&
        other.position.file === fault.position.file &&
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
