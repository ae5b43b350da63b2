/** A project that needs nothing: three documents, the built-in embedding, an embedded Chroma. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MANIFEST = `apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: smoke }
environments: { smoke: { chroma: embedded } }
embedding: { provider: lexical-hash }
sources: [{ id: docs, root: ../docs }]
`;

const DOCUMENTS: Readonly<Record<string, string>> = {
  'lighthouse.md':
    '# The lighthouse\n\nIts lamp turns once in twelve seconds and is seen from nineteen miles.\n\n## The keeper\n\nA keeper wound the clockwork by hand until the motor came.\n',
  'bread.md':
    '# Bread\n\nFlour, water, salt and a starter.\n\n## The dough\n\nIt rests overnight in the cold and is baked in an iron pot.\n',
  '入门.md': '# 入门\n\n本指南说明如何安装、配置并验证索引。\n\n## 安装\n\n需要 Node 20 或更新的版本。\n',
};

/** Returns the folder of the manifests. */
export function writeBuiltinProject(folder: string): string {
  const desired = join(folder, 'desired');
  mkdirSync(desired);
  mkdirSync(join(folder, 'docs'));
  writeFileSync(join(desired, 'smoke.yaml'), MANIFEST);
  for (const [name, text] of Object.entries(DOCUMENTS)) writeFileSync(join(folder, 'docs', name), text);
  return desired;
}
