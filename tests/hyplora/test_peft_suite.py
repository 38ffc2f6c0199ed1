"""PEFT's own `test_custom_models.py` with HypLoRA in the place of LoRA: what fails is what is listed here, with its reason, and no more.

Runs where ``HYPVIZ_PEFT_TESTS`` names the folder `tests` of PEFT 0.21.2, which its source archive holds:

    python -m pip download --no-deps --no-binary :all: peft==0.21.2 && tar xzf peft-0.21.2.tar.gz
    HYPVIZ_PEFT_TESTS=peft-0.21.2/tests python -m pytest tests/hyplora/test_peft_suite.py

The suite runs in a process of its own, without a network, from a copy in a temporary folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.slow

VARIABLE = "HYPVIZ_PEFT_TESTS"
FILES = ("test_custom_models.py", "testing_common.py", "testing_utils.py")
ROOT = Path(__file__).resolve().parents[2]
LINEAR_ONLY = "HypLoRA adapts Linear and Conv1D layers"
MERGED = "A HypLoRA adapter cannot be merged"


class Expected(NamedTuple):
    """Tests whose id `node` finds fail with a message that `message` finds; `reason` says why that is right."""

    node: str
    message: str
    reason: str


# The first that fits a failing test explains it. Rows that cannot be made come before what fails in every other row.
REFUSED = (
    Expected(r"DoRA-|\bdora\b|_dora_(?!save)(?!merge_and_unload)", "combined with use_dora", "the update of DoRA is another function"),
    Expected(r"with lora_b bias-|lora_bias|non_finite_bias", "combined with lora_bias", "a bias is added outside the map"),
    Expected(r"with VeLoRA ", "combined with velora_config", "VeLoRA keeps less for the backward pass than the gain needs"),
    Expected(r"(?i)monteclora", "combined with monteclora_config", "weights drawn by chance have no gain"),
    Expected(r"BD-LoRA ", "combined with use_bdlora", "a norm over blocks on several devices is not computed"),
    Expected(r"with KaSA-", "combined with kasa_config", "KaSA rewrites the base weights"),
    Expected(r"using nn\.Parameter LoRA-|lora_paramwrapper", "combined with target_parameters", "a bare parameter has no tokens"),
    Expected(
        r"^(?!.*test_save_pretrained)(?!.*test_save_load_roundtrip(_direct_injection)?\[).*with MiCA-",
        "cannot start from init_lora_weights='mica'",
        "a start from the base's singular vectors assumes a linear update",
    ),
    Expected(
        r"Conv1d LoRA-|Conv[23]d (\d|Groups2?) LoRA-|MHA \d LoRA-|Conv1D [23] LoRA-|conv2d|conv1d_emb|lora_emb_conv1d|mha_"
        r"|ModelEmbConv1D-emb|repr_lora_embedding|TestDynamicDispatch::test_(training_works|saving_and_loading|custom_lora_layer)"
        r"|test_target_layer_without_in_features|to_embedding_layer|test_load_resized_embedding",
        LINEAR_ONLY,
        "the map is over tokens of a linear layer",
    ),
    Expected(
        r"::test_(merge_layers|safe_merge|disable_adapters_with_merging|delete_merged_adapter|forward_b?float16|add_weighted_adapter_"
        r"|sequential_merge|unmerge_after|multiple_active_adapters_merge|mixed_adapter_batches_merged_raises)"
        r"|modules_to_save_merging_adapters|test_multiple_active_adapters_forward\[LoRA (Same|Different)-",
        MERGED,
        "the gain depends on the token",
    ),
    Expected(r"rejects_duplicate_name_without_mutation\[True\]", "leave mixed=True away", "PEFT's mixed=True knows no variants"),
)
ASSUMED = (
    Expected(r"test_adapter_dtype_autocast\[(True|False)-False-dtype[01]-", "assert False", "the radius stays float32 in any dtype"),
    Expected(r"::test_requires_grad_(?!adalora|randlora)", "to require gradients", "the radius is trained as well as A and B"),
    Expected(r"::test_default_target_modules_not_set_", "no linear layers inside repeated blocks", "the suite's model has no blocks"),
    Expected(r"::test_repr_lora_(linear|conv1d)", "'lora\\.HypLoraLinear", "the layer is not only LoRA's, and its name says so"),
    Expected(
        r"with_trainable_token_indices$|automatic_modules_to_save|seq_cls_mixed|no_needless_copy|gpt2_dora|dora_save_and_load"
        r"|test_override_lora_linear",
        "couldn't connect",
        "its model is on the hub",
    ),
    Expected(
        r"test_parameters_after_loading_model\[Vanilla MLP 4 LoRA-", r"(?s)assert False.*\[nan, ", "three steps at a rate of 0.5 end in NaN"
    ),
)
EXPECTED = REFUSED + ASSUMED


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """By test, the message of its failure or None where it passed; skipped ones are left out."""
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} names no folder with PEFT's own tests")
    assert version("peft") == "0.21.2", "the list is that of PEFT 0.21.2; go through it for another version"
    place = tmp_path_factory.mktemp("peft")
    package = place / "peft_tests"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in FILES:
        shutil.copyfile(Path(named) / name, package / name)
    report = place / "report.xml"
    options = ["-p", "tests.hyplora.peft_rows", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(place), "-q", "--tb=line"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", str(package / FILES[0])]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    assert report.is_file(), done.stdout[-2000:] + done.stderr[-2000:]
    return _outcomes(report)


def _outcomes(report: Path) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        node = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        wrong = [part for kind in ("failure", "error") for part in case.findall(kind)]
        if wrong:
            found[node] = f"{wrong[0].get('message')}\n{wrong[0].text}"
        elif case.find("skipped") is None:
            found[node] = None
    return found


def test_what_fails_is_refused_by_design_or_rests_on_what_the_suite_assumes(outcomes: Mapping[str, str | None]) -> None:
    failed = {node: message for node, message in outcomes.items() if message is not None}
    unexplained = [
        f"{node}: {message[:300]}"
        for node, message in failed.items()
        if not any(re.search(row.node, node) and re.search(row.message, message) for row in EXPECTED)
    ]
    assert not unexplained, f"{len(unexplained)} of {len(failed)}:\n" + "\n".join(unexplained[:20])


def test_nothing_passes_that_is_said_to_fail(outcomes: Mapping[str, str | None]) -> None:
    passed = [node for node, message in outcomes.items() if message is None]
    wrongly = [f"{node} ({row.reason})" for node in passed for row in EXPECTED if re.search(row.node, node)]
    assert not wrongly, "\n".join(wrongly[:20])
    assert len(passed) > 350


def test_every_entry_of_the_list_is_in_use(outcomes: Mapping[str, str | None]) -> None:
    failed = [(node, message) for node, message in outcomes.items() if message is not None]
    idle = [
        row.node for row in EXPECTED if not any(re.search(row.node, node) and re.search(row.message, message) for node, message in failed)
    ]
    assert not idle
