import { describe, expect, test } from 'vitest';
import { isRefusal, type ParsedText } from '../../../src/domain/document.js';
import { MAX_HTML, parseHtml } from '../../../src/sources/parsing/html/parse-html.js';
import { MAX_DEPTH } from '../../../src/sources/parsing/html/prepare-tree.js';

function parsed(html: string): ParsedText {
  const result = parseHtml(html);
  if (isRefusal(result)) throw new Error(result.detail);
  return result;
}

const text = (html: string): string => parsed(html).text;

describe('the text of an HTML page', () => {
  test('keeps headings, lists, code and tables as Markdown', () => {
    const html = `<h1>Setup <em>now</em></h1><p>Run it:</p>
      <pre><code class="language-sh">npm ci\n\nnpm start</code></pre>
      <ol start=3><li>three<li>four<ul><li>inner</ul></ol>
      <table><caption>Limits</caption><tr><th>name<th>value<tr><td>a|b<td>2</table><blockquote>said</blockquote>`;
    expect(text(html)).toBe(
      [
        '# Setup now\n',
        'Run it:\n',
        '```sh\nnpm ci\n\nnpm start\n```\n',
        '3. three\n4. four\n   - inner\n',
        'Limits\n',
        '| name | value |\n| - | - |\n| a\\|b | 2 |\n',
        '> said\n',
      ].join('\n'),
    );
  });

  test('leaves out what is not read: scripts, styles, navigation, drawings, forms, frames, comments', () => {
    const html = `<head><style>.a{}</style><script>alert(1)</script></head><body><!-- note --><nav><a href=/>Home</a></nav>
      <p>kept</p><script>document.write('x')</script><style>p{}</style><svg><text>drawn</text></svg><template>later</template>
      <iframe src="https://example.org/"></iframe><object data="x.swf">plug-in</object><form><input value=v><textarea>typed</textarea>
      <select><option>one</select><button>Copy</button></form><p>too</p>`;
    expect(text(html)).toBe('kept\n\ntoo\n');
  });

  test('has the words of images and links, and addresses only where a reader can go', () => {
    expect(text('<p>a <img src="data:image/png;base64,AAAA" alt="chart of sales"> b<img src=x.png> c')).toBe(
      'a chart of sales b c\n',
    );
    expect(text('<a href="https://example.org/a?b=1">there</a> <a href="../up.html#x">up</a>')).toBe(
      '[there](https://example.org/a?b=1) [up](../up.html#x)\n',
    );
    for (const href of ['javascript:alert(1)', 'data:text/html,x', ' JavaScript:x', 'vbscript:x', '']) {
      expect(text(`<p><a href="${href}">words</a>`)).toBe('words\n');
    }
  });

  test.each([
    ['nothing', ''],
    ['only space', ' \n\t'],
    ['only a head', '<!doctype html><title>T</title>'],
    ['only a script', '<script>x</script>'],
    ['a tag that never ends', '<p'],
    ['a comment that never ends', '<!-- words'],
  ])('is empty for %s', (_, html) => {
    expect(text(html)).toBe('');
  });

  test.each([
    ['tags that are not closed', '<p>one<p>two<b>three', 'one\n\ntwothree\n'],
    ['tags that overlap', '<b>one<i>two</b>three</i>', 'onetwothree\n'],
    ['plain text', 'just words', 'just words\n'],
    [
      'references, also to what is no character',
      '<p>a &amp; b &#0; &#xD800; &unknown; &#13;c',
      'a & b � � \\&unknown; c\n',
    ],
    [
      'what looks like Markdown',
      '<p># not a heading<p>* not a list',
      '\\# not a heading\n\n\\* not a list\n',
    ],
    ['text of many scripts', '<p>向量数据库</p><p dir=rtl>مرحبا</p>', '向量数据库\n\nمرحبا\n'],
  ])('survives %s', (_, html, expected) => {
    expect(text(html)).toBe(expected);
  });

  test('is the same every time', () => {
    const html = '<h2>a</h2><ul><li>b<li>c</ul><p>d<table><tr><td>e</table>';
    expect(parsed(html)).toEqual(parsed(html));
  });
});

describe('lines', () => {
  test('are those of the HTML behind each block, item, row and line of code', () => {
    const html = ['<h1>One</h1>', '<p>two', 'goes on</p>', '<ul><li>four</li>', '<li>five</li></ul>'];
    html.push('<pre>six', 'seven', 'eight</pre>', '<table><tr><th>nine</tr>', '<tr><td>ten</tr></table>');
    const { text: markdown, line_ranges } = parsed(html.join('\n'));
    const shown = markdown.split('\n').map((line, i) => `${line_ranges?.[i]?.join('-') ?? ''} ${line}`);
    expect(shown.filter((line) => /[a-z]/.test(line))).toEqual([
      '1-1 # One',
      '2-3 two goes on',
      '4-4 - four',
      '5-5 - five',
      '6-6 six',
      '7-7 seven',
      '8-8 eight',
      '9-9 | nine |',
      '10-10 | ten |',
    ]);
  });

  test('are as many as those of the text', () => {
    const { text: markdown, line_ranges } = parsed(
      '<ul><li>a<p>b<pre>c\n\nd</pre><li>e</ul><hr><dl><dt>f<dd>g</dl>',
    );
    expect(line_ranges).toHaveLength(markdown.split('\n').length - 1);
  });
});

describe('metadata', () => {
  test('is the title, the language and the named meta elements that speak of the document', () => {
    const html = `<html lang="de-CH"><head><title> A
      page </title><meta name="Author" content="Ana"><meta name=keywords content="a, b"><meta name=tag content=x>
      <meta name=tag content=y><meta name=viewport content=w><meta name="csrf-token" content=secret><meta charset=utf-8>
      <meta name=empty content=""><meta property="og:title" content=o></head><svg><title>drawing</title></svg>`;
    const expected = { lang: 'de-CH', title: 'A page', author: 'Ana', keywords: 'a, b', tag: ['x', 'y'] };
    expect(parsed(html)).toMatchObject({ metadata: expected, warnings: [] });
    expect(Object.keys(parsed(html).metadata).sort()).toEqual(Object.keys(expected).sort());
  });

  test('is nothing when the page says nothing, and no title of a drawing', () => {
    expect(parsed('<svg><g><title>drawing</title></g></svg><p>x').metadata).toEqual({});
  });

  test('is bounded, with a warning: pages of others carry any amount', () => {
    const many = Array.from({ length: 100 }, (_, i) => `<meta name=m${i} content=v>`).join('');
    const { metadata, warnings } = parsed(
      `${many}<meta name=m0 content="${'x'.repeat(10_000)}"><title>T</title>`,
    );
    expect(Object.keys(metadata)).toHaveLength(25);
    expect(metadata).toMatchObject({ m0: 'v', m23: 'v', title: 'T' });
    expect(warnings.map(({ key }) => key)).toEqual(Array(3).fill('html-meta-left-out'));
  });

  test('named like what every object has is metadata like any other', () => {
    const { metadata } = parsed('<meta name=__proto__ content=p><meta name=constructor content=c>');
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
  });
});

describe('what is too much', () => {
  test('elements nested deeper than the limit are refused by name, at the limit they are read', () => {
    // The document, html and body are levels too, and so is the text.
    const within = MAX_DEPTH - 4;
    expect(text(`${'<div>'.repeat(within)}x`)).toBe('x\n');
    expect(() => parseHtml(`${'<div>'.repeat(within + 2)}x`)).toThrow('nested deeper than 512 levels');
  });

  test('a cell that spans millions of columns is written with a few', () => {
    expect(text('<table><tr><td colspan=99999999 rowspan=99999999>a<td>b</table>').length).toBeLessThan(500);
  });

  test('more characters than the limit are refused by name', () => {
    expect(parseHtml(' '.repeat(MAX_HTML + 1))).toMatchObject({ code: 'too-large' });
  });
});
