/* Where the mounts of one page meet: a scene and its control are two, so that a search moves kilobytes, as are two layouts of one vocabulary. */

/* by the scene's key: {disk, root, message, send, mounts, left} */
export function spots() {
  globalThis.hypvizDisks ??= new Map();
  return globalThis.hypvizDisks;
}

/* what was left last of a layout at any radius (`shape` names it), by a disk that still stands or by one that is gone; undefined for none */
export function leftOf(shape) {
  const found = [...spots().values()].map(({ disk, left }) => disk?.memory.keep() ?? left).filter((each) => each?.shape === shape);
  return shape ? found.sort((a, b) => a.at - b.at).at(-1) : undefined;
}

export function spotOf(key) {
  if (!spots().has(key)) spots().set(key, {});
  return spots().get(key);
}
