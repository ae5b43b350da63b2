/** What looks for one kind of personal data in a text. Its time grows with the text alone. */
export interface Match {
  readonly start: number;
  readonly end: number;
  /** The same for every spelling of one value: what is hashed. */
  readonly canonical: string;
}

export type Detector = (text: string) => Iterable<Match>;
