/* Where the mounts of one page meet: a scene and its control are two, so that a search moves kilobytes, as are two layouts of one vocabulary. */

/* by the scene's key: {disk, root, message, send, mounts, left} */
export function spots() {
  globalThis.hypvizDisks ??= new Map();
  return globalThis.hypvizDisks;
}

export function spotOf(key) {
  if (!spots().has(key)) spots().set(key, {});
  return spots().get(key);
}
