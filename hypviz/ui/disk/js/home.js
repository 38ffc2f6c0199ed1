/* Taking a view home: full screen, one page that needs nothing else, and a link. */

import { button, make, save } from "./dom.js";
import { fillPage, inScript } from "./page.js";
import { answerOf } from "./store.js";

const THEME = ["--st-text-color", "--st-background-color", "--st-secondary-background-color", "--st-primary-color"];

function toBase64(bytes) {
  const parts = [];
  for (let i = 0; i < bytes.length; i += 32768) parts.push(String.fromCharCode(...bytes.subarray(i, i + 32768)));
  return btoa(parts.join(""));
}

export class Home {
  constructor(disk) {
    this.disk = disk;
    this.fillButton = button("Full screen", "The disk alone, for a projector (F)", () => this.fill());
    this.named = () => this.nameFill();
    document.addEventListener("fullscreenchange", this.named);
    this.corner = make("div", { class: "corner" }, this.fillButton);
    this.elements = [disk.picture.button, ...disk.slides.elements];
    if (!disk.options.send) return; // a page at home has neither its own source at hand nor an address to share
    this.elements.push(button("HTML", "Save this view as one page that needs nothing else", () => this.savePage()));
    this.elements.push(button("Link", "Copy a link to this view", () => this.copyLink()));
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.disk.root.requestFullscreen?.();
  }

  nameFill() {
    this.fillButton.textContent = this.disk.root.matches(":fullscreen") ? "Leave full screen" : "Full screen";
  }

  remove() {
    document.removeEventListener("fullscreenchange", this.named);
  }

  async savePage() {
    const source = await (await fetch(import.meta.url)).text();
    const style = getComputedStyle(this.disk.root);
    const theme = THEME.map((name) => `${name}: ${style.getPropertyValue(name) || "initial"};`).join(" ");
    const { options, scene, memory } = this.disk;
    const state = { message: this.message(), memory: memory.keep() };
    const text = fillPage({
      theme,
      source: source.replaceAll("</script", "<\\/script"),
      scene: toBase64(options.bytes),
      state: inScript(state),
      line: inScript(scene.words.provenance),
      script: "script",
    });
    save(new Blob([text], { type: "text/html;charset=utf-8" }), "disk.html");
  }

  /* what the server would say once more: the colouring, the neighbours of the selected token, the pinned ones and their path */
  message() {
    const { scene, state, path } = this.disk;
    const ids = (rows) => rows.map((row) => scene.id[row]);
    const answer = answerOf(state);
    const pinned = { ids: ids(state.pinned), pieces: state.pinned.map((row) => scene.text(row)) };
    return {
      colour: state.colour,
      title: state.title,
      neighbours: answer && { ...answer, id: scene.id[state.selected], nearest: ids(answer.nearest) },
      path: path.message,
      pins: state.pinned.length ? { ...pinned, near: state.pinned.map((row) => ids(state.pinNear.get(row) ?? [])) } : null,
    };
  }

  async copyLink() {
    const { scene, state, memory, voice, chips } = this.disk;
    const address = new URL(location.href);
    if (state.selected !== null) address.searchParams.set("token", scene.id[state.selected]);
    address.searchParams.set("camera", memory.camera());
    const told = await this.hand(address);
    voice.say(told);
    chips.tell(told);
  }

  /* an address to the clipboard, else into the browser's own line */
  async hand(address) {
    try {
      await navigator.clipboard.writeText(address.href);
      return "Link to this view copied.";
    } catch {
      history.replaceState(null, "", address);
      return "The address bar now holds the link to this view.";
    }
  }
}
