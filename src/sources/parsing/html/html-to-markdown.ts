/**
 * HTML -> Markdown text, so that headings, lists, tables and code survive and are cut at their boundaries. What a
 * reader of the page would not call its text is left out: scripts, styles, drawings, navigation, form controls.
 * Images are their alternative text. Nothing is fetched.
 */
import rehypeParse from 'rehype-parse';
import rehypeRemark, { type Options as RemarkOptions } from 'rehype-remark';
import remarkGfm from 'remark-gfm';
import remarkStringify from 'remark-stringify';
import { unified } from 'unified';
import type { LineRange } from '../../../domain/document.js';
import type { HtmlNode } from './html-tree.js';
import { prepareTree } from './prepare-tree.js';
import { type MarkdownNode, writeMarkdown } from './write-markdown.js';

type Handlers = NonNullable<RemarkOptions['handlers']>;
type Handler = NonNullable<Handlers[string]>;

const nothing: Handler = () => undefined;
const content: Handler = (state, node) => state.all(node);

const HANDLERS: Handlers = {
  a: (state, node) => {
    const children = state.all(node);
    const href = String(node.properties['href'] ?? '');
    // Without a place that a reader could go to, the words remain.
    if (href === '' || !/^(?:https?:|mailto:|[^:]*$|[^:/?#]*[/?#])/i.test(href) || href.length > 2_000) {
      return children;
    }
    const link = { type: 'link', url: state.resolve(href), title: null, children } as const;
    state.patch(node, link as Parameters<typeof state.patch>[1]);
    return link as ReturnType<Handler>;
  },
  img: (_, node) => {
    const alt = node.properties['alt'];
    return typeof alt === 'string' && alt.trim() !== '' ? { type: 'text', value: alt } : undefined;
  },
  // Marks of emphasis say nothing to a search, and inside words they can only be written by taking letters apart.
  b: content,
  strong: content,
  i: content,
  em: content,
  mark: content,
  del: content,
  s: content,
  strike: content,
  math: content,
  audio: content,
  video: content,
  button: nothing,
  canvas: nothing,
  iframe: nothing,
  input: nothing,
  nav: nothing,
  object: nothing,
  select: nothing,
  textarea: nothing,
};

const reader = unified().use(rehypeParse);
const converter = unified().use(rehypeRemark, {
  handlers: HANDLERS,
  nodeHandlers: { comment: () => undefined },
  document: true,
});
const writer = unified()
  // Cells padded to the width of the longest say nothing and make tables large.
  .use(remarkGfm, { tablePipeAlign: false })
  .use(remarkStringify, { bullet: '-', fences: true, rule: '-' });

export interface HtmlAsMarkdown {
  /** The whole tree, for its metadata. */
  readonly tree: HtmlNode;
  readonly text: string;
  /** The HTML's lines behind each line of `text`. */
  readonly line_ranges: readonly LineRange[];
}

/** @throws DocumentFault `too-complex` */
export function htmlToMarkdown(html: string): HtmlAsMarkdown {
  const tree = reader.parse(html);
  prepareTree(tree as HtmlNode);
  const markdown = converter.runSync(tree);
  const written = writeMarkdown(markdown as MarkdownNode, (node) =>
    writer.stringify({ type: 'root', children: [node] } as Parameters<typeof writer.stringify>[0]),
  );
  return { tree: tree as HtmlNode, ...written };
}
