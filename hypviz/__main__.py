"""``python -m hypviz``: the command line."""

import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as in the app: waiting threads sleep instead of spinning

try:
    from hypviz.cli import main

    main()
except KeyboardInterrupt:  # before the command line listens, or after it has said its last word
    print("hypviz: Stopped.", file=sys.stderr)
    sys.exit(2)
