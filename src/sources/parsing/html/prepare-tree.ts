/** Makes an HTML tree fit to be converted: bounded in depth and width, and with nothing that would get lost. */
import { DocumentFault } from '../isolated/document-fault.js';
import { type HtmlNode, walkHtml } from './html-tree.js';

/** As browsers bound it. Conversion recurses; the thread's stack has room for far more. */
export const MAX_DEPTH = 512;
/** A cell that says it spans millions would be written as millions; each is a mark without words. */
const MAX_SPAN = 20;

/** Changes the tree in place. @throws DocumentFault `too-complex` */
export function prepareTree(root: HtmlNode): void {
  const withTables: HtmlNode[] = [];
  for (const { node, depth } of walkHtml(root)) {
    if (depth > MAX_DEPTH) {
      throw new DocumentFault('too-complex', `elements are nested deeper than ${MAX_DEPTH} levels`);
    }
    boundSpan(node, 'colSpan');
    boundSpan(node, 'rowSpan');
    if (node.children?.some(isTable) === true) withTables.push(node);
  }
  for (const node of withTables) node.children = node.children?.flatMap(withCaptionInFront) ?? [];
}

function boundSpan(node: HtmlNode, name: string): void {
  const span = Number(node.properties?.[name] ?? 1);
  if (node.properties !== undefined && !(span <= MAX_SPAN)) node.properties[name] = MAX_SPAN;
}

/** Markdown's tables have no caption: it becomes the paragraph before. */
function withCaptionInFront(node: HtmlNode): HtmlNode[] {
  const caption = isTable(node) ? node.children?.find((child) => child.tagName === 'caption') : undefined;
  return caption === undefined ? [node] : [{ ...caption, tagName: 'p' }, node];
}

function isTable(node: HtmlNode): boolean {
  return node.tagName === 'table';
}
