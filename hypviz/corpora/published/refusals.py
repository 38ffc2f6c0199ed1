"""One sentence for each way in which a published set cannot be had."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from hypviz.corpora.wording import quoted
from hypviz.errors import HypvizError


class Unreachable(HypvizError):
    """No answer from the hub; a set that was read earlier can still be used."""


@contextmanager
def sentences(repository: str, revision: str) -> Generator[None]:
    """Turn whatever the hub's client or `datasets` raises inside into a `HypvizError` about the repository."""
    try:
        yield
    except HypvizError:
        raise
    except Exception as error:  # of several libraries, which share no class
        raise _sentence(error, repository, revision) from error


def _sentence(error: Exception, repository: str, revision: str) -> HypvizError:
    from huggingface_hub import constants, errors

    at = f"The hub at {constants.ENDPOINT}"
    if isinstance(error, errors.GatedRepoError):
        return HypvizError(f"{repository} is gated: accept its terms at {constants.ENDPOINT}/datasets/{repository} and set HF_TOKEN.")
    if isinstance(error, errors.RepositoryNotFoundError):
        return HypvizError(f"{at} has no data set {repository} that this machine may see; choose another set, or a file.")
    if isinstance(error, errors.RevisionNotFoundError):
        return HypvizError(f"The data set {repository} has no revision {revision}; name a branch or a commit that it has.")
    if isinstance(error, errors.HfHubHTTPError) and error.response.status_code < 500:
        status = error.response.status_code
        return HypvizError(f"{at} answered HTTP {status} for the data set {repository}; try again later, or give a file.")
    if isinstance(error, RuntimeError) and "scripts are no longer supported" in str(error):
        return HypvizError(f"The data set {repository} is a script, and no code of a data set is run; give a file with its rows.")
    if isinstance(error, (ValueError, FileNotFoundError)) and not isinstance(error, ConnectionError):
        line = quoted(str(error).partition("\n")[0], 160)
        return HypvizError(f"The data set {repository} cannot be read at {revision} ({line}); choose another set, or give a file.")
    why = "HF_HUB_OFFLINE forbids asking the hub" if constants.HF_HUB_OFFLINE else f"{at[0].lower()}{at[1:]} cannot be reached"
    return Unreachable(f"The data set {repository} is not on this machine and {why}; connect to it once, or give a file.")
