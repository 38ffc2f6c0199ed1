"""Messages that wait for the browser stay whole between two runs of a fragment; without it a page goes white on a busy machine.

Streamlit 1.67 throws away what a fragment's last run has not sent yet when its next run begins, and finds it by the fragment's id. A
message that the browser has already seen is sent as its hash alone, which carries no id: it stays in the queue, while the block
in which it lies is gone. The browser then finds no place for it ("Cannot set a node at a delta path") and takes the whole page down.
"""

from __future__ import annotations

import functools

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_of_streamlit = ForwardMsgQueue.clear


@functools.wraps(_of_streamlit)
def _clear(self: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None) -> None:
    """As Streamlit's, but what waits when a fragment runs again is sent first, as on a machine that is quick enough."""
    if retain_lifecycle_msgs and fragment_ids_this_run is not None:
        self._delta_index_map = {}  # pyright: ignore[reportPrivateUsage]  # what the new run says does not change what waits
        return
    _of_streamlit(self, retain_lifecycle_msgs, fragment_ids_this_run)


def keep_whole() -> None:
    """Mend the queues of this process, once and for all sessions."""
    ForwardMsgQueue.clear = _clear
