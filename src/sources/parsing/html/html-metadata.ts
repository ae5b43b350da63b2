/** Metadata of an HTML document: `title`, `lang`, and every `<meta name>` that says something of the document. */
import type { Warning } from '../../../domain/warning.js';
import { attribute, type HtmlNode, textBelow, walkHtml } from './html-tree.js';

/** For browsers and crawlers, or other on every visit. */
const NOT_ABOUT_THE_DOCUMENT: ReadonlySet<string> = new Set([
  'color-scheme',
  'csrf-param',
  'csrf-token',
  'format-detection',
  'generator',
  'googlebot',
  'handheldfriendly',
  'mobileoptimized',
  'msapplication-config',
  'msapplication-tilecolor',
  'msapplication-tileimage',
  'referrer',
  'robots',
  'theme-color',
  'viewport',
]);

/** Pages of others carry any number of them; what a record can hold is bounded. */
const MAX_NAMES = 24;
const MAX_CHARACTERS = 2_000;

export interface HtmlMetadata {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly warnings: readonly Warning[];
}

export function htmlMetadata(root: HtmlNode): HtmlMetadata {
  const found = new Map<string, string[]>();
  const leftOut = new Set<string>();
  const add = (name: string, value: string | undefined): void => {
    if (value === undefined) return;
    const values = found.get(name);
    if (value.length > MAX_CHARACTERS || (values === undefined && found.size >= MAX_NAMES)) leftOut.add(name);
    else if (values === undefined) found.set(name, [value]);
    else if (!values.includes(value)) values.push(value);
  };
  let title: string | undefined;
  let inSvg = Number.POSITIVE_INFINITY;
  for (const { node, depth } of walkHtml(root)) {
    if (depth <= inSvg) inSvg = Number.POSITIVE_INFINITY;
    if (node.tagName === 'svg' && inSvg === Number.POSITIVE_INFINITY) inSvg = depth;
    // The first, as browsers take it; a drawing's title is not the document's.
    if (node.tagName === 'title' && title === undefined && depth <= inSvg) title = textBelow(node);
    if (node.tagName === 'html') add('lang', attribute(node, 'lang'));
    if (node.tagName !== 'meta') continue;
    const name = attribute(node, 'name')?.toLowerCase();
    if (name !== undefined && !NOT_ABOUT_THE_DOCUMENT.has(name)) add(name, attribute(node, 'content'));
  }
  if (title !== undefined && title !== '') found.set('title', [title.slice(0, MAX_CHARACTERS)]);
  return {
    metadata: Object.fromEntries(
      [...found].map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
    ),
    warnings: [...leftOut].slice(0, 3).map(warningOf),
  };
}

function warningOf(name: string): Warning {
  return {
    key: 'html-meta-left-out',
    message: `the <meta name=${JSON.stringify(name.slice(0, 80))}> of a page is not stored`,
    detail: `at most ${MAX_NAMES} names, of at most ${MAX_CHARACTERS} characters`,
    functional: false,
  };
}
