/** One document from its listing entry to identified chunks: read, gate, chunk. Used by plan and apply. */
import { type ChunkParams, charParams, tokenParams } from '../../chunking/chunk-params.js';
import { chunker, chunkerVersion, resolveStrategy } from '../../chunking/chunkers.js';
import type { Grammar } from '../../chunking/code/grammar.js';
import { identifyChunks } from '../../chunking/prepare-chunks.js';
import { type Tokenizer, tokenizerVersion } from '../../chunking/tokens/tokenizer.js';
import type { ChunkStrategy } from '../../domain/chunking-spec.js';
import type { DocumentEntry, PreparedDocument, RejectCode } from '../../domain/document.js';
import { canonicalJson, structureHash } from '../../domain/hashing.js';
import { chunkRecipe, sourceIdOf } from '../../domain/identity.js';
import type { Manifest } from '../../domain/manifest.js';
import type { PiiReport } from '../../domain/pii.js';
import type { Gate } from '../../domain/ports/gate.js';
import type { LandingStore } from '../../domain/ports/landing.js';
import type { Source } from '../../domain/ports/source.js';
import type { Warning } from '../../domain/warning.js';
import { type InputRead, type Landable, landableOf, landableRefused, readLanded } from './landed-input.js';

export type Preparation =
  | {
      readonly kind: 'document';
      readonly document: PreparedDocument;
      readonly landable: Landable;
    }
  | {
      readonly kind: 'empty';
      readonly content_sha256: string;
      readonly pii?: PiiReport | undefined;
    }
  | {
      /** `reject` of the parser or the gate, `quarantine` of the gate alone. */
      readonly kind: 'reject' | 'quarantine';
      readonly content_sha256: string;
      readonly code: RejectCode;
      readonly codes: readonly RejectCode[];
      readonly detail: string;
      /** Undefined without PII rules, and where the parser refused. */
      readonly pii?: PiiReport | undefined;
      /** Undefined: nothing of it is to be kept. */
      readonly landable: Landable | undefined;
    }
  | { readonly kind: 'unreadable'; readonly message: string };

/** What a recipe says of a parser. */
export interface ParserTraits {
  readonly version: number;
  readonly strategy: ChunkStrategy;
}

/** A source with the gate that its documents pass. */
export interface GatedSource {
  readonly source: Source;
  readonly gate: Gate;
}

export interface Preparer {
  /** Versions in force, to be pinned when first applied. */
  readonly pins: Readonly<Record<string, number>>;
  chunkRecipe(parser: string): string;
  gateRecipe(sourceId: string): string;
  /** Of the source's gate. */
  contract(sourceId: string): Gate['contract'];
  source(sourceId: string): Source;
  /** Of the source that `uri` is of; a source that is no longer declared has no rules. */
  concealOld(uri: string, text: string, gateRecipe: unknown): string;
  prepare(entry: DocumentEntry): Promise<Preparation>;
}

/**
 * `recordedPins` are the versions pinned by an earlier apply: they stay in force, so that an update of
 * the tool re-embeds nothing. Undefined for an index that was never applied.
 */
export function createPreparer(
  manifest: Manifest,
  sources: ReadonlyMap<string, GatedSource>,
  traitsOf: (parser: string) => ParserTraits,
  recordedPins: Readonly<Record<string, number>> | undefined,
  tokenizer: Tokenizer | undefined,
  landing: Pick<LandingStore, 'get'> | undefined,
): Preparer {
  const pins: Record<string, number> = { ...recordedPins };
  const recipes = new Map<string, { strategy: ChunkStrategy; version: number; recipe: string }>();
  const { strategy: declared, ...sizes } = manifest.chunking;
  let params: Promise<ChunkParams> | undefined;

  function pin(component: string, latest: () => number): number {
    const version = pins[component] ?? latest();
    pins[component] = version;
    return version;
  }

  function recipeOf(parser: string) {
    let known = recipes.get(parser);
    if (known === undefined) {
      const traits = traitsOf(parser);
      const strategy = resolveStrategy(declared, traits.strategy);
      const version = pin(`chunker:${strategy}`, () => chunkerVersion(strategy));
      const parserPin = pin(`parser:${parser}`, () => traits.version);
      const recipe = chunkRecipe(
        { name: parser, version: parserPin },
        { name: strategy, version },
        // Nobody embeds a document again because of a size that it is not cut by.
        strategy === 'whole' ? {} : recipeSizes(),
      );
      known = { strategy, version, recipe };
      recipes.set(parser, known);
    }
    return known;
  }

  function recipeSizes(): object {
    if (tokenizer === undefined) return sizes;
    const kind = tokenizer.name.split(' ')[0];
    const version = pin(`tokenizer:${kind}`, () => tokenizer.version);
    return { ...sizes, tokenizer: tokenizerVersion(tokenizer, version) };
  }

  async function loadParams(): Promise<ChunkParams> {
    if ('max_chars' in sizes) return charParams(sizes);
    if (tokenizer === undefined) throw new TypeError('sizes in tokens without a tokenizer');
    return tokenParams(sizes, await tokenizer.load());
  }

  /** Of the strategy that asks for one; loaded with the first document of its language. */
  async function grammarOf(strategy: ChunkStrategy, parser: string): Promise<Grammar | undefined> {
    if (strategy !== 'code') return undefined;
    const { loadGrammar } = await import('../../chunking/code/grammars.js');
    return loadGrammar(parser);
  }

  function gated(sourceId: string): GatedSource {
    const found = sources.get(sourceId);
    if (found === undefined) throw new TypeError(`no source ${sourceId}`);
    return found;
  }

  return {
    pins,
    chunkRecipe: (parser) => recipeOf(parser).recipe,
    gateRecipe: (sourceId) => gated(sourceId).gate.recipe,
    contract: (sourceId) => gated(sourceId).gate.contract,
    source: (sourceId) => gated(sourceId).source,
    concealOld: (uri, text, recipe) => sources.get(sourceIdOf(uri))?.gate.concealOld(text, recipe) ?? text,
    async prepare(entry) {
      const sourceId = sourceIdOf(entry.uri);
      const { source, gate } = gated(sourceId);
      const read: InputRead =
        entry.landed === undefined
          ? await source.read(entry)
          : await readLanded(landing, source, entry, entry.landed, gate.recipe);
      if (read.kind === 'unreadable') return read;
      if (read.kind === 'reject') {
        return { ...read, detail: gate.conceal(read.detail), codes: [read.code], landable: undefined };
      }
      const { content_sha256, parsed } = read;
      const verdict = read.judged ?? gate.judge({ ...parsed, uri: entry.uri });
      if (verdict.verdict !== 'accept') {
        const { code, codes, detail, pii } = verdict;
        const landable = landableRefused(source, read, verdict);
        return { kind: verdict.verdict, content_sha256, code, codes, detail, pii, landable };
      }
      const recipe = recipeOf(entry.parser);
      params ??= loadParams();
      const grammar = await grammarOf(recipe.strategy, entry.parser);
      const pieces = chunker(recipe.strategy, recipe.version).chunk(verdict.text, await params, grammar);
      const chunks = identifyChunks({
        manifestId: manifest.manifest_id,
        uri: entry.uri,
        chunks: pieces,
        place: parsed,
        documentMetadata: verdict.metadata,
        contentSha256: content_sha256,
        chunkRecipe: recipe.recipe,
        gateRecipe: gate.recipe,
        version: entry.version,
      });
      if (chunks.length === 0) return { kind: 'empty', content_sha256, pii: verdict.pii };
      return {
        kind: 'document',
        landable: landableOf(source, read, verdict, gate.recipe),
        document: {
          uri: entry.uri,
          source_id: sourceId,
          content_sha256,
          metadata_sha256: structureHash(verdict.metadata),
          metadata: verdict.metadata,
          gate_recipe: gate.recipe,
          chunk_recipe: recipe.recipe,
          chunks,
          warnings: [...parsed.warnings.map((one) => concealed(one, gate)), ...verdict.warnings],
          pii: verdict.pii,
          version: entry.version ?? null,
        },
      };
    },
  };
}

/** What a parser says of a file may quote it. */
function concealed(warning: Warning, gate: Gate): Warning {
  const { message, detail } = warning;
  return {
    ...warning,
    message: gate.conceal(message),
    detail: detail === null ? null : gate.conceal(detail),
  };
}

/** The user's metadata as recorded: canonical JSON. */
export function metadataJson(document: PreparedDocument): string {
  return canonicalJson(document.metadata);
}
