"""What loading a model costs, as the Start page asks for it, and a first guess of the seconds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st

from hypviz.errors import ModelError
from hypviz.records.models import LoadCost
from hypviz.studies.models import parse_source
from hypviz.ui.shell.session import trusts_remote_code

_READ_RATE, _DOWNLOAD_RATE, _IMPORTS_S = 300e6, 10e6, 8.0  # bytes a second and seconds; only for the first guess of the time left


def loading_seconds(cost: LoadCost) -> float:
    """About how long a cost takes."""
    return _IMPORTS_S + cost.bytes_to_read / _READ_RATE + cost.bytes_to_download / _DOWNLOAD_RATE


def cost_of(source: str) -> LoadCost:
    """The cost; the hub's answer, or its silence, is kept for a minute: every click runs the page again. Raises `ModelError`."""
    from hypviz.studies.models import estimate

    trust = trusts_remote_code()
    if parse_source(source).kind != "hub":
        return estimate(source, trust_remote_code=trust)
    found = _hub_cost(source, trust)
    if isinstance(found, str):
        raise ModelError(found)
    return LoadCost(**found)


def forget_costs() -> None:
    """What was said before a download is not true after it."""
    _hub_cost.clear()


@st.cache_data(ttl=60, show_spinner="Asking the hub what it will cost…")
def _hub_cost(source: str, trust: bool) -> dict[str, Any] | str:
    """The fields of the cost, or the sentence of a hub that gave no answer, which is not waited for at every click."""
    from hypviz.studies.models import HubUnreachable, estimate

    try:
        return asdict(estimate(source, trust_remote_code=trust))
    except HubUnreachable as error:
        return str(error)
