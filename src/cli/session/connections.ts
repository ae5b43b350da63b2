/** One connection a target, shared by the manifests of the run. */
import { canonicalJson } from '../../domain/hashing.js';
import type { Manifest, Target } from '../../domain/manifest.js';
import type { LiveConnector, LiveDatabase } from '../../domain/ports/live.js';

export class Connections {
  readonly #databases = new Map<string, Promise<LiveDatabase | 'absent'>>();
  readonly #connector: (environment: string, manifest: Manifest) => Promise<LiveConnector>;
  readonly #onOpened: (database: LiveDatabase) => void;

  constructor(
    connector: (environment: string, manifest: Manifest) => Promise<LiveConnector>,
    onOpened: (database: LiveDatabase) => void,
  ) {
    this.#connector = connector;
    this.#onOpened = onOpened;
  }

  /** Asked again where a reader found nothing and a writer may make it. */
  async database(
    environment: string,
    manifest: Manifest,
    mode: 'read' | 'write',
  ): Promise<LiveDatabase | 'absent'> {
    const key = targetKey(manifest.target);
    const known = this.#databases.get(key);
    if (known !== undefined) {
      const database = await known;
      if (database !== 'absent' || mode === 'read') return database;
    }
    const opening = this.#connector(environment, manifest).then((connector) => connector.connect(mode));
    this.#databases.set(key, opening);
    const database = await opening;
    if (database !== 'absent') this.#onOpened(database);
    return database;
  }
}

/** Without collection and distance: manifests that say the same of one server share its connection. */
function targetKey(target: Target): string {
  if (target.kind === 'embedded') return 'embedded';
  const { url, tenant, database, headers, connection } = target;
  return canonicalJson({ url, tenant, database, headers: Object.keys(headers).sort(), connection });
}
