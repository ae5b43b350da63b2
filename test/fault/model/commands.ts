/** Everything that may happen to an index, as commands that print as one plain line each. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import type { LiveCollection } from '../../../src/domain/ports/live.js';
import { readersChangedNothing } from '../../support/promises.js';
import { applyAndCheck, checkAlways, settle } from './check.js';
import { type Doc, type Model, PATHS, type Settings, TEXTS } from './corpus.js';
import type { Rig } from './rig.js';

type Command = fc.AsyncCommand<Model, Rig>;

/** One line, when it makes sense, and what it does. */
function command(
  line: string,
  run: (model: Model, rig: Rig) => Promise<unknown> | unknown,
  check: (model: Model) => boolean = () => true,
): Command {
  return {
    check,
    run: async (model, rig) => {
      await run(model, rig);
      rig.sync(model);
      await checkAlways(rig);
    },
    toString: () => `\n  ${line}`,
  };
}

const path = fc.constantFrom(...PATHS);
const text = fc.nat(TEXTS.length - 1);
const has = (path: string) => (model: Model) => model.docs.has(path);

function edit(line: string, path: string, change: (doc: Doc) => Doc): Command {
  return command(
    `${line} ${path}`,
    (model) => {
      const doc = model.docs.get(path);
      if (doc !== undefined) model.put(path, change(doc));
    },
    has(path),
  );
}

const edits: fc.Arbitrary<Command>[] = [
  fc
    .tuple(path, fc.array(text, { maxLength: 5 }), fc.nat(2))
    .map(([path, texts, title]) =>
      command(`write ${path} with texts ${texts.join(' ') || 'none'}, title ${title}`, (model) =>
        model.put(path, { texts, title, garbled: false }),
      ),
    ),
  fc
    .tuple(path, text)
    .map(([path, n]) => edit(`append text ${n} to`, path, (doc) => ({ ...doc, texts: [...doc.texts, n] }))),
  fc
    .tuple(path, text)
    .map(([path, n]) =>
      edit(`insert text ${n} at the front of`, path, (doc) => ({ ...doc, texts: [n, ...doc.texts] })),
    ),
  fc.tuple(path, text).map(([path, n]) =>
    edit(`put text ${n} in the middle of`, path, (doc) => {
      const middle = doc.texts.length >> 1;
      return { ...doc, texts: doc.texts.map((old, i) => (i === middle ? n : old)) };
    }),
  ),
  path.map((path) => edit('empty', path, (doc) => ({ ...doc, texts: [] }))),
  path.map((path) => edit('garble', path, (doc) => ({ ...doc, garbled: !doc.garbled }))),
  fc
    .tuple(path, fc.nat(2))
    .map(([path, title]) => edit(`give title ${title} to`, path, (doc) => ({ ...doc, title }))),
  path.map((path) =>
    command(
      `edit ${path} back`,
      (model) => {
        const before = model.versions.get(path)?.at(-1);
        if (before !== undefined) model.put(path, before);
      },
      (model) => model.docs.has(path) && model.versions.has(path),
    ),
  ),
  path.map((path) => command(`delete ${path}`, (model) => model.docs.delete(path), has(path))),
  fc
    .tuple(path, path)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) =>
      command(
        `move ${from} to ${to}`,
        (model) => {
          const doc = model.docs.get(from);
          if (doc !== undefined) model.put(to, doc);
          model.docs.delete(from);
        },
        has(from),
      ),
    ),
  fc
    .tuple(path, path)
    .filter(([a, b]) => a !== b)
    .map(([a, b]) =>
      command(
        `swap the names of ${a} and ${b}`,
        (model) => {
          const [one, other] = [model.docs.get(a), model.docs.get(b)];
          if (one === undefined || other === undefined) return;
          model.put(a, other);
          model.put(b, one);
        },
        (model) => model.docs.has(a) && model.docs.has(b),
      ),
    ),
  fc
    .tuple(path, path)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) =>
      command(
        `copy ${from} to ${to}`,
        (model) => {
          const doc = model.docs.get(from);
          if (doc !== undefined) model.put(to, doc);
        },
        has(from),
      ),
    ),
];

function set<K extends keyof Settings>(key: K, ...values: readonly Settings[K][]): fc.Arbitrary<Command> {
  return fc.constantFrom(...values).map((value) =>
    command(
      `set ${key} to ${value}`,
      (model) => {
        model.settings = { ...model.settings, [key]: value };
      },
      (model) => model.settings[key] !== value,
    ),
  );
}

const recipes: fc.Arbitrary<Command>[] = [
  set('maxChars', 80, 120, 400),
  set('strategy', 'auto', 'markdown', 'text'),
  set('product', 0, 1, 2),
  set('contract', 'none', 'title', 'title-or-none'),
  set('maxDeletes', 0, 1, 1000),
  set('onReject', 'keep', 'delete'),
  set('dimensions', 64, 32),
  set('sourceId', 'h', 'k'),
];

/** Somebody else's hands: straight on Chroma, past the program. */
function drift(line: string, run: (model: Model, rig: Rig, live: LiveCollection) => Promise<void>): Command {
  return command(
    line,
    async (model, rig) => {
      const live = await rig.chroma.database.find(rig.collection);
      if (live !== undefined) await run(model, rig, live);
    },
    (model) => !model.stranger,
  );
}

/** Ids of ours, by place in their order, going round. */
async function pick(rig: Rig, places: readonly number[]): Promise<string[]> {
  const ours = (await rig.seen()).filter((record) => !rig.foreign.has(record.id)).map((record) => record.id);
  if (ours.length === 0) return [];
  return [...new Set(places.map((place) => ours[place % ours.length] ?? ''))];
}

const places = fc.array(fc.nat(9), { minLength: 1, maxLength: 3 });
const drifts: fc.Arbitrary<Command>[] = [
  places.map((places) =>
    drift(`somebody deletes records ${places.join(' ')}`, async (model, rig, live) => {
      const ids = await pick(rig, places);
      if (ids.length === 0) return;
      await live.delete(ids);
      for (const id of ids) rig.damaged.add(id);
      model.damaged('ids');
    }),
  ),
  places.map((places) =>
    drift(`somebody rewrites the text of records ${places.join(' ')}`, async (model, rig, live) => {
      const ids = await pick(rig, places);
      const vectors = await live.vectors(ids);
      if (ids.length === 0) return;
      await live.put(
        ids.map((id) => ({
          id,
          text: 'tampered',
          vector: vectors.get(id) ?? new Float32Array(),
          metadata: {},
        })),
      );
      for (const id of ids) rig.damaged.add(id);
      model.damaged('content');
    }),
  ),
  places.map((places) =>
    drift(`somebody changes metadata of records ${places.join(' ')}`, async (model, rig, live) => {
      const ids = await pick(rig, places);
      if (ids.length === 0) return;
      await live.patch(ids.map((id) => ({ id, metadata: { title: null, product: 'tampered', alien: 1 } })));
      for (const id of ids) rig.damaged.add(id);
      model.damaged('content');
    }),
  ),
  fc.tuple(path, fc.nat(2)).map(([path, n]) =>
    drift(`an orphan of ours appears under ${path}, ${n}`, async (model, rig, live) => {
      if (live.dimension === undefined) return;
      const id = `orphan-${n}`;
      const metadata = { ingest_manifest_id: 'docs', ingest_uri: model.uri(path), alien: n };
      await live.put([
        { id, text: TEXTS[n] ?? '', vector: new Float32Array(live.dimension).fill(1), metadata },
      ]);
      rig.damaged.add(id);
      model.damaged('ids');
    }),
  ),
  fc.nat(2).map((n) =>
    drift(`somebody adds a foreign record ${n}`, async (model, rig, live) => {
      if (live.dimension === undefined) return;
      const id = `foreign-${n}`;
      await live.put([
        {
          id,
          text: TEXTS[n] ?? '',
          vector: new Float32Array(live.dimension).fill(1),
          metadata: { owner: n },
        },
      ]);
      const put = (await rig.seen()).find((record) => record.id === id);
      if (put !== undefined) rig.foreign.set(id, put);
      // One more may hide that one of ours is missing.
      if (rig.damaged.size > 0) model.damaged('ids');
    }),
  ),
  fc.constant(
    drift('the collection is wiped', async (model, rig) => {
      for (const { id } of await rig.seen()) rig.damaged.add(id);
      rig.foreign.clear();
      await rig.chroma.wipe(rig.collection);
      model.damaged('counts');
    }),
  ),
  fc.constant(
    drift('the collection is dropped', async (_model, rig) => {
      for (const { id } of await rig.seen()) rig.damaged.add(id);
      rig.foreign.clear();
      await rig.chroma.drop(rig.collection);
    }),
  ),
  fc.constant(
    drift('the collection is dropped and made again with our mark', async (_model, rig, live) => {
      const { identity, space } = live;
      for (const { id } of await rig.seen()) rig.damaged.add(id);
      rig.foreign.clear();
      await rig.chroma.drop(rig.collection);
      if (identity !== undefined)
        await rig.chroma.database.create(rig.collection, space ?? 'cosine', identity);
    }),
  ),
  fc.constant(
    command(
      "somebody else's collection takes the name",
      async (model, rig) => {
        for (const { id } of await rig.seen()) rig.damaged.add(id);
        rig.foreign.clear();
        await rig.chroma.drop(rig.collection);
        const identity = {
          lineage: 'another',
          manifests: ['others'],
          role: 'live' as const,
          generation: 1,
          vector_recipe: 'x',
          last_run: null,
          protected: [],
          pinned: null,
        };
        const taken = await rig.chroma.database.create(rig.collection, 'cosine', identity);
        const vector = new Float32Array(8).fill(1);
        await taken?.put([{ id: 'theirs', text: 'theirs', vector, metadata: { owner: 'them' } }]);
        for (const record of await rig.seen()) rig.foreign.set(record.id, record);
        model.stranger = true;
      },
      (model) => !model.stranger,
    ),
  ),
  fc.constant(
    command(
      "somebody else's collection goes away",
      async (model, rig) => {
        rig.foreign.clear();
        await rig.chroma.drop(rig.collection);
        model.stranger = false;
      },
      (model) => model.stranger,
    ),
  ),
  fc.constant(command('the state is backed up', (_model, rig) => rig.backUp())),
  fc.constant(
    command('the old backup of the state is restored', (_model, rig) => {
      rig.restore();
    }),
  ),
];

const boundary = fc.integer({ min: 1, max: 40 });
const verify = fc.constantFrom('counts' as const, 'ids' as const, 'content' as const);

const runs: fc.Arbitrary<Command>[] = [
  verify.map((verify) =>
    command(`apply --verify ${verify}`, (model, rig) => applyAndCheck(model, rig, { verify })),
  ),
  fc.constant(
    command('apply --allow-delete "**" --allow-empty', (model, rig) =>
      applyAndCheck(model, rig, { allow_delete: ['**'], allow_empty: [model.settings.sourceId] }),
    ),
  ),
  path.map((path) =>
    command(`apply --only ${path}`, (model, rig) => applyAndCheck(model, rig, { only: [model.uri(path)] })),
  ),
  path.map((path) =>
    command(`apply --force ${path}`, (model, rig) => applyAndCheck(model, rig, { force: [model.uri(path)] })),
  ),
  fc.array(boundary, { minLength: 1, maxLength: 2 }).map((boundaries) =>
    command(
      `apply, killed at boundary ${boundaries.join(', and the next at boundary ')}`,
      async (model, rig) => {
        for (const kill of boundaries) await applyAndCheck(model, rig, {}, { kill });
      },
    ),
  ),
  boundary.map((interrupt) =>
    command(`apply, Ctrl-C at boundary ${interrupt}`, (model, rig) =>
      applyAndCheck(model, rig, {}, { interrupt }),
    ),
  ),
  fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.boolean(), fc.option(boundary, { nil: undefined }))
    .map(([request, landed, kill]) =>
      command(
        `apply, the answer of request ${request} is lost (${landed ? 'carried out' : 'not carried out'})${kill === undefined ? '' : `, then killed at boundary ${kill}`}`,
        (model, rig) => applyAndCheck(model, rig, {}, { lose: { request, landed }, kill }),
      ),
    ),
  fc.tuple(path, text).map(([path, n]) =>
    command(`apply, and ${path} gets text ${n} after the plan`, (model, rig) =>
      applyAndCheck(
        model,
        rig,
        {},
        {
          meanwhile: () => {
            model.put(path, { texts: [n], title: 0, garbled: false });
            rig.sync(model);
          },
        },
      ),
    ),
  ),
  fc.constant(
    command('two applies at once', async (model, rig) => {
      const answers = await rig.applyTwice(model);
      const ended = answers.filter((answer) => !(answer instanceof Error));
      const codes = answers.flatMap((answer) => (answer instanceof IngestError ? [answer.code] : []));
      expect(ended.length + codes.length).toBe(2);
      // One of them does it; the other waits until it is done, or is told who does.
      if (ended.length < 2) for (const code of codes) expect(['E503', 'E403', 'E605']).toContain(code);
    }),
  ),
  verify.map((verify) =>
    command(`plan, drift and status --verify ${verify}`, async (model, rig) => {
      if (model.stranger) return;
      const before = await rig.snapshot();
      await rig.look(model, verify);
      expect(readersChangedNothing(before, await rig.snapshot())).toEqual([]);
    }),
  ),
  fc.constant(command('settle', (model, rig) => settled(model, rig))),
];

/** All obstacles out of the way, then everything must be as declared. */
export async function settled(model: Model, rig: Rig): Promise<void> {
  if (model.stranger) {
    rig.foreign.clear();
    await rig.chroma.drop(rig.collection);
    model.stranger = false;
  }
  // What is refused cannot be restored either: its file is mended first.
  if (rig.damaged.size > 0 || rig.restored) {
    model.mend();
    rig.sync(model);
  }
  await settle(model, rig);
}

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.oneof(...edits) },
  { weight: 2, arbitrary: fc.oneof(...recipes) },
  { weight: 3, arbitrary: fc.oneof(...drifts) },
  { weight: 7, arbitrary: fc.oneof(...runs) },
);
