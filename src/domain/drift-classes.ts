/** The classes of drift, each with the incident that it is to whoever is on call. */

export type Incident = 'gap' | 'duplicate' | 'mismatch' | 'no-trace';

/** In the order in which they are told: the collection as a whole, then records. */
export const DRIFT_CLASSES = {
  /** No collection has the name. */
  'collection-missing': 'gap',
  /** Another collection has the name: its id is not the recorded one. */
  'collection-replaced': 'gap',
  /** It carries no mark of ingest. */
  'not-ours': 'no-trace',
  /** It carries the mark of another state. */
  'wrong-lineage': 'no-trace',
  /** It says that its vectors were made by another model, or they have another dimension. */
  'wrong-recipe': 'mismatch',
  /** It measures another distance. */
  'wrong-distance': 'mismatch',
  /** Records are there, and searches do not find them. */
  unsearchable: 'mismatch',
  /** Chroma fails to read it or to write to it, e.g. since it was given a record that it cannot digest. */
  wedged: 'mismatch',
  missing: 'gap',
  /** A record of ours that nothing recorded explains. */
  orphan: 'duplicate',
  /** An orphan whose text live also has under its recorded id, in the same document. */
  duplicate: 'duplicate',
  tampered: 'mismatch',
  /** Nobody's that this state knows: noted, never drift by itself. */
  foreign: 'no-trace',
} as const satisfies Readonly<Record<string, Incident>>;

export type DriftClassName = keyof typeof DRIFT_CLASSES;

/** What is wrong with a collection that is there, told by itself alone. */
export type CollectionFaultName = Extract<
  DriftClassName,
  'collection-replaced' | 'not-ours' | 'wrong-lineage' | 'wrong-recipe' | 'wrong-distance'
>;

/** What of a record is not as it was written. */
export const RECORD_PARTS = ['text', 'metadata', 'vector'] as const;
export type RecordPart = (typeof RECORD_PARTS)[number];
