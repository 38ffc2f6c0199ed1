/* Control messages for a disk that is mounted elsewhere on the page: small, so that a search or a click moves kilobytes. */

export default function ({ data, setTriggerValue }) {
  if (!data) {
    return;
  }
  const meeting = (globalThis.hypvizDisks ??= new Map());
  const spot = meeting.get(data.scene) ?? {};
  meeting.set(data.scene, spot);
  spot.send = (message) => setTriggerValue("said", message);
  spot.message = data;
  spot.disk?.control(data);
}
