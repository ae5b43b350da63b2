/** Core properties of an Office document (docProps/core.xml): what its author says of it. No dates: they change with every save. */
import type { ZipParts } from './read-zip.js';

const PART = 'docProps/core.xml';
const PROPERTIES: Readonly<Record<string, string>> = {
  title: 'dc:title',
  author: 'dc:creator',
  subject: 'dc:subject',
  description: 'dc:description',
  keywords: 'cp:keywords',
  category: 'cp:category',
  lang: 'dc:language',
};
const MAX_CHARACTERS = 2_000;

export function docxMetadata(parts: ZipParts): Record<string, string> {
  if (!parts.exists(PART)) return {};
  const xml = parts.read(PART).toString('utf8');
  const metadata: Record<string, string> = {};
  for (const [name, tag] of Object.entries(PROPERTIES)) {
    const raw = new RegExp(`<${tag}(?:\\s[^>]*)?>([^<]*)</${tag}>`).exec(xml)?.[1];
    const value = raw === undefined ? '' : decodeEntities(raw).replace(/\s+/g, ' ').trim();
    if (value !== '') metadata[name] = value.slice(0, MAX_CHARACTERS).toWellFormed();
  }
  return metadata;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gi,
    (whole, dec, hex, name) => {
      if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? whole;
      const code = Number.parseInt(dec ?? hex, dec === undefined ? 16 : 10);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
