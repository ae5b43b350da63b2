/** One file of UTF-8, or why it cannot be read, and what to do. */
import { readFile } from 'node:fs/promises';

export type TextRead = { readonly text: string } | { readonly problem: string; readonly advice: string };

export async function readText(absolute: string): Promise<TextRead> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(absolute));
    return { text };
  } catch (error) {
    if (error instanceof TypeError) return { problem: 'it is not UTF-8', advice: 'save it as UTF-8' };
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { problem: code, advice: 'check that the file exists and that you may read it' };
  }
}
