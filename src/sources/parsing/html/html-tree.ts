/** The sliver of an HTML tree (hast) that is looked at here. */

export interface HtmlNode {
  readonly type: string;
  readonly tagName?: string;
  readonly value?: string;
  properties?: Record<string, unknown>;
  children?: HtmlNode[];
}

/** Every node in document order with its depth, without recursion: a tree may be deeper than the stack. */
export function* walkHtml(root: HtmlNode): Generator<{ readonly node: HtmlNode; readonly depth: number }> {
  const stack = [{ node: root, depth: 0 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    yield top;
    const children = top.node.children ?? [];
    for (let i = children.length - 1; i >= 0; i--) {
      const child = children[i];
      if (child !== undefined) stack.push({ node: child, depth: top.depth + 1 });
    }
  }
}

/** All text below a node, white space collapsed. */
export function textBelow(root: HtmlNode): string {
  const parts: string[] = [];
  for (const { node } of walkHtml(root)) if (node.type === 'text') parts.push(node.value ?? '');
  return parts.join('').replace(/\s+/g, ' ').trim();
}

/** The attribute as text; undefined when it is absent or empty. */
export function attribute(node: HtmlNode, name: string): string | undefined {
  const value = node.properties?.[name];
  const text = Array.isArray(value) ? value.join(' ') : typeof value === 'string' ? value : '';
  return text.trim() === '' ? undefined : text.trim();
}
