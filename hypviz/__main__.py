"""``python -m hypviz``: the command line."""

import sys

try:
    from hypviz.cli import main

    main()
except KeyboardInterrupt:  # before the command line listens, or after it has said its last word
    print("hypviz: Stopped.", file=sys.stderr)
    sys.exit(2)
