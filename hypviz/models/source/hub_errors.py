"""One sentence for each way the hub can say no."""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager

from hypviz.errors import HypvizError, ModelError

USUAL = "https://huggingface.co"


class HubUnreachable(ModelError):
    """No answer from the hub; a model downloaded earlier can still be used."""


def hub_name() -> str:
    """The hub by the address that is really asked, which HF_ENDPOINT may have changed."""
    from huggingface_hub import constants

    return f"The hub at {constants.ENDPOINT}"


def how_asked() -> str | None:
    """What is unusual about asking the hub from here, in a sentence; None where nothing is."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set: the hub is not asked, and only what was downloaded earlier can be opened."
    at = str(constants.ENDPOINT)
    return None if at == USUAL else f"The hub that is asked is {at}, as HF_ENDPOINT says."


@contextmanager
def hub_sentences(repo: str, revision: str | None) -> Generator[None]:
    """Turn whatever the hub client raises inside into a `ModelError` about `repo`."""
    from huggingface_hub import errors

    trouble = errors.HTTPError  # pyright: ignore[reportPrivateImportUsage]  # of the client's own HTTP library, by no other name
    try:
        yield
    except HypvizError:
        raise
    except (trouble, errors.HFValidationError, OSError) as error:
        raise _sentence(error, repo, revision) from error


def _sentence(error: Exception, repo: str, revision: str | None) -> ModelError:
    from huggingface_hub import constants, errors

    at = constants.ENDPOINT
    if isinstance(error, errors.GatedRepoError):
        return ModelError(
            f"{repo} is gated: accept its terms at {at}/{repo}, set HF_TOKEN to a token of yours (or log in with `hf auth login`), "
            "then load it again."
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return ModelError(
            f"{hub_name()} has no model {repo} that this machine may see; check the spelling, or set HF_TOKEN (or log in with `hf auth "
            "login`) if it is private."
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return ModelError(f"{repo} has no revision {revision}; look up its branches and commits at {at}/{repo}/commits/main.")
    if isinstance(error, errors.RemoteEntryNotFoundError):
        return ModelError(f"A file of {repo} is gone from {at} since it was listed; load the model again.")
    if isinstance(error, errors.HFValidationError):
        return ModelError(f"{repo!r} cannot be a hub id; write it as org/name.")
    if isinstance(error, errors.HfHubHTTPError):
        return _status_sentence(error.response.status_code, repo)
    if isinstance(error, errors.OfflineModeIsEnabled) or constants.HF_HUB_OFFLINE:
        return HubUnreachable(
            f"{repo} is not on this machine and HF_HUB_OFFLINE forbids downloading it; unset it, or choose the bundled model or a folder."
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return ModelError(
            f"The disk is full, so {repo} was not downloaded completely; free some space and load it again, it will go on there."
        )
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EROFS):
        return ModelError(f"{repo} cannot be written to {constants.HF_HUB_CACHE} ({error.strerror}); set HF_HOME to a folder of yours.")
    if "Consistency check failed" in str(error):
        return ModelError(f"A file of {repo} arrived incomplete; load the model again, the download goes on where it stopped.")
    return HubUnreachable(f"{hub_name()} cannot be reached for {repo}; check the network, or choose the bundled model or a folder.")


def _status_sentence(status: int, repo: str) -> ModelError:
    if status in (401, 403):
        return ModelError(
            f"{hub_name()} refuses access to {repo} (HTTP {status}); accept its terms there if it has any, set HF_TOKEN to a token that "
            "may read it (`hf auth whoami` says whose it is), or choose another model."
        )
    if status == 429:
        return ModelError(f"{hub_name()} asks to wait before reading {repo} (HTTP 429, too many requests); try again in a few minutes.")
    if status >= 500:
        return HubUnreachable(
            f"{hub_name()} has a problem of its own with {repo} (HTTP {status}); try again later, or choose the bundled model or a folder."
        )
    return ModelError(f"{hub_name()} answered HTTP {status} for {repo}; check the model's page, or choose another model.")
