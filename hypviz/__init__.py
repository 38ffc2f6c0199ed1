"""hypviz: see, test and use hyperbolic fine-tuning of language models (arXiv 2410.04010v2).

Importing this package loads neither torch nor streamlit; each module imports what it needs where it needs it.
"""

__version__ = "0.1.0"
