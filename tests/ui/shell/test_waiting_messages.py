"""A page never receives a message whose place in the page was thrown away."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import create_reference_msg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from hypviz.ui.shell import waiting_messages

FRAGMENT = "live"


def block(*path: int) -> ForwardMsg:
    message = ForwardMsg()
    message.delta.add_block.SetInParent()
    message.delta.fragment_id = FRAGMENT
    message.metadata.delta_path[:] = path
    return message


def words(text: str, *path: int) -> ForwardMsg:
    message = ForwardMsg()
    message.delta.new_element.markdown.body = text
    message.delta.fragment_id = FRAGMENT
    message.metadata.delta_path[:] = path
    return message


def seen(text: str, *path: int) -> ForwardMsg:
    message = words(text, *path)
    message.hash = text
    return create_reference_msg(message)


def paths(queue: ForwardMsgQueue) -> list[tuple[int, ...]]:
    return [tuple(message.metadata.delta_path) for message in queue.flush()]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> ForwardMsgQueue:
    """A fragment's run that the browser has not got yet: a new block, and in it words that it has seen before."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    queue = ForwardMsgQueue()
    queue.enqueue(block(0, 5))
    queue.enqueue(seen("known words", 0, 5, 0))
    return queue


def test_streamlit_alone_leaves_words_without_their_block(queue: ForwardMsgQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day this fails, Streamlit has mended it, and `waiting_messages` can go."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", waiting_messages._of_streamlit)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[FRAGMENT])
    assert paths(queue) == [(0, 5, 0)]


def test_a_block_and_what_lies_in_it_stay_together(queue: ForwardMsgQueue) -> None:
    waiting_messages.keep_whole()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[FRAGMENT])
    assert paths(queue) == [(0, 5), (0, 5, 0)]


def test_the_next_run_stands_behind_what_waits_and_does_not_change_it(queue: ForwardMsgQueue) -> None:
    waiting_messages.keep_whole()
    queue.enqueue(words("first", 0, 6))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[FRAGMENT])
    queue.enqueue(words("second", 0, 6))
    told = [message.delta.new_element.markdown.body for message in queue.flush() if message.delta.HasField("new_element")]
    assert told == ["first", "second"]


@pytest.mark.parametrize("retain", [True, False])
def test_a_run_of_the_whole_page_still_throws_away_what_waits(queue: ForwardMsgQueue, *, retain: bool) -> None:
    waiting_messages.keep_whole()
    queue.clear(retain_lifecycle_msgs=retain)
    assert paths(queue) == []


def test_every_page_keeps_its_messages_whole() -> None:
    from hypviz.ui.shell import page  # whose import is enough

    assert page.page is not None
    assert ForwardMsgQueue.clear is waiting_messages._clear
