"""What an unforeseen error means for the person, in one sentence; the traceback is in the log."""

from __future__ import annotations

import errno

_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "cannot allocate memory")


def sentence(error: BaseException, step: int) -> str:
    """Memory and disk are named; anything else is quoted and the log pointed to."""
    where = f"after step {step}" if step else "before the first step"
    if _is_memory(error):
        return f"The machine ran out of memory {where}; choose more parts, a smaller batch or a smaller model, and start again."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk was full {where}; free some space, then continue the run from its last saved step."
    if isinstance(error, OSError):
        name = f" {error.filename}" if error.filename else ""
        return f"The file{name} could not be used {where} ({error.strerror or error}); check it, then continue the run."
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return f"The fine-tune ended {where} with an unforeseen {type(error).__name__} ({reason}); its log holds the details."


def _is_memory(error: BaseException) -> bool:
    text = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or (isinstance(error, RuntimeError) and any(words in text for words in _MEMORY_WORDS))
    )
