/* Marks on single tokens: a star, a diamond, a dot, a ring or a box. */

function star(context, x, y) {
  for (let k = 0; k < 10; k++) {
    const r = k % 2 ? 4 : 9;
    const angle = (Math.PI * k) / 5 - Math.PI / 2;
    context.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
  }
  context.closePath();
  context.fill();
}

function diamond(context, x, y) {
  context.moveTo(x, y - 7);
  context.lineTo(x + 7, y);
  context.lineTo(x, y + 7);
  context.lineTo(x - 7, y);
  context.closePath();
  context.stroke();
}

function dot(context, x, y) {
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.fill();
}

function ring(context, x, y) {
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.stroke();
}

function box(context, x, y) {
  context.rect(x - 8, y - 8, 16, 16);
  context.stroke();
}

const FORMS = { star, diamond, dot, ring, box };

/* a mark at a place, `size` times as large as its form says */
export function drawMark(context, { x, y }, form, colour, size = 1) {
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.save();
  context.translate(x, y);
  context.scale(size, size);
  FORMS[form](context, 0, 0);
  context.restore();
}
