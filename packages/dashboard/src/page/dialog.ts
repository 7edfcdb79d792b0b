import { element, setText } from './dom.ts';

/** A dialog with a form: what is asked, and how it came out. */
export interface DialogTerms {
  readonly title: string;
  /** What a person should know before. */
  readonly text: string;
  readonly fields?: readonly HTMLElement[];
  /** What the button that does it is called. */
  readonly action: string;
  readonly danger?: boolean;
  /**
   * Does it. What it resolves to is told in the dialog; undefined closes it.
   *
   * @param form the form, with the fields
   * @throws {Error} whose message is told in the dialog
   */
  run(form: FormData): Promise<string | undefined>;
}

/**
 * Shows a dialog. It stays until a person closes it, or what was asked is done.
 *
 * @param terms what it is about
 */
export function showDialog(terms: DialogTerms): void {
  const outcome = element('p', { class: 'outcome', role: 'status' });
  const cancel = element('button', { type: 'button', class: 'quiet' }, 'Cancel');
  const act = element(
    'button',
    { type: 'submit', class: terms.danger === true ? 'danger' : 'main' },
    terms.action,
  );
  const title = element('h2', { id: 'dialog-title' }, terms.title);
  const form = element(
    'form',
    { method: 'dialog' },
    title,
    element('p', {}, terms.text),
    ...(terms.fields ?? []),
    outcome,
    element('div', { class: 'buttons' }, cancel, act),
  );
  const dialog = element('dialog', { 'aria-labelledby': 'dialog-title' }, form);
  const tell = (text: string, tone: 'bad' | 'good' | undefined): void => {
    setText(outcome, text);
    if (tone === undefined) delete outcome.dataset['tone'];
    else outcome.dataset['tone'] = tone;
  };
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    act.disabled = true;
    tell('Under way …', undefined);
    terms
      .run(new FormData(form))
      .then((text) => {
        if (text === undefined) dialog.close();
        else {
          tell(text, 'good');
          cancel.textContent = 'Close';
          act.hidden = true;
          cancel.focus();
        }
      })
      .catch((error: unknown) => {
        tell(error instanceof Error ? error.message : String(error), 'bad');
        act.disabled = false;
      });
  });
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Shows a text that is read, and can be copied.
 *
 * @param title what it is
 * @param text the text
 */
export function showText(title: string, text: string): void {
  const close = element('button', { type: 'button', class: 'main' }, 'Close');
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'dialog-title', class: 'wide' },
    element('h2', { id: 'dialog-title' }, title),
    element('pre', { tabindex: 0, role: 'region', 'aria-label': title }, text),
    element('div', { class: 'buttons' }, close),
  );
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Makes a field with its label.
 *
 * @param label what is asked
 * @param attributes of the input, its name among them
 */
export function field(
  label: string,
  attributes: Readonly<Record<string, string | number | boolean>>,
): HTMLElement {
  const input = element('input', attributes);
  return attributes['type'] === 'checkbox'
    ? element('label', { class: 'check' }, input, ` ${label}`)
    : element('label', { class: 'field' }, element('span', {}, label), input);
}
