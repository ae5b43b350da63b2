/** A structured warning. Keys are stable, so that gates can name them. */
export interface Warning {
  readonly key: string;
  readonly message: string;
  readonly detail: string | null;
  /** Functional warnings need action; the others are for information. */
  readonly functional: boolean;
}
