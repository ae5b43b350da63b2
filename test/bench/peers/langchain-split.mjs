/** Splits the texts of a JSON file (blob id -> text) and writes the pieces of each, with their lines, to another. */
import { readFileSync, writeFileSync } from 'node:fs';
import { MarkdownTextSplitter, RecursiveCharacterTextSplitter } from '@langchain/textsplitters';

const [kind, maxChars, from, to] = process.argv.slice(2);
const Splitter = { markdown: MarkdownTextSplitter, recursive: RecursiveCharacterTextSplitter }[kind];
const splitter = new Splitter({ chunkSize: Number(maxChars), chunkOverlap: 0 });
const split = {};
for (const [blob, text] of Object.entries(JSON.parse(readFileSync(from, 'utf8')))) {
  const pieces = await splitter.createDocuments([text]);
  split[blob] = pieces.map(({ pageContent, metadata }) => ({
    text: pageContent,
    first_line: metadata.loc.lines.from,
    last_line: metadata.loc.lines.to,
  }));
}
writeFileSync(to, JSON.stringify(split));
