/** A file name with every character beyond printable ASCII as \u{...}, so that names that look alike differ. */
export function escapeName(name: string): string {
  const escaped = [...name].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    const plain = code >= 0x20 && code < 0x7f && character !== '\\' && character !== '"';
    return plain ? character : `\\u{${code.toString(16)}}`;
  });
  return `"${escaped.join('')}"`;
}
