// The few things that every part of the page does to the document.

/** Returns the element with this id, which index.html has. */
export const byId = (id) => document.getElementById(id);

/**
 * Sets the text of the element with this id, and of each place in a sentence of index.html that is for it; where it
 * differs, so that nothing is laid out or read out again.
 */
export function put(id, text) {
  for (const element of document.querySelectorAll(`#${id},[data-put=${id}]`)) {
    if (element.textContent !== String(text)) element.textContent = text;
  }
}

/** Shows the one of an element's children that is about `what`: sentences that never change are in index.html. */
export function pick(id, what) {
  for (const child of byId(id).children) child.hidden = child.dataset.is !== what;
}

/** Makes an element with attributes and children. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Returns a function that does its work only where one of its first arguments, so many, is another than before. */
export function onChange(work, among = 1) {
  let before = [];
  return (...values) => {
    const now = values.slice(0, among);
    if (now.every((value, i) => value === before[i])) return;
    before = now;
    work(...values);
  };
}
