/**
 * What live tells of the recorded state: every record of ours is read once, checked against its own checksums and
 * put back into documents. Changes nothing; `record-rebuilt.ts` writes it down.
 */
import { recordedPolicy } from '../../diff/policy-changes.js';
import { type RebuiltDocument, rebuildDocument } from '../../diff/rebuild-document.js';
import { IngestError } from '../../domain/errors.js';
import type { ProgressEvent } from '../../domain/events.js';
import { vectorRecipe } from '../../domain/identity.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { LiveDatabase } from '../../domain/ports/live.js';
import type { CollectionRow, IndexRow } from '../../domain/state-rows.js';
import { type FoundCollection, findCollections } from './find-collections.js';
import { RecordSpool } from './record-spool.js';
import { seeRecord } from './see-record.js';

export interface RebuildPorts {
  readonly signal: AbortSignal;
  /** Lineage of a state that takes collections over: some of them may name it already. Undefined: none does. */
  readonly takesOver: string | undefined;
  database(manifest: Manifest): Promise<LiveDatabase | 'absent'>;
  fingerprint(manifest: Manifest): string;
  /** The versions under which a manifest cuts documents with these recipes, and those that it does not explain. */
  pins(
    manifest: Manifest,
    recipes: Iterable<string>,
  ): Promise<{ readonly pins: Readonly<Record<string, number>>; readonly unexplained: readonly string[] }>;
  onProgress(event: ProgressEvent): void;
}

export interface LiveDocument extends RebuiltDocument {
  readonly collection_id: string;
  readonly manifest_id: string;
}

/** To be closed: the records wait on disk. */
export interface LiveState {
  /** Undefined: none of the collections exists. */
  readonly lineage: string | undefined;
  readonly collections: readonly CollectionRow[];
  /** Without last_good_run: that depends on what the documents show. */
  readonly indexes: readonly IndexRow[];
  /** Run ids that records and collections name, oldest first. */
  readonly runs: readonly string[];
  /** Manifests that a collection names and that are not loaded. */
  readonly undeclared: readonly string[];
  /** Documents that were cut as the manifest does not say any more, by manifest. */
  readonly otherRecipes: Readonly<Record<string, number>>;
  /** Of vectors of another model than the manifest's: by collection name. */
  readonly otherModels: readonly string[];
  /** Collections that a run wrote to while they were read. */
  readonly moved: readonly string[];
  readonly foreign: number;
  documents(): Iterable<LiveDocument>;
  close(): void;
}

interface Target {
  readonly database: LiveDatabase;
  readonly name: string;
  readonly manifests: readonly Manifest[];
}

/** @throws IngestError E507 when the collections belong to more than one state, or to somebody else */
export async function readLiveState(ports: RebuildPorts, desired: DesiredState): Promise<LiveState> {
  const spool = new RecordSpool();
  try {
    const targets = await targetsOf(ports, desired);
    const reading = new Reading(ports, spool);
    for (const target of targets) await reading.read(target);
    return reading.state();
  } catch (error) {
    spool.close();
    throw error;
  }
}

/** Manifests that share a collection are read together, once. */
async function targetsOf(ports: RebuildPorts, desired: DesiredState): Promise<Target[]> {
  const targets = new Map<string, Target>();
  for (const manifest of desired.manifests) {
    const database = await ports.database(manifest);
    if (database === 'absent') continue;
    const name = manifest.target.collection;
    const key = JSON.stringify([database.targetId, name]);
    const known = targets.get(key)?.manifests ?? [];
    targets.set(key, { database, name, manifests: [...known, manifest] });
  }
  return [...targets.values()];
}

class Reading {
  readonly #ports: RebuildPorts;
  readonly #spool: RecordSpool;
  readonly #collections: CollectionRow[] = [];
  readonly #indexes: IndexRow[] = [];
  readonly #runs = new Set<string>();
  readonly #undeclared = new Set<string>();
  readonly #otherRecipes: Record<string, number> = {};
  readonly #otherModels: string[] = [];
  readonly #moved: string[] = [];
  #lineage: { readonly id: string; readonly collection: string } | undefined;
  #foreign = 0;
  #records = 0;

  constructor(ports: RebuildPorts, spool: RecordSpool) {
    this.#ports = ports;
    this.#spool = spool;
  }

  async read(target: Target): Promise<void> {
    const { database, name, manifests } = target;
    const { all, pointer, stranger } = await findCollections(database, name);
    if (stranger !== undefined) throw notOurs(name);
    for (const found of all) this.#sameLineage(found);
    for (const found of all) await this.#readCollection(target, found);
    for (const found of all) {
      const now = await database.find(found.collection.name);
      const same = now?.id === found.collection.id && now.identity?.last_run === found.identity.last_run;
      if (!same) this.#moved.push(found.collection.name);
    }
    if (pointer === undefined) return;
    const loaded = new Map(manifests.map((manifest) => [manifest.manifest_id, manifest]));
    const owners = new Set([...pointer.identity.manifests]);
    for (const id of [...owners].sort()) {
      this.#indexes.push(await this.#indexRow(pointer, id, loaded.get(id)));
      if (!loaded.has(id)) this.#undeclared.add(id);
    }
  }

  state(): LiveState {
    const spool = this.#spool;
    return {
      lineage: this.#lineage?.id,
      collections: this.#collections,
      indexes: this.#indexes,
      runs: [...this.#runs].sort(),
      undeclared: [...this.#undeclared].sort(),
      otherRecipes: this.#otherRecipes,
      otherModels: this.#otherModels,
      moved: this.#moved,
      foreign: this.#foreign,
      *documents() {
        for (const { collection_id, manifest_id, uri, records } of spool.documents()) {
          yield { collection_id, manifest_id, ...rebuildDocument(manifest_id, uri, records) };
        }
      },
      close: () => spool.close(),
    };
  }

  #sameLineage({ identity, collection }: FoundCollection): void {
    if (identity.lineage === this.#ports.takesOver) return;
    const known = this.#lineage;
    if (known === undefined) {
      this.#lineage = { id: identity.lineage, collection: collection.name };
      return;
    }
    if (known.id === identity.lineage) return;
    throw new IngestError(
      'E507',
      `collections "${known.collection}" and "${collection.name}" were written from two different states`,
      {
        kind: 'input',
        advice:
          'One state is rebuilt at a time: load the manifests of one of them (-f), in its own --state folder.',
      },
    );
  }

  async #readCollection(
    { database, name, manifests }: Target,
    { collection, identity, role }: FoundCollection,
  ): Promise<void> {
    const owners = new Set(identity.manifests);
    const id = collection.id;
    let foreign = 0;
    for await (const page of collection.records()) {
      this.#ports.signal.throwIfAborted();
      for (const record of page) {
        const owned = seeRecord(record, owners);
        if (owned === undefined) foreign++;
        else this.#spool.add(id, owned);
      }
      this.#records += page.length;
      this.#ports.onProgress({ type: 'scan', documents: this.#records });
    }
    if (role === 'live') this.#foreign += foreign;
    if (identity.last_run !== null) this.#runs.add(identity.last_run);
    const space = collection.space ?? manifests[0]?.target.space ?? 'cosine';
    const fingerprint = manifests
      .map((manifest) => this.#ports.fingerprint(manifest))
      .find((one) => vectorRecipe(one, space) === identity.vector_recipe);
    if (fingerprint === undefined && role !== 'previous') this.#otherModels.push(collection.name);
    this.#collections.push({
      collection_id: id,
      name,
      target: database.targetId,
      space,
      dimension: collection.dimension ?? null,
      vector_recipe: identity.vector_recipe,
      // The model of another recipe cannot be told: the index is built anew, as after any change of it.
      embedding_fingerprint: fingerprint ?? '',
      generation: identity.generation,
      foreign_count: foreign,
      role,
      // Of several that were kept the newest counts as the one that was replaced last.
      retired_run: null,
      pinned: identity.pinned,
    });
  }

  async #indexRow(
    { collection, identity }: FoundCollection,
    manifestId: string,
    manifest: Manifest | undefined,
  ): Promise<IndexRow> {
    const recipes = this.#spool.chunkRecipes(collection.id, manifestId);
    const prevent_destroy = identity.protected.includes(manifestId);
    const last_run = this.#spool.newestRun(collection.id, manifestId) ?? identity.last_run;
    if (last_run !== null) this.#runs.add(last_run);
    const known = {
      manifest_id: manifestId,
      collection_id: collection.id,
      // Which input is in it, the next whole apply says.
      batch_id: null,
      prevent_destroy,
      last_run,
      last_good_run: null,
    };
    if (manifest === undefined) {
      return { ...known, manifest_sha256: '', manifest_file: '', pins: {}, policy: '{}' };
    }
    const { pins, unexplained } = await this.#ports.pins(manifest, recipes.keys());
    const other = unexplained.reduce((sum, recipe) => sum + (recipes.get(recipe) ?? 0), 0);
    if (other > 0) this.#otherRecipes[manifestId] = other;
    return {
      ...known,
      manifest_sha256: manifest.sha256,
      manifest_file: manifest.file,
      pins,
      policy: recordedPolicy(manifest.policy, prevent_destroy),
    };
  }
}

function notOurs(name: string): IngestError {
  return new IngestError(
    'E507',
    `collection "${name}" was not written by ingest: it says nothing of whose it is`,
    {
      kind: 'input',
      advice:
        'Nothing was changed. Give this index another collection name, or load only the other manifests (-f). Vectors that another tool computed with the same model: `ingest state adopt --from`.',
    },
  );
}
