/* Drags: the held point ends under the pointer, in every view and after jumps of any length; the way out ends at a limit. */

import assert from "node:assert/strict";
import test from "node:test";
import { dragged, grip } from "../../hypviz/ui/disk/js/drag.js";
import { angleOf, identity, inverse, move, offOrigin, radiusOf, toOrigin } from "../../hypviz/ui/disk/js/isometry.js";
import { drawnRadius, unproject, VIEWS } from "../../hypviz/ui/disk/js/projection.js";
import { apart, cameraOf, draggedTo, randomFrom, vectors } from "./reading.js";

const SCALE = 400; // pixels from the middle of the disk to its rim

const BEYOND = 8;

const place = (r, angle) => ({ x: r * Math.cos(angle), y: r * Math.sin(angle) });

/* the pixels between a token, as a camera sees it, and a place */
function missed(view, token, camera, farthest, at) {
  const seen = move(camera, token);
  const r = drawnRadius(view, radiusOf(seen), farthest + offOrigin(camera));
  return SCALE * Math.hypot(r * Math.cos(angleOf(seen)) - at.x, r * Math.sin(angleOf(seen)) - at.y);
}

const tokenAt = (rho, theta) => move(inverse(toOrigin(rho, theta)), { c: 1, u: 0, v: 0 });

for (const farthest of [4, 10, 20]) {
  const bounds = { farthest, limit: farthest + BEYOND };

  test(`the held point is under the pointer to half a pixel after every jump at R = ${farthest}`, () => {
    const random = randomFrom(5 + farthest);
    for (const view of Object.keys(VIEWS)) {
      let whole = 0;
      for (let k = 0; k < 300; k++) {
        const camera = cameraOf([random() * farthest, 6 * random(), 6 * random()]);
        const token = tokenAt(farthest * Math.sqrt(random()), 6.28 * random());
        const hold = grip(token, camera);
        let now = camera;
        for (let j = 0; j < 4; j++) {
          const to = place(0.95 * random(), 2 * Math.PI * random());
          const found = dragged(view, hold, now, to, bounds);
          now = found.camera;
          assert.ok(offOrigin(now) <= bounds.limit + 1e-6);
          if (found.adrift) continue;
          whole++;
          const off = missed(view, token, now, farthest, to);
          assert.ok(off <= 0.5, `${view}, ${off} px off`);
        }
      }
      assert.ok(whole > 300, `${view}: only ${whole} of 1200 went all the way`);
    }
  });

  test(`along a diameter of the native view the camera is the one that the equation gives at R = ${farthest}`, () => {
    for (const share of [-0.9, -0.5, 0.1, 0.6, 0.9]) {
      for (const r of [0.05, 0.2, 0.3, 0.6, 0.8]) {
        const held = share * farthest; // a signed distance; held at s the camera is |s - held| from the layout's centre
        const hold = grip(tokenAt(Math.abs(held), held < 0 ? Math.PI : 0), identity());
        const outwards = (r * (farthest - held)) / (1 - r);
        const s = outwards >= held ? outwards : (r * (farthest + held)) / (1 + r);
        const { camera, adrift } = dragged("native", hold, identity(), place(r, 0), bounds);
        assert.equal(adrift, Math.abs(s - held) > bounds.limit, `from ${share} to ${r}`);
        if (!adrift) assert.ok(Math.abs(offOrigin(camera) - Math.abs(s - held)) < 1e-6, `from ${share} to ${r}`);
        else assert.ok(Math.abs(offOrigin(camera) - bounds.limit) < 1e-3, `stopped at ${offOrigin(camera)}`);
      }
    }
  });
}

test("a drag out of the disk stops at the limit, and comes back from there", () => {
  for (const view of Object.keys(VIEWS)) {
    const hold = grip(unproject(view, -0.9, 0, 2), identity());
    const bounds = { farthest: 2, limit: 3 };
    const out = dragged(view, hold, identity(), { x: 5, y: 0 }, bounds);
    assert.ok(out.adrift && offOrigin(out.camera) <= 3 && offOrigin(out.camera) > 2.99, view);
    const back = dragged(view, hold, out.camera, { x: -0.9, y: 0 }, bounds);
    assert.ok(!back.adrift && offOrigin(back.camera) < 1e-6, view);
  }
});

test("a drag is the translation along the geodesic from where the point was held", () => {
  for (const { p, q, other, moved } of vectors.transvections) {
    const camera = draggedTo(identity(), p, q);
    const kept = 1e-15 * p.c ** 2; // what float64 keeps of the way to the middle and back
    assert.ok(apart(move(camera, p), q) < 1e-9 + 100 * kept * q.c ** 2);
    assert.ok(apart(move(camera, other), moved) < 1e-9 + kept * moved.c ** 2);
  }
});
