/** Transcripts in WebVTT, SubRip and JSON Lines: what is said, by whom, when, and where that stands. */
import { describe, expect, it } from 'vitest';
import { FULL_SNAPSHOT, type TranscriptSource } from '../../../src/domain/source-spec.js';
import { createTranscriptSource } from '../../../src/sources/transcripts/transcript-source.js';
import { documentEntry, listing, tempFolder, writeTree } from './source-fixture.js';

const FIELDS = {
  start: 'start',
  end: 'end',
  speaker: 'speaker',
  text: 'text',
  time_unit: 'seconds',
} as const;

function transcripts(root: string, over: Partial<TranscriptSource> = {}) {
  return createTranscriptSource({
    id: 'calls',
    type: 'transcript',
    place: { kind: 'folder', root, include: [], exclude: [] },
    fields: FIELDS,
    contract: undefined,
    metadata: {},
    load: FULL_SNAPSHOT,
    ...over,
  });
}

async function read(name: string, content: string | Buffer, over: Partial<TranscriptSource> = {}) {
  const root = tempFolder();
  writeTree(root, { [name]: content });
  const source = transcripts(root, over);
  const entry = await documentEntry(source, `calls/${name}`);
  const result = await source.read(entry);
  const hashed = await source.hash(entry);
  if (result.kind === 'unreadable') throw new Error(result.message);
  expect(hashed).toEqual({ content_sha256: result.content_sha256 });
  return result;
}

/** Lines of the text with the times and the lines of the file behind them; blank ones left out. */
async function said(name: string, content: string | Buffer, over: Partial<TranscriptSource> = {}) {
  const result = await read(name, content, over);
  if (result.kind === 'reject') throw new Error(result.detail);
  const { text, times = [], line_ranges = [] } = result.parsed;
  const lines = text.split('\n');
  if (text !== '') expect([times.length, line_ranges.length]).toEqual([lines.length, lines.length]);
  return lines.flatMap((line, index) =>
    line === '' ? [] : [[line, times[index]?.join('-'), line_ranges[index]?.join('-')]],
  );
}

async function refusal(name: string, content: string | Buffer): Promise<string> {
  const result = await read(name, content);
  return result.kind === 'reject' ? `${result.code}: ${result.detail}` : 'accepted';
}

describe('WebVTT', () => {
  it('reads cues with and without names, hours and settings', async () => {
    const file = `WEBVTT - a call

intro
00:01.000 --> 00:02.500 align:start position:0%
Good morning.

00:00:03.000 --> 00:00:05.000
How can
I help?

123:00:00.000 --> 123:00:01.000
Still here.
`;
    expect(await said('a.vtt', file)).toEqual([
      ['Good morning.', '1000-2500', '4-5'],
      ['How can I help?', '3000-5000', '7-9'],
      ['Still here.', '442800000-442801000', '11-12'],
    ]);
  });

  it('a byte order mark, CRLF and lone CR change neither text nor hash', async () => {
    const file = 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n';
    const [plain, windows] = [
      await read('a.vtt', file),
      await read('a.vtt', `\uFEFF${file.replaceAll('\n', '\r\n')}`),
    ];
    expect({ ...windows, bytes: undefined }).toEqual({ ...plain, bytes: undefined });
    expect(await said('a.vtt', file.replaceAll('\n', '\r'))).toEqual([['Hello.', '1000-2000', '3-4']]);
  });

  it('passes over NOTE, STYLE and REGION blocks and what is said of the file', async () => {
    const file = `WEBVTT
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000
Kind: captions

STYLE
::cue { color: red }

REGION
id:fred

NOTE this is
a comment --> with an arrow

00:01.000 --> 00:02.000
Hello.
`;
    expect(await said('a.vtt', file)).toEqual([['Hello.', '1000-2000', '14-15']]);
  });

  it('keeps who speaks and takes every other tag out', async () => {
    const file = `WEBVTT

00:01.000 --> 00:02.000
<v.loud Ana Bell>Look, <i>there</i> <c.yellow>it</c> <00:00:01.500>is.</v>

00:01.500 --> 00:03.000
<v Ana Bell>Yes.</v> <v Ben>Where? a < b &amp;&nbsp;c &lt;d&gt; &#8364;</v>
`;
    expect(await said('a.vtt', file)).toEqual([
      ['Ana Bell: Look, there it is.', '1000-2000', '3-4'],
      ['Ana Bell: Yes.', '1500-3000', '6-7'],
      ['Ben: Where? a < b & c <d> €', '1500-3000', '6-7'],
    ]);
  });

  it('a blank line stands in the text where another one begins to speak', async () => {
    const cue = (at: number, who: string): string =>
      `00:0${at}.000 --> 00:0${at}.900\n<v ${who}>Words ${at}.\n`;
    const file = ['WEBVTT\n', cue(1, 'Ana'), cue(2, 'Ana'), cue(3, 'Ben')].join('\n');
    const result = await read('a.vtt', file);
    expect(result).toMatchObject({ parsed: { text: 'Ana: Words 1.\nAna: Words 2.\n\nBen: Words 3.' } });
  });

  it('cues without words, and files without cues, are no text', async () => {
    expect(await said('a.vtt', 'WEBVTT\n\n00:01.000 --> 00:02.000\n<i></i>\n')).toEqual([]);
    expect(await said('a.vtt', 'WEBVTT')).toEqual([]);
  });

  it.each([
    [
      'no WEBVTT',
      '1\n00:01.000 --> 00:02.000\nHi\n',
      'mislabelled: line 1: a WebVTT file begins with WEBVTT',
    ],
    ['no times', 'WEBVTT\n\nlost words\n', 'malformed: line 3: this cue has no times (start --> end)'],
    [
      'half a time',
      'WEBVTT\n\n00:01.000 --> soon\nHi\n',
      'malformed: line 3: these are no times of a cue; write 00:01:02.500 --> 00:01:05.000',
    ],
    [
      '61 seconds',
      'WEBVTT\n\n00:61.000 --> 00:62.000\nHi\n',
      'malformed: line 3: these are no times of a cue; write 00:01:02.500 --> 00:01:05.000',
    ],
  ])('%s is refused with the line', async (_name, file, expected) => {
    expect(await refusal('a.vtt', file)).toBe(expected);
  });
});

describe('SubRip', () => {
  it('reads numbered cues, tags of players, blank lines inside a cue and numbers that are said', async () => {
    const file = `1
00:00:01,000 --> 00:00:02,500 X1:0 X2:100
{\\an8}<font color="red">Good</font> <b>morning.</b>

2
00:00:03,000 --> 00:00:05,000
Your number is

42

3
00:00:06.000 --> 00:00:07.000
a --> b
`;
    expect(await said('a.srt', file)).toEqual([
      ['Good morning.', '1000-2500', '2-3'],
      ['Your number is 42', '3000-5000', '6-9'],
      ['a --> b', '6000-7000', '12-13'],
    ]);
  });

  it.each([
    [
      'words before the first cue',
      'Hello\n\n1\n00:00:01,000 --> 00:00:02,000\nHi\n',
      'malformed: line 1: this stands before the first cue, and belongs to none',
    ],
    [
      'damaged times',
      '1\n00:00:0x,000 --> 00:00:02,000\nHi\n',
      'malformed: line 2: these are no times of a cue; write 00:01:02,500 --> 00:01:05,000',
    ],
    [
      'no cue at all',
      'Hello\n',
      'malformed: line 1: no cue: there are no times (start --> end) in this file',
    ],
  ])('%s are refused with the line', async (_name, file, expected) => {
    expect(await refusal('a.srt', file)).toBe(expected);
  });
});

describe('JSON Lines', () => {
  it('reads seconds and clock times, with and without a speaker', async () => {
    const file = [
      '{"start": 0.5, "end": 1.25, "speaker": "Ana", "text": "Good\\nmorning."}',
      '',
      '{"start": "00:00:02.000", "end": "2:03:04", "text": "Hello."}',
    ].join('\n');
    expect(await said('a.jsonl', file)).toEqual([
      ['Ana: Good morning.', '500-1250', '1-1'],
      ['Hello.', '2000-7384000', '3-3'],
    ]);
  });

  it('takes the names and the unit that the manifest says', async () => {
    const fields = {
      start: 'at.from',
      end: 'at.to',
      speaker: 'who',
      text: 'said',
      time_unit: 'milliseconds',
    } as const;
    const file = '{"at": {"from": 1500, "to": 2500}, "who": 7, "said": "Yes."}\n';
    expect(await said('a.jsonl', file, { fields })).toEqual([['7: Yes.', '1500-2500', '1-1']]);
  });

  it.each([
    ['not JSON', '{"start": 1,', 'malformed: line 1: not JSON; a transcript has one JSON object a line'],
    ['a list', '[1]', 'malformed: line 1: not a JSON object'],
    [
      'no end',
      '{"start": 1, "text": "a"}',
      'malformed: line 1: "end" is no time: seconds, or a text such as 00:01:02.500',
    ],
    [
      'a negative time',
      '{"start": -1, "end": 2, "text": "a"}',
      'malformed: line 1: "start" is no time: seconds, or a text such as 00:01:02.500',
    ],
    ['no text', '{"start": 1, "end": 2}', 'malformed: line 1: "text" is no text'],
    [
      'a speaker that is no name',
      '{"start": 1, "end": 2, "speaker": {}, "text": "a"}',
      'malformed: line 1: "speaker" is no name',
    ],
  ])('%s is refused with the line, and without a word of it', async (_name, line, expected) => {
    expect(await refusal('a.jsonl', line)).toBe(expected);
  });
});

describe('times', () => {
  const jsonl = (...times: readonly (readonly [number, number])[]): string =>
    times.map(([start, end], i) => JSON.stringify({ start, end, text: `words ${i}` })).join('\n');

  it('speakers may overlap, begin together, and say something in no time', async () => {
    expect(await said('a.jsonl', jsonl([1, 9], [2, 3], [2, 2]))).toHaveLength(3);
  });

  it('a start that goes back is refused with the line and both times', async () => {
    expect(await refusal('a.jsonl', jsonl([1, 2], [5, 6], [4, 7]))).toBe(
      'malformed: line 3: it starts at 00:00:04.000, before the one above it, on line 2 (00:00:05.000)',
    );
  });

  it('an end before its start is refused with the line', async () => {
    expect(await refusal('a.jsonl', jsonl([3_600_005, 3_600_004]))).toMatch(
      /^malformed: line 1: it ends at 1000:00:04\.000, before it starts \(1000:00:05\.000\)$/,
    );
  });
});

describe('the source', () => {
  it('lists transcripts and no other file; one file where the manifest names one', async () => {
    const root = tempFolder();
    writeTree(root, { 'b/x.SRT': '', 'a [1].vtt': 'WEBVTT', 'c.jsonl': '', 'notes.md': '# a' });
    expect(await listing(transcripts(root))).toEqual([
      'document calls/a [1].vtt',
      'document calls/b/x.SRT',
      'document calls/c.jsonl',
      'skipped calls/notes.md unsupported-type',
    ]);
    const one = transcripts(root, { place: { kind: 'file', path: `${root}/a [1].vtt` } });
    expect(await listing(one)).toEqual(['document calls/a [1].vtt']);
  });

  it('what is not UTF-8 is refused as it is for any text', async () => {
    expect(await refusal('a.vtt', Buffer.from([0x57, 0xff, 0x0a]))).toMatch(/^invalid-utf8: /);
  });
});
