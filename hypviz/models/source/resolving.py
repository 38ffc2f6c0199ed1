"""From MODEL to a complete, checked local folder with a fingerprint."""

from __future__ import annotations

from pathlib import Path

from hypviz.errors import ModelError
from hypviz.models.checkpoint.fingerprints import fingerprint
from hypviz.models.checkpoint.folder import open_checkpoint, read_json
from hypviz.models.live.config import check_config
from hypviz.models.source.parsing import parse_source
from hypviz.records.models import ModelRef
from hypviz.work import NOBODY, Work


def resolve(
    source: str,
    *,
    revision: str | None = None,
    trust_remote_code: bool = False,
    download: bool = True,
    work: Work = NOBODY,
) -> ModelRef:
    """The model as a local folder, downloading a hub model's missing files first if `download`; raises `ModelError`, and `Stopped`.

    `work` hears of bytes. Weights are not loaded: headers are checked and contents hashed. Without
    `download` the network is not touched, and a hub model must have been downloaded before.
    """
    parsed = parse_source(source, revision)
    folder, commit = parsed.folder, None
    if folder is None:
        from hypviz.models.source import hub

        repo = str(parsed.repo)
        if download:
            found = hub.download(repo, parsed.revision, trust_remote_code=trust_remote_code, work=work)
        else:
            found = hub.cached_snapshot(repo, parsed.revision)
        if found is None:
            raise ModelError(f"{parsed.text} is not on this machine yet; load it on the Start page, which shows first what it costs.")
        folder, commit = found
    checkpoint = open_checkpoint(Path(folder), with_code=trust_remote_code)
    where = parsed.text if parsed.kind == "hub" else str(folder)
    check_config(read_json(Path(folder) / "config.json"), where, trust_remote_code=trust_remote_code)
    return ModelRef(
        source=parsed.text if revision is None or parsed.kind != "hub" or "@" in parsed.text else f"{parsed.text}@{revision}",
        kind=parsed.kind,
        path=str(folder),
        revision=commit,
        dtype=checkpoint.dtype,
        fingerprint=fingerprint(checkpoint.files, work=work),
        trust_remote_code=trust_remote_code,
    )
