import { expect, test } from 'vitest';
import { bytesLiteral, peerName } from './python-style.ts';

test('bytesLiteral writes bytes as Python does', () => {
  expect(bytesLiteral(Buffer.from('ARE YOU SURE'))).toBe("b'ARE YOU SURE'");
  expect(bytesLiteral(Buffer.from('a\\b\n\u00e9'))).toBe(String.raw`b'a\\b\n\xc3\xa9'`);
  expect(bytesLiteral(Buffer.from("it's"))).toBe(`b"it's"`);
  expect(bytesLiteral(Buffer.from(`"it's"`))).toBe(String.raw`b'"it\'s"'`);
});

test('peerName writes an address as Python does', () => {
  expect(peerName('127.0.0.1', 44706)).toBe("('127.0.0.1', 44706)");
});
