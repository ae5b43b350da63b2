import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lexicalHash, lexicalHashVector } from '../../../src/embedding/providers/lexical-hash.js';
import { embeddingSpec, InstantClock, vectorHash } from '../../support/embedding-fixtures.js';

const similarity = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

describe('vectors of lexical-hash 1 are pinned', () => {
  // These are a written format: a change here re-embeds every user's index. It needs a new version instead.
  it.each([
    ['English', 'How do I match file paths with a glob pattern?', '14878c69752d78ea'],
    ['repeated words', 'cache cache cache cache cache miss miss hit', 'd86817508ffae887'],
    ['Chinese', '如何用通配符匹配文件路径？', 'a65b322fff0fbe61'],
    ['mixed', '使用 Chroma 1.5 建立 vector index，然后 query。', '0a4cc617595c18d1'],
    ['Japanese and Korean', 'ベクトル検索の使い方 벡터 검색', '183565a5082f4075'],
    ['emoji', '🎉🎉👩‍💻', '9db92b5b86d700f3'],
    ['stop words alone', 'to be or not to be', '3e8f9180dc5cdf29'],
    ['compatibility forms', 'Ｆｕｌｌｗｉｄｔｈ ﬁle ①② Ⅳ ㎏ ΣΊΣΥΦΟΣ İstanbul', '5ea3df30d7816337'],
    ['other scripts', 'Привет мир नमस्ते दुनिया مرحبا بالعالم สวัสดี', 'c8bf426b988890fa'],
    ['combining marks', 'cafe\u0301 re\u0301sume\u0301 Việt Nam', '03265f416511e1b6'],
    ['white space', ' \n\t', '36bd2b84e5ba2728'],
  ])('%s', (_, text, hash) => {
    expect(vectorHash(lexicalHashVector(text, 1024))).toBe(hash);
  });

  it('another dimension is another vector', () => {
    expect(vectorHash(lexicalHashVector('match file paths', 300))).toBe('6aced537387c5425');
  });
});

describe('lexicalHashVector', () => {
  it('gives finite vectors of length one for any text and dimension', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 70 }), (text, dimensions) => {
        const vector = lexicalHashVector(text, dimensions);
        expect(vector).toHaveLength(dimensions);
        expect(Math.abs(similarity(vector, vector) - 1)).toBeLessThan(1e-5);
      }),
    );
  });

  it('is not zero where every signed feature cancels out', () => {
    // In one dimension opposite signs meet in one bucket.
    for (const text of ['alpha', 'alpha beta', '向量', 'x y z', 'one two three four']) {
      expect(Math.abs(lexicalHashVector(text, 1)[0] ?? 0)).toBe(1);
    }
  });

  it('sees composed and decomposed, full-width and narrow, upper and lower case as one', () => {
    const reference = lexicalHashVector('résumé file 12', 256);
    for (const text of [
      'RÉSUMÉ File 12',
      're\u0301sume\u0301 file 12',
      'résumé ﬁle １２',
      'rés\u00adumé file 12',
    ]) {
      expect(lexicalHashVector(text, 256)).toEqual(reference);
    }
  });

  it('does not read a capital sigma by its neighbours', () => {
    expect(lexicalHashVector('ΟΔΟΣ', 256)).toEqual(lexicalHashVector('οδος', 256));
  });

  it('brings the forms of a word together', () => {
    const close = similarity(
      lexicalHashVector('matching files', 1024),
      lexicalHashVector('matched file', 1024),
    );
    const far = similarity(
      lexicalHashVector('matching files', 1024),
      lexicalHashVector('printed pages', 1024),
    );
    expect(close).toBeGreaterThan(0.7);
    expect(far).toBeLessThan(0.3);
  });

  it('does not depend on how often a text was embedded before', () => {
    const first = lexicalHashVector('the same text', 128);
    lexicalHashVector('another text in between', 128);
    expect(lexicalHashVector('the same text', 128)).toEqual(first);
  });

  it('takes a long text of combining marks', () => {
    const vector = lexicalHashVector(`a${'\u0301\u0323'.repeat(50_000)}`, 64);
    expect(similarity(vector, vector)).toBeCloseTo(1, 5);
  });
});

describe('retrieval by lexical-hash', () => {
  const paragraphs = [
    'Glob patterns: use ** to match any number of folders and * to match part of a file name. Paths use forward slashes.',
    'Deleting a workspace removes all of its projects after thirty days. An administrator can restore it until then.',
    'Two-factor authentication protects your account. Open Settings, choose Security and scan the QR code with your phone.',
    'Invoices are sent by email on the first day of each month. You can download older invoices from the billing page.',
    'The embedding cache stores vectors by fingerprint and text hash, so that equal texts are computed only once.',
    'When the server answers 429, the client waits as long as the Retry-After header asks, then sends smaller batches.',
    '通配符：用 ** 匹配任意层文件夹，用 * 匹配文件名的一部分，路径一律使用正斜杠。',
    '删除工作区后，其中的所有项目会在三十天后清除，在此之前管理员可以恢复。',
    '双重验证可以保护您的账户。打开设置，选择安全，然后用手机扫描二维码。',
    '发票在每月第一天通过电子邮件发送，以前的发票可以在账单页面下载。',
    '嵌入缓存按指纹和文本哈希保存向量，相同的文本只计算一次。',
    '服务器返回 429 时，客户端按照 Retry-After 的要求等待，然后发送更小的批次。',
  ];
  const vectors = paragraphs.map((text) => lexicalHashVector(text, 1024));
  const best = (question: string): number => {
    const asked = lexicalHashVector(question, 1024);
    const scores = vectors.map((vector) => similarity(asked, vector));
    return scores.indexOf(Math.max(...scores));
  };

  it.each([
    ['How do I match file paths with a glob pattern?', 0],
    ['which star matches folders', 0],
    ['Can a deleted workspace be restored by an administrator?', 1],
    ['How can I protect my account with two factors?', 2],
    ['Where do I download an old invoice?', 3],
    ['Are equal texts computed twice, or does the cache keep their vector?', 4],
    ['What happens when the client gets 429 from a server?', 5],
    ['如何用通配符匹配文件路径？', 6],
    ['工作区被删除以后还能恢复吗？', 7],
    ['怎样用手机扫描二维码开启双重验证', 8],
    ['在哪里下载以前的发票？', 9],
    ['相同的文本会重复计算向量吗？', 10],
    ['客户端收到 429 要等待多久？', 11],
  ])('%s', (question, expected) => {
    expect(best(question)).toBe(expected);
  });
});

describe('the provider', () => {
  it('is described without being made, with its version in the model', () => {
    const description = lexicalHash.describe(embeddingSpec({ provider: 'lexical-hash', model: 'anything' }));
    expect(description).toMatchObject({
      model: 'lexical-hash-1',
      semantic: false,
      dimensions: 1024,
      price: 0,
    });
    expect(description.fingerprint).toBe('f1cbb6bc2aa8d762ea830ac7925529b5');
  });

  it('puts the prefix of the role in front of the text', async () => {
    const spec = embeddingSpec({
      provider: 'lexical-hash',
      dimensions: 64,
      query_prefix: 'query: ',
      passage_prefix: 'passage: ',
    });
    const provider = lexicalHash.create(spec, { clock: new InstantClock(), modelCacheDir: 'unused' });
    const { signal } = new AbortController();
    expect(await provider.embed(['alpha'], 'query', signal)).toEqual([lexicalHashVector('query: alpha', 64)]);
    expect(await provider.embed(['alpha'], 'passage', signal)).toEqual([
      lexicalHashVector('passage: alpha', 64),
    ]);
  });

  it('stops when it is aborted', async () => {
    const provider = lexicalHash.create(embeddingSpec({ provider: 'lexical-hash' }), {
      clock: new InstantClock(),
      modelCacheDir: 'unused',
    });
    const aborted = AbortSignal.abort();
    await expect(provider.embed(['alpha'], 'passage', aborted)).rejects.toThrow();
  });
});
