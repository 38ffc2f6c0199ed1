"""``python -m hypviz``: the command line."""

from hypviz.cli import main

main()
