import { describe, expect, it } from 'vitest';
import { redactMessage } from '../../../src/embedding/redact.js';

const KEY = 'planted/key+"42"-value';

describe('redactMessage', () => {
  it.each([
    ['plain', KEY],
    ['percent-encoded', encodeURIComponent(KEY)],
    ['JSON-escaped', JSON.stringify(KEY)],
    ['base64', Buffer.from(KEY).toString('base64')],
    ['as a bearer', `Bearer ${KEY}`],
  ])('masks a secret %s', (_, spelling) => {
    const message = redactMessage(`bad key ${spelling} given`, [KEY], []);
    expect(message).toContain('********');
    expect(message).not.toContain(spelling);
    expect(message).toMatch(/^bad key .* given$/);
  });

  it('masks what looks like a key though nobody told, also when half of it is starred', () => {
    expect(redactMessage('Incorrect API key provided: sk-proj-ab12****yz89.', [], [])).not.toMatch(
      /ab12|yz89/,
    );
  });

  it('gives one line without control characters, of at most 240 characters', () => {
    const message = redactMessage(`first\r\nsecond\u001b[31m\u2028third ${'x'.repeat(10_000)}`, [], []);
    expect(message).toMatch(/^first second \[31m third x+\.\.\.$/);
    expect(message).toHaveLength(240);
  });

  it('masks an echo of a text, of its beginning, and across line breaks', () => {
    const text = 'Salaries of the board:\n  the chair is paid 250,000 a year';
    expect(redactMessage(`invalid input "${text}"`, [], [text])).toBe('invalid input "[text]"');
    expect(redactMessage('cannot embed: Salaries of the bo', [], [text])).toBe('cannot embed: [text]');
    expect(redactMessage("input 'tiny text' refused", [], ['tiny text'])).toBe("input '[text]' refused");
  });

  it('leaves other words alone', () => {
    expect(redactMessage('the input is too long (9000 tokens)', [KEY], ['some text'])).toBe(
      'the input is too long (9000 tokens)',
    );
  });
});
