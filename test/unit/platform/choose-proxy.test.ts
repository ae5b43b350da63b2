import { describe, expect, test } from 'vitest';
import { chooseProxy } from '../../../src/platform/choose-proxy.js';

const BOTH = { HTTP_PROXY: 'http://plain:3128', HTTPS_PROXY: 'http://secure:3128' };

describe('a url', () => {
  test.each([
    ['http://a.test', BOTH, 'http://plain:3128'],
    ['https://a.test', BOTH, 'http://secure:3128'],
    ['https://a.test', { HTTP_PROXY: 'http://plain:3128' }, undefined],
    ['https://a.test', { HTTPS_PROXY: '' }, undefined],
    ['http://a.test', { ...BOTH, http_proxy: 'http://small:1' }, 'http://small:1'],
    ['http://a.test', { HTTP_PROXY: 'plain:3128' }, 'http://plain:3128'],
    ['http://a.test', {}, undefined],
  ])('%s with %j goes through %s', (url, env, proxy) => {
    expect(chooseProxy(url, env)?.url).toBe(proxy);
  });

  test.each([
    'http://localhost:8000',
    'http://LOCALHOST',
    'http://chroma.localhost',
    'http://127.0.0.1:8000',
    'http://127.9.9.9',
    'https://[::1]:8000',
  ])('%s of this machine goes through none', (url) => {
    expect(chooseProxy(url, { ...BOTH, NO_PROXY: '' })).toBeUndefined();
  });

  test.each([
    ['http://a.test', '*'],
    ['http://a.test', 'b.test a.test'],
    ['http://a.test', 'b.test,a.test'],
    ['http://x.a.test', 'a.test'],
    ['http://x.a.test', '.a.test'],
    ['http://x.a.test', '*.a.test'],
    ['http://A.test', 'a.TEST'],
    ['http://a.test:8000', 'a.test:8000'],
    ['https://a.test', 'a.test:443'],
    ['http://a.test', 'a.test:80'],
    ['http://10.0.0.7:8000', '10.0.0.7'],
    ['http://[fd00::7]:8000', 'fd00::7'],
    ['http://[fd00::7]:8000', '[fd00::7]'],
  ])('%s is exempt by NO_PROXY=%s', (url, NO_PROXY) => {
    expect(chooseProxy(url, { ...BOTH, NO_PROXY })).toBeUndefined();
  });

  test.each([
    ['http://ba.test', 'a.test'],
    ['http://a.test.evil', 'a.test'],
    ['http://a.test:8001', 'a.test:8000'],
    ['http://a.test', ',, .'],
    ['http://a.test', 'a'],
  ])('%s is not exempt by NO_PROXY=%s', (url, NO_PROXY) => {
    expect(chooseProxy(url, { ...BOTH, NO_PROXY })).toBeDefined();
  });
});

test('the small no_proxy wins, also when it is empty', () => {
  expect(chooseProxy('http://a.test', { ...BOTH, NO_PROXY: 'a.test', no_proxy: '' })).toBeDefined();
});

test('user and password become a header, and stand in no url', () => {
  const proxy = chooseProxy('http://a.test', { HTTP_PROXY: 'http://ana:p%40ss%@plain:3128/x' });
  expect(proxy).toMatchObject({ url: 'http://plain:3128', variable: 'HTTP_PROXY' });
  const expected = Buffer.from('ana:p%40ss%').toString('base64');
  expect(proxy?.authorization).toBe(`Basic ${expected}`);
  expect(proxy?.secrets).toContain('p%40ss%');
  const user = chooseProxy('http://a.test', { HTTP_PROXY: 'http://ana@plain:3128' });
  expect(user?.authorization).toBe(`Basic ${Buffer.from('ana:').toString('base64')}`);
});

test.each(['socks5://secret@host:1080', 'http://', 'ftp://secret@host', 'http://se cret'])(
  '%s is no proxy: E413 names the variable, never the value',
  (value) => {
    const choose = (): unknown => chooseProxy('https://a.test', { HTTPS_PROXY: value });
    expect(choose).toThrow(expect.objectContaining({ code: 'E413', kind: 'input' }));
    expect(choose).toThrow(/^HTTPS_PROXY names no http or https proxy$/);
  },
);
