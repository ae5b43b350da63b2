/** Takes secrets out of text that came from elsewhere, such as a server that quotes what it was sent. */

const MASK = '********';
const SHORTEST_SECRET = 4;

/** Masks the secrets also where they are percent-encoded, base64 or JSON-escaped. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  let masked = text;
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    const base64 = Buffer.from(secret, 'utf8')
      .toString('base64')
      .replace(/={1,2}$/, '');
    const spellings = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64];
    for (const spelling of spellings) masked = masked.replaceAll(spelling, MASK);
  }
  return masked;
}
