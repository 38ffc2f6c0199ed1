/* The module's doors: mounted by Streamlit with a scene in bytes, steered by small control messages, and started at home by `standalone`.

   Token text reaches the page through textContent only. */

import { Disk } from "./disk.js";
import { make } from "./dom.js";
import { leftOf, spotOf } from "./meeting.js";
import { readHead, readScene } from "./scene.js";

/* in an exported page */
export function standalone(root, base64, { message, memory }) {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const disk = new Disk(root, readScene(bytes), { bytes, colour: message.colour, menu: true });
  if (memory) disk.memory.recall(memory);
  disk.control(message);
  return disk;
}

function open(spot, root, bytes, setTriggerValue) {
  const scene = readScene(bytes);
  spot.disk?.remove();
  root.replaceChildren(make("div"));
  spot.root = root;
  const send = (message) => (spot.send ?? ((said) => setTriggerValue("said", said)))(message);
  const left = leftOf(scene.words.shape) ?? spot.left;
  spot.disk = new Disk(root.firstChild, scene, { bytes, colour: spot.message?.colour, send, left });
  spot.mounts = (spot.mounts ?? 0) + 1;
  const camera = new URL(location.href).searchParams.get("camera");
  if (camera) spot.disk.memory.restore(camera);
  if (spot.message) spot.disk.control(spot.message);
  spot.disk.partner.disk?.stage.dirty(true); // which drew no drift while it was alone
}

function close(spot, root) {
  if (spot.root !== root) return; // drawn anew in another place
  spot.left = spot.disk?.memory.keep();
  spot.disk?.remove();
  spot.disk = undefined;
  spot.root = undefined;
  spot.message = undefined;
}

export default function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".hypviz-disk");
  if (!root || !data) return undefined;
  document.documentElement.dataset.hypvizDisk = "runs"; // the page takes back its words for browsers in which it does not
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const spot = spotOf(readHead(bytes).head.words.key);
  if (spot.disk && spot.root === root) {
    spot.disk.repaint(); // the same scene once more, perhaps in another theme
  } else open(spot, root, bytes, setTriggerValue);
  return () => close(spot, root); // of every call the last one's is what Streamlit calls when it takes the picture away
}
