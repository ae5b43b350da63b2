/** Why this verb and not another, before its plan. */
import { labelledText } from '../flow-items.js';
import { groupDigits, plural } from '../layout.js';

export function* renderRetry(
  { documents, nameless }: { readonly documents: number; readonly nameless: number },
  width: number,
): Generator<string> {
  if (documents === 0 && nameless === 0) {
    yield 'Nothing to retry: nothing that matches is refused.';
    return;
  }
  if (documents > 0) {
    yield* labelledText(
      'Retry',
      `judges ${plural(documents, 'refused document')} again, and nothing else; apply would do all that changed, and --force would write again what is well`,
      width,
    );
  }
  if (nameless > 0) {
    yield* labelledText(
      'Left out',
      `${groupDigits(nameless)} without a key that can be read: once mended they are other documents, which apply finds`,
      width,
    );
  }
}
