import { byId, element, setText } from './dom.ts';
import { field, showDialog } from './dialog.ts';

/** What the API tells of a failure. */
interface Failure {
  readonly error: {
    readonly message: string;
    readonly location?: { readonly file: string; readonly line: number };
  };
}

/**
 * The token that a person has entered, and requests with it. It is in the memory of this page and
 * nowhere else: no storage, no cookie, no address has it, and it is gone when the page is.
 */
export class Access {
  #token: string | undefined;
  #steerable = false;
  readonly #onChange: () => void;

  /** @param onChange is called when a token is there, or no longer */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    byId('unlock').addEventListener('click', () => {
      if (this.#token === undefined) this.ask();
      else this.#set(undefined);
    });
    this.#show();
  }

  /** The headers of a request, as of now. */
  get headers(): Readonly<Record<string, string>> {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }

  /** Whether the server takes a token at all. */
  set steerable(steerable: boolean) {
    this.#steerable = steerable;
    this.#show();
  }

  /**
   * Does something that needs the token, and asks for it first if it is not there.
   *
   * @param then what is done
   */
  with(then: () => void): void {
    if (this.#token === undefined) this.ask(then);
    else then();
  }

  /** Asks for the token. */
  ask(then: () => void = () => undefined): void {
    showDialog({
      title: 'Enter the token',
      text:
        'Actions, stacks, profiles and heaps need the token of this pool: the one in SOCKPOOL_TOKEN or ' +
        'in the configuration, or the one that sockpool serve printed. This page forgets it when it is ' +
        'closed or loaded again.',
      fields: [
        // Password managers keep a password under a name.
        element('input', {
          class: 'hidden',
          name: 'username',
          autocomplete: 'username',
          value: `sockpool ${byId('name').textContent}`,
          readonly: true,
          tabindex: -1,
          'aria-hidden': 'true',
        }),
        field('Token', {
          type: 'password',
          name: 'token',
          autocomplete: 'current-password',
          required: true,
          spellcheck: 'false',
        }),
      ],
      action: 'Use it',
      run: async (form) => {
        const token = String(form.get('token')).trim();
        if (!/^[\x21-\x7e]+$/.test(token)) throw new Error('Cannot use it: the token is wrong');
        const response = await fetch('token', { headers: { authorization: `Bearer ${token}` } });
        if (!response.ok) throw new Error(await reasonOf(response));
        this.#set(token);
        setTimeout(then);
        return undefined;
      },
    });
  }

  /**
   * Asks the API for something.
   *
   * @param path under `/v1/`
   * @param body what is posted; undefined to get it
   * @param signal gives it up
   * @throws {Error} with what the server says
   */
  async request(path: string, body?: object, signal?: AbortSignal): Promise<Response> {
    const response = await fetch(`v1/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...this.headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      cache: 'no-store',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
    if (response.ok) return response;
    if (response.status === 401) this.#set(undefined);
    throw new Error(await reasonOf(response));
  }

  #set(token: string | undefined): void {
    this.#token = token;
    this.#show();
    this.#onChange();
  }

  #show(): void {
    const button = byId<HTMLButtonElement>('unlock');
    button.hidden = !this.#steerable;
    setText(button, this.#token === undefined ? 'Enter token' : 'Forget token');
    document.body.dataset['access'] = this.#token === undefined ? 'locked' : 'open';
  }
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as Failure;
    const { location } = error;
    return location === undefined
      ? error.message
      : `${error.message} (${location.file}:${location.line})`;
  } catch {
    return `The server answered with status ${response.status}`;
  }
}
