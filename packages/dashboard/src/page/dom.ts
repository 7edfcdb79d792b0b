type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Makes an element. An attribute that is true is there without a value; false or undefined is not
 * there. No text is ever read as markup.
 *
 * @param tag its name
 * @param attributes its attributes
 * @param children texts and elements in it
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  made.append(...children);
  return made;
}

/**
 * Finds an element of the page.
 *
 * @param id its id
 * @throws {Error} when the page has none
 */
export function byId<Found extends HTMLElement = HTMLElement>(id: string): Found {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}`);
  return found as Found;
}

/**
 * Sets a text, and leaves the document alone when it is there already.
 *
 * @param node whose text it is
 * @param text what is to stand there
 */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Sets or takes away an attribute, and leaves the document alone when it is so already.
 *
 * @param of whose attribute it is
 * @param name which
 * @param value true is an empty one, false and undefined none
 */
export function setAttribute(
  of: Element,
  name: string,
  value: string | number | boolean | undefined,
): void {
  if (value === undefined || value === false) {
    if (of.hasAttribute(name)) of.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (of.getAttribute(name) !== text) of.setAttribute(name, text);
}

/**
 * Says something to those who hear the page rather than see it.
 *
 * @param text what has happened
 */
export function announce(text: string): void {
  byId('announcer').textContent = text;
}
