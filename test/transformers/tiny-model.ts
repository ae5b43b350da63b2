/**
 * A model small enough to compute by hand: a word's vector, times a matrix, through tanh. As BERT it has a WordPiece
 * tokenizer with [CLS] and [SEP], and the files of a model on the hub.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const VOCABULARY = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  'search',
  'index',
  'vector',
  'text',
  '向',
  '量',
  'query',
  ':',
];
const WIDTH = 4;
const LONGEST = 12;

/** Row i: what the word with id i is before the matrix. */
const words = VOCABULARY.map((_, id) =>
  Array.from({ length: WIDTH }, (_, k) => Math.sin(1 + id * WIDTH + k)),
);
/** Another for each kind of weights. */
const matrix = (seed: number) =>
  Array.from({ length: WIDTH }, (_, row) =>
    Array.from({ length: WIDTH }, (_, k) => Math.cos(seed + row * WIDTH + k)),
  );

/** The vectors of the tokens of [CLS] words [SEP], computed here. */
export function tokenVectors(text: readonly string[], seed = 0): number[][] {
  return ['[CLS]', ...text, '[SEP]'].map((word) => {
    const known = words[VOCABULARY.indexOf(word)] ?? words[1] ?? [];
    return Array.from({ length: WIDTH }, (_, k) =>
      Math.tanh(
        known.reduce(
          (sum, value, row) => sum + Math.fround(value) * Math.fround(matrix(seed)[row]?.[k] ?? 0),
          0,
        ),
      ),
    );
  });
}

type Onnx = typeof import('onnx-proto');

/** Writes a whole model folder. `seed` makes other weights. */
export async function writeModel(folder: string, seed = 0): Promise<void> {
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(value));
  write('config.json', {
    architectures: ['BertModel'],
    model_type: 'bert',
    hidden_size: WIDTH,
    vocab_size: VOCABULARY.length,
    max_position_embeddings: LONGEST,
  });
  write('tokenizer_config.json', {
    tokenizer_class: 'BertTokenizer',
    model_max_length: LONGEST,
    pad_token: '[PAD]',
    unk_token: '[UNK]',
    cls_token: '[CLS]',
    sep_token: '[SEP]',
  });
  write('tokenizer.json', tokenizer());
  const { onnx } = await import('onnx-proto');
  writeFileSync(join(folder, 'onnx', 'model.onnx'), graph(onnx, seed));
  writeFileSync(join(folder, 'onnx', 'model_quantized.onnx'), graph(onnx, seed + 7));
}

function tokenizer(): object {
  const special = (content: string) => ({
    id: content,
    ids: [VOCABULARY.indexOf(content)],
    tokens: [content],
  });
  const piece = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const single = [piece('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, piece('[SEP]')];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: VOCABULARY.slice(0, 4).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(VOCABULARY.map((word, id) => [word, id])),
    },
  };
}

function graph(onnx: Onnx['onnx'], seed: number): Uint8Array {
  const { DataType } = onnx.TensorProto;
  const floats = (name: string, rows: readonly number[][]) => ({
    name,
    dataType: DataType.FLOAT,
    dims: [rows.length, WIDTH],
    floatData: rows.flat(),
  });
  const value = (name: string, elemType: number, last?: number) => ({
    name,
    type: {
      tensorType: {
        elemType,
        shape: {
          dim: [
            { dimParam: 'batch' },
            { dimParam: 'length' },
            ...(last === undefined ? [] : [{ dimValue: last }]),
          ],
        },
      },
    },
  });
  const model = onnx.ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'tiny',
      input: [value('input_ids', DataType.INT64), value('attention_mask', DataType.INT64)],
      output: [value('last_hidden_state', DataType.FLOAT, WIDTH)],
      initializer: [floats('words', words), floats('matrix', matrix(seed))],
      node: [
        { opType: 'Gather', input: ['words', 'input_ids'], output: ['embedded'] },
        { opType: 'MatMul', input: ['embedded', 'matrix'], output: ['turned'] },
        { opType: 'Tanh', input: ['turned'], output: ['last_hidden_state'] },
      ],
    },
  });
  return onnx.ModelProto.encode(model).finish();
}
