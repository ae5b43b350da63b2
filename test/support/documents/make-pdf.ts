/** Small PDF files, written object by object, so that a test can also write broken ones. */

export interface PdfPage {
  /** From top to bottom; an empty one leaves a paragraph's gap. Any Unicode. */
  readonly lines: readonly string[];
}

export interface PdfOptions {
  /** The document's information dictionary: Title, Author and so on. */
  readonly info?: Readonly<Record<string, string>>;
  /** Added to the trailer; the objects it names are added behind the others, from this number on. */
  readonly trailer?: (firstObject: number) => {
    readonly entries: string;
    readonly objects: readonly string[];
  };
  /** In place of every page's content stream: its dictionary's entries and its bytes. */
  readonly content?: { readonly dictionary: string; readonly bytes: Buffer };
}

/** What the codes of the one font mean: each is the UTF-16 unit itself. */
function toUnicode(pages: readonly PdfPage[]): string {
  const units = [...new Set(utf16(pages.flatMap((page) => page.lines).join('')).match(/.{4}/g) ?? [])];
  const blocks: string[] = [];
  for (let at = 0; at < units.length; at += 100) {
    const block = units.slice(at, at + 100);
    blocks.push(`${block.length} beginbfchar`, ...block.map((unit) => `<${unit}> <${unit}>`), 'endbfchar');
  }
  return `/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /Used def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
${blocks.join('\n')}
endcmap CMapName currentdict /CMap defineresource pop end end`;
}

export function makePdf(pages: readonly PdfPage[], options: PdfOptions = {}): Buffer {
  const objects: (string | Buffer)[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${8 + 2 * i} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type0 /BaseFont /Sans /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>',
    '<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Sans /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 7 0 R /DW 600 >>',
    stream('', Buffer.from(toUnicode(pages))),
    `<< ${Object.entries(options.info ?? {})
      .map(([key, value]) => `/${key} <${utf16(`\uFEFF${value}`)}>`)
      .join(' ')} >>`,
    '<< /Type /FontDescriptor /FontName /Sans /Flags 4 /FontBBox [0 0 600 800] /ItalicAngle 0 /Ascent 800 /Descent 0 /CapHeight 700 /StemV 80 >>',
  ];
  pages.forEach((page, index) => {
    const content = options.content ?? { dictionary: '', bytes: Buffer.from(contentOf(page)) };
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F 3 0 R >> >> /Contents ${9 + 2 * index} 0 R >>`,
      stream(content.dictionary, content.bytes),
    );
  });
  const more = options.trailer?.(objects.length + 1);
  objects.push(...(more?.objects ?? []));
  return assemble(objects, `/Root 1 0 R /Info 6 0 R ${more?.entries ?? ''}`);
}

/** A page that only shows a picture, as a scanner makes it. */
export function makeScan(pages: number): Buffer {
  const content = { dictionary: '', bytes: Buffer.from('0.5 g 50 50 500 700 re f') };
  return makePdf(
    Array.from({ length: pages }, () => ({ lines: [] })),
    { content },
  );
}

/** Encrypted (RC4, 40 bits) with a password that is not empty: its check value is none that a reader computes. */
export function makeEncryptedPdf(): Buffer {
  const value = `<${'5a'.repeat(32)}>`;
  return makePdf([{ lines: ['secret words'] }], {
    trailer: (first) => ({
      entries: `/Encrypt ${first} 0 R /ID [<${'00'.repeat(16)}> <${'00'.repeat(16)}>]`,
      objects: [`<< /Filter /Standard /V 1 /R 2 /O ${value} /U ${value} /P -4 >>`],
    }),
  });
}

function contentOf(page: PdfPage): string {
  const shown = page.lines.map((line) => (line === '' ? '0 -14 Td' : `<${utf16(line)}> Tj 0 -14 Td`));
  return `BT /F 11 Tf 50 750 Td ${shown.join('\n')} ET`;
}

function utf16(text: string): string {
  return Buffer.from(text, 'utf16le').swap16().toString('hex');
}

function stream(dictionary: string, bytes: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`<< ${dictionary} /Length ${bytes.length} >>\nstream\n`),
    bytes,
    Buffer.from('\nendstream'),
  ]);
}

function assemble(objects: readonly (string | Buffer)[], trailer: string): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')];
  const offsets: number[] = [];
  let at = parts[0]?.length ?? 0;
  objects.forEach((object, index) => {
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      Buffer.from(object),
      Buffer.from('\nendobj\n'),
    ]);
    offsets.push(at);
    parts.push(part);
    at += part.length;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  parts.push(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} ${trailer} >>\nstartxref\n${at}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}
