/**
 * The sliver of SQLite this program needs, and the only importer of better-sqlite3. The native module is
 * loaded when the first database is opened, so that `--help` never pays for it. Synchronous.
 */
import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import { IngestError } from '../domain/errors.js';

export type SqlValue = string | number | bigint | Uint8Array | null;
/** Positional values, or one object for `@name` parameters (keys that the SQL does not use are ignored). */
export type SqlParameter = SqlValue | Readonly<Record<string, SqlValue>>;

export interface Statement<Row> {
  run(...parameters: readonly SqlParameter[]): { readonly changes: number };
  get(...parameters: readonly SqlParameter[]): Row | undefined;
  all(...parameters: readonly SqlParameter[]): Row[];
}

export interface StatementShape {
  /** False for what changes the database, or could. */
  readonly readonly: boolean;
  /** Of its rows; without any it gives none. */
  readonly columns: readonly { readonly name: string; readonly declaredType: string | null }[];
}

export interface Database {
  /** What a statement is, without running it. @throws RangeError for none, or more than one */
  describe(sql: string): StatementShape;
  /** Compiled once per SQL text and kept. `Row` is the caller's word for what the columns are. */
  prepare<Row = unknown>(sql: string): Statement<Row>;
  /**
   * Rows one by one, on a statement of its own. While it is being read this connection refuses every
   * write: where writes may happen between two items, page by key with `prepare(...).all` instead.
   */
  iterate<Row>(sql: string, ...parameters: readonly SqlParameter[]): IterableIterator<Row>;
  /** Any number of statements, without parameters or results. */
  exec(sql: string): void;
  /** First column of the first row that the pragma answers, e.g. `pragma('user_version')`. */
  pragma(source: string): SqlValue | undefined;
  /** Commits when fn returns, rolls back and rethrows when it throws. Not to be nested. */
  transaction<T>(fn: () => T, mode?: 'deferred' | 'immediate' | 'exclusive'): T;
  readonly inTransaction: boolean;
  /** Idempotent. */
  close(): void;
}

export interface OpenDatabaseOptions {
  /** The file must exist and no byte of it is changed. */
  readonly readonly?: boolean;
  readonly mustExist?: boolean;
  /** Integers are read as bigint, so that none loses a digit. */
  readonly bigIntegers?: boolean;
  /** How long a statement waits for another connection's lock before SQLITE_BUSY. Default 5,000 ms. */
  readonly busyTimeoutMs?: number;
  /** Turns what SQLite throws into an error for people; what it returns is thrown. */
  readonly translate?: (error: unknown) => unknown;
}

/** Path of a private database on disk that vanishes when it is closed, for what may outgrow memory. */
export const TEMPORARY = '';
/** Path of a database in memory. */
export const IN_MEMORY = ':memory:';

/** SQLite's extended result code (`SQLITE_BUSY`, `SQLITE_IOERR_WRITE`...), undefined for other errors. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : undefined;
}

/**
 * Opens a file, TEMPORARY or IN_MEMORY.
 * @throws what SQLite throws (see sqliteCode), through `translate`; IngestError E501 when the native
 * module cannot be loaded.
 */
export function openDatabase(path: string, options: OpenDatabaseOptions = {}): Database {
  return new Connection(path, options);
}

class Connection implements Database {
  readonly #db: BetterSqlite3.Database;
  readonly #translate: (error: unknown) => unknown;
  readonly #statements = new Map<string, Statement<unknown>>();

  constructor(path: string, options: OpenDatabaseOptions) {
    this.#translate = options.translate ?? ((error) => error);
    this.#db = this.#guard(() => connect(path, options));
    if (options.bigIntegers === true) this.#db.defaultSafeIntegers(true);
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  prepare<Row = unknown>(sql: string): Statement<Row> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known as Statement<Row>;
    const raw = this.#guard(() => this.#db.prepare<unknown[], Row>(sql));
    const statement: Statement<Row> = {
      run: (...parameters) => this.#guard(() => raw.run(...parameters)),
      get: (...parameters) => this.#guard(() => raw.get(...parameters)),
      all: (...parameters) => this.#guard(() => raw.all(...parameters)),
    };
    this.#statements.set(sql, statement);
    return statement;
  }

  describe(sql: string): StatementShape {
    const raw = this.#guard(() => this.#db.prepare(sql));
    const columns = raw.reader ? raw.columns().map(({ name, type }) => ({ name, declaredType: type })) : [];
    return { readonly: raw.readonly, columns };
  }

  *iterate<Row>(sql: string, ...parameters: readonly SqlParameter[]): IterableIterator<Row> {
    const rows = this.#guard(() => this.#db.prepare<unknown[], Row>(sql).iterate(...parameters));
    try {
      for (;;) {
        const next = this.#guard(() => rows.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      rows.return?.();
    }
  }

  exec(sql: string): void {
    this.#guard(() => this.#db.exec(sql));
  }

  pragma(source: string): SqlValue | undefined {
    return this.#guard(() => this.#db.pragma(source, { simple: true })) as SqlValue | undefined;
  }

  transaction<T>(fn: () => T, mode: 'deferred' | 'immediate' | 'exclusive' = 'deferred'): T {
    this.prepare(`BEGIN ${mode}`).run();
    try {
      const result = fn();
      this.prepare('COMMIT').run();
      return result;
    } catch (error) {
      // Some failures (disk full, I/O) have already rolled back by themselves.
      if (this.#db.inTransaction) this.prepare('ROLLBACK').run();
      throw error;
    }
  }

  close(): void {
    this.#guard(() => this.#db.close());
  }

  #guard<T>(fn: () => T): T {
    try {
      return fn();
    } catch (error) {
      throw sqliteCode(error) === undefined ? error : this.#translate(error);
    }
  }
}

let driver: typeof BetterSqlite3 | undefined;

function connect(path: string, options: OpenDatabaseOptions): BetterSqlite3.Database {
  try {
    driver ??= createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
    return new driver(path, {
      readonly: options.readonly ?? false,
      fileMustExist: options.mustExist ?? options.readonly ?? false,
      timeout: options.busyTimeoutMs ?? 5000,
    });
  } catch (error) {
    // SQLite's own errors have a code; a TypeError is a path without its folder. The rest is the binary,
    // which better-sqlite3 loads with its first connection.
    if (sqliteCode(error) !== undefined || error instanceof TypeError) throw error;
    throw nativeModuleMissing(error);
  }
}

function nativeModuleMissing(cause: unknown): IngestError {
  return new IngestError('E501', 'the SQLite module (better-sqlite3) cannot be loaded on this machine', {
    kind: 'world',
    advice:
      'Run `npm rebuild better-sqlite3` with the Node version that runs ingest, or install again without --ignore-scripts.',
    cause,
  });
}
