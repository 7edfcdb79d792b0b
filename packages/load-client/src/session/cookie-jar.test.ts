import { describe, expect, test } from 'vitest';
import { CookieJar } from './cookie-jar.ts';

describe('a cookie jar', () => {
  test.each<[fields: string[], setBy: string, asked: string, sent: string | undefined]>([
    [['a=1'], '/', '/x', 'a=1'],
    [['a=1', 'b=2; Path=/'], '/', '/', 'a=1; b=2'],
    [['a=1'], '/shop/login', '/shop/cart', 'a=1'],
    [['a=1'], '/shop/login', '/other', undefined],
    [['a=1; Path=/shop'], '/', '/shopping', undefined],
    [['a=1; Path=/shop'], '/', '/shop/', 'a=1'],
    [['a=1; Path=/', 'a=2; Path=/x'], '/', '/x/y', 'a=2; a=1'],
    [['a=1', 'a=2'], '/', '/', 'a=2'],
    [['a=1', 'a=; Max-Age=0'], '/', '/', undefined],
    [['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], '/', '/', undefined],
    [['a=1; Max-Age=100; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], '/', '/', 'a=1'],
    [['a=1; Secure'], '/', '/', undefined],
    [['a="x=y"; HttpOnly; SameSite=Lax'], '/', '/', 'a="x=y"'],
    [['nonsense', '=1'], '/', '/', undefined],
  ])('%j, set by %s, for %s: %j', (fields, setBy, asked, sent) => {
    const jar = new CookieJar(false);
    jar.store(fields, setBy);
    expect(jar.fieldFor(asked)).toBe(sent);
  });

  test('secure cookies are sent on secure connections', () => {
    const jar = new CookieJar(true);
    jar.store(['a=1; Secure'], '/');
    expect(jar.fieldFor('/')).toBe('a=1');
  });
});
