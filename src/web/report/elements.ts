// Elements of the page, made of text and attributes alone: nothing that is put in can be markup.

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** False and undefined leave an attribute out, true writes it empty. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...inner: ReadonlyArray<Node | string>
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    element.setAttribute(key, value === true ? '' : String(value))
  }
  element.append(...inner)
  return element
}

/** What the page's own HTML holds. Throws where it does not. */
export function find<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  id: string,
): HTMLElementTagNameMap[Name] {
  const element = document.querySelector<HTMLElementTagNameMap[Name]>(`${name}#${id}`)
  if (!element) throw new Error(`the page lacks ${name}#${id}`)
  return element
}
