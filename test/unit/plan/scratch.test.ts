import { afterEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/domain/hashing.js';
import { Scratch } from '../../../src/plan/scratch.js';
import { change } from './changes.js';

const scratch: Scratch[] = [];
afterEach(() => {
  for (const each of scratch.splice(0)) each.close();
});

function open(): Scratch {
  const made = new Scratch();
  scratch.push(made);
  return made;
}

const uri = (i: number) => `h/${String(i).padStart(5, '0')}.md`;

describe('Scratch', () => {
  it('gives back more changes than a page, in uri order, each once', () => {
    const table = open();
    const wanted = Array.from({ length: 1234 }, (_, i) => uri(i));
    for (const each of [...wanted].reverse()) table.putChange('docs', change({ uri: each }));
    expect([...table.changes('docs')].map((found) => found.uri)).toEqual(wanted);
    expect([...table.changes('other')]).toEqual([]);
  });

  it('finds changes of one action also where whole pages have none', () => {
    const table = open();
    for (let i = 0; i < 1200; i++) table.putChange('docs', change({ uri: uri(i) }));
    table.putChange('docs', change({ uri: uri(1100), action: 'delete' }));
    expect([...table.changes('docs', 'delete')].map((found) => found.uri)).toEqual([uri(1100)]);
  });

  it('may be changed while it is read', () => {
    const table = open();
    for (let i = 0; i < 600; i++) table.putChange('docs', change({ uri: uri(i), action: 'delete' }));
    let seen = 0;
    for (const found of table.changes('docs', 'delete')) {
      seen++;
      table.putChange('docs', { ...found, action: 'withheld' });
    }
    expect(seen).toBe(600);
    expect([...table.changes('docs', 'withheld')]).toHaveLength(600);
  });

  it('keeps where a document is read from when its change is rewritten', () => {
    const table = open();
    const entry = {
      kind: 'document' as const,
      uri: uri(1),
      path: '00001.md',
      parser: 'markdown',
      stat: { size: 1, mtime_ns: '1', ctime_ns: '1', inode: '1' },
    };
    table.putChange('docs', change({ uri: uri(1), action: 'create' }), entry);
    table.putChange('docs', change({ uri: uri(1), action: 'move' }));
    expect(table.entry('docs', uri(1))).toEqual(entry);
    expect(table.change('docs', uri(1))?.action).toBe('move');
  });

  it('offers contents that were both lost and made as candidates for moves', () => {
    const table = open();
    const side = (content: string) => ({ content_sha256: content, metadata_sha256: 'm', chunks: 1 });
    const lost = (at: string, content: string) =>
      table.putChange('docs', change({ uri: at, action: 'delete', before: side(content), after: null }));
    const made = (at: string, content: string) =>
      table.putChange('docs', change({ uri: at, action: 'create', before: null, after: side(content) }));
    lost('h/b', 'x');
    lost('h/a', 'x');
    made('h/c', 'x');
    lost('h/d', 'only-lost');
    made('h/e', 'only-made');
    const candidates = (manifestId: string) => [...table.changesByContent(manifestId).moveCandidates()];
    expect(candidates('docs')).toEqual([{ losses: ['h/a', 'h/b'], creates: ['h/c'] }]);
    expect(candidates('other')).toEqual([]);
  });

  it('tells contents in order with the first that has each, and all that share one over any number of pages', () => {
    const table = open();
    const made = (at: string, content: string) =>
      table.putChange(
        'docs',
        change({ uri: at, after: { content_sha256: content, metadata_sha256: 'm', chunks: 1 } }),
      );
    const alike = Array.from({ length: 1100 }, (_, i) => uri(i));
    for (const at of [...alike].reverse()) made(at, 'y');
    for (let i = 0; i < 600; i++) made(`z/${i}`, `x${String(i).padStart(4, '0')}`);
    const contents = table.changesByContent('docs');
    expect([...contents.contents(2)]).toEqual([{ content: 'y', uri: uri(0), times: 1100 }]);
    expect([...contents.contents(1)]).toHaveLength(601);
    expect([...contents.uris('y')]).toEqual(alike);
  });

  it('has in its contents what they were when it was asked, of one index', () => {
    const table = open();
    const side = (content: string) => ({ content_sha256: content, metadata_sha256: 'm', chunks: 1 });
    table.putChange('docs', change({ uri: 'h/a', after: side('x') }));
    table.putChange('other', change({ uri: 'h/b', after: side('x') }));
    const before = table.changesByContent('docs');
    table.deleteChange('docs', 'h/a');
    expect([...before.uris('x')]).toEqual(['h/a']);
    expect([...table.changesByContent('docs').uris('x')]).toEqual([]);
  });

  it('pages live ids in order, and forgets them when asked to, with what was foreign', () => {
    const table = open();
    const ids = Array.from({ length: 1100 }, (_, i) => String(i).padStart(6, '0'));
    for (const id of [...ids].reverse()) table.addLiveId(id, id.endsWith('7') ? 'text' : '');
    expect([...table.liveIds()].map((row) => row.id)).toEqual(ids);
    expect([...table.liveIds()].filter((row) => row.tampered !== '')).toHaveLength(110);
    table.addFinding('', { uri: '', kind: 'foreign', id: 'f' });
    table.addFinding('docs', { uri: 'h/a', kind: 'missing', id: 'm' });
    table.clearLive();
    expect([...table.liveIds()]).toEqual([]);
    expect(table.countFindings('', 'foreign')).toBe(0);
    expect(table.countFindings('docs', 'missing')).toBe(1);
  });

  it('names each uri with findings once, in order', () => {
    const table = open();
    for (const at of ['h/b', 'h/a', 'h/b']) {
      table.addFinding('docs', { uri: at, kind: 'missing', id: `m${at}` });
      table.addFinding('docs', { uri: at, kind: 'orphan', id: `o${at}` });
    }
    expect([...table.findingUris('docs')]).toEqual(['h/a', 'h/b']);
    expect(table.findingsOf('docs', 'h/b')).toHaveLength(2);
  });

  it('forgets of an unfinished document what its intents explain, and keeps an orphan that none does', () => {
    const table = open();
    const kinds = ['missing', 'tampered', 'orphan', 'orphan', 'resume'] as const;
    kinds.forEach((kind, n) => {
      table.addFinding('docs', { uri: 'h/b', kind, id: `${kind}-${n}` });
    });
    table.addFinding('docs', { uri: 'h/a', kind: 'missing', id: 'm' });
    table.dropIntended('docs', 'h/b', 'orphan-2');
    expect(table.findingsOf('docs', 'h/b').map((finding) => finding.id)).toEqual(['orphan-3', 'resume-4']);
    expect([...table.findingUris('docs')]).toEqual(['h/a', 'h/b']);
  });

  it('knows a text that it has seen', () => {
    const table = open();
    const [a, b] = [sha256Hex('a'), sha256Hex('b')];
    expect([table.firstSeen(a), table.firstSeen(a), table.firstSeen(b)]).toEqual([true, false, true]);
  });
});
