/* Control messages for a disk that is mounted elsewhere on the page: small, so that a search or a click moves kilobytes. */

import { spotOf } from "./meeting.js";

export default function control({ data, setTriggerValue }) {
  if (!data) return;
  const spot = spotOf(data.scene);
  spot.send = (message) => setTriggerValue("said", message);
  spot.message = data;
  spot.disk?.control(data);
}
