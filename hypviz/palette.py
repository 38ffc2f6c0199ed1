"""The colours of figures and tokens: readable on a projector, in light and dark, and without colour vision.

Okabe and Ito's (*Color Universal Design*, 2008), with a yellow dark enough for white paper and a grey for what is not in question.
"""

GREY, BLUE, ORANGE, GREEN = "#8A8F98", "#0072B2", "#E69F00", "#009E73"
YELLOW, SKY, PINK, VERMILION = "#B8A800", "#56B4E9", "#CC79A7", "#D55E00"
