"""Problems shared out over processes, one of a group each, as ``accelerate launch`` starts them; what one finds all of them know.

Every process of a group does the same in the same order, so that what it gathers meets what the others gather. Objects travel between the
processes of one group only, through torch.distributed; nothing of it is written or read from a file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from hypviz.errors import HypvizError

T = TypeVar("T")
Place = TypeVar("Place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """This process among the `n` of its group; `n_here` of them are on this machine, and share its memory."""

    rank: int = 0
    n: int = 1
    n_here: int = 1

    @property
    def is_first(self) -> bool:
        """Whether it is this process that keeps and prints for all."""
        return self.rank == 0

    def gathered(self, mine: T) -> list[T]:
        """What every process hands in, in the order of their ranks; it waits for the slowest."""
        if self.n == 1:
            return [mine]
        from accelerate.utils import gather_object

        return cast("list[T]", gather_object([mine]))

    def require_same(self, what: str, mine: str) -> None:
        """Raise `HypvizError` in all processes where they do not hand in the same text; `what` names it."""
        found = list(dict.fromkeys(self.gathered(mine)))
        if len(found) > 1:
            raise HypvizError(f"The processes do not have the same {what} ({', '.join(found)}); start them all with the same command.")


ALONE = Share()


def share_of_group(device: str, given: Mapping[str, str] = os.environ) -> Share:
    """This process's share, `ALONE` outside of a group; joins the group, which needs all of its processes to do the same.

    `device` is the one that the model answers on, "cpu" or the name of a GPU.
    """
    n = _number(given, "WORLD_SIZE", 1)
    if n <= 1:
        return ALONE
    from accelerate import PartialState

    state: Any = PartialState(cpu=device == "cpu")
    return Share(rank=int(state.process_index), n=int(state.num_processes), n_here=_number(given, "LOCAL_WORLD_SIZE", n))


def speaks(given: Mapping[str, str] = os.environ) -> bool:
    """Whether this process is the one of its group that talks to a person; asked before the group has met."""
    return _number(given, "RANK", 0) == 0


def next_here(places: Sequence[Place], given: Mapping[str, str] = os.environ) -> tuple[Place, ...]:
    """The same places, begun with another one in each process of a group on this machine, so that each takes its own GPU first."""
    k = _number(given, "LOCAL_RANK", 0) % max(1, len(places))
    return (*places[k:], *places[:k])


def _number(given: Mapping[str, str], name: str, otherwise: int) -> int:
    said = given.get(name, "")
    return int(said) if said.isdecimal() else otherwise
