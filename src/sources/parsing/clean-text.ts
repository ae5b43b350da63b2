/** Text that was taken out of another format -> normalised text that is safe to show and to store. */
import { normaliseText } from '../../domain/text.js';

/** Character by character, so that lines stay where they are: what is no character becomes a space. */
export function cleanText(text: string): string {
  return normaliseText(text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' '));
}
