/* Elements: made with their attributes and children, filled anew without losing the focus; and files handed to the browser. */

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export const button = (text, title, act, attributes = {}) => make("button", { type: "button", text, title, onclick: act, ...attributes });

/* what has the focus, in the shadow tree that `root` lies in */
export const focusedIn = (root) => root.getRootNode().activeElement;

/* the disk itself takes the focus, so that keys are heard */
export const hear = (root) => root.focus({ preventScroll: true });

/* new content in `parent`; a focus that would go with the old one stays in the component */
export function refill(root, parent, ...children) {
  const held = parent.contains(focusedIn(root));
  parent.replaceChildren(...children);
  if (held) hear(root);
}

export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
