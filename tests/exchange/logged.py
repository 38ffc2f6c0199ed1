"""Lines as lm-evaluation-harness 0.4.13 logs them."""

from __future__ import annotations

import json
from typing import Any


def logged(doc_id: int, text: Any, target: str, *, doc: Any = None, **more: Any) -> str:
    """One line of a samples file; `text` may be a list of samples."""
    texts = text if isinstance(text, list) else [text]
    line = {
        "doc_id": doc_id,
        "doc": {"question": f"q{doc_id}"} if doc is None else doc,
        "target": target,
        "arguments": {"gen_args_0": {"arg_0": f"Question: q{doc_id}\nAnswer:", "arg_1": {"until": []}}},
        "resps": [texts],
        "filtered_resps": texts[:1],
        "filter": "none",
        "metrics": ["right"],
        "right": 1.0,
    }
    return json.dumps(line | more, ensure_ascii=False) + "\n"
