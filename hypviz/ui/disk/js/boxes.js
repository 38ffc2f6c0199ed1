/* Boxes [left, top, right, bottom] that words take in the picture. */

/* whether two boxes cover each other, or come nearer than `room` */
export const overlap = (a, b, room) => a[0] < b[2] + room && a[2] > b[0] - room && a[1] < b[3] + room && a[3] > b[1] - room;
