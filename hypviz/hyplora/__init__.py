"""HypLoRA as a PEFT adapter (arXiv 2410.04010v2): exact, stable, and beside LoRA on one base model.

    from hypviz.hyplora import HypLoraConfig
    model = peft.get_peft_model(model, HypLoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], c=1.0))

Importing this package teaches PEFT the adapter type, so `PeftModel.from_pretrained` works as usual afterwards.

Without `target_modules` the layers are those that `LoraConfig()` adapts; where PEFT knows none, all linear layers inside the blocks.

Tested on two CPU processes: DistributedDataParallel and FSDP2 (`fully_shard`) have the gradients of one process, FSDP1 with PEFT's
`fsdp_auto_wrap_policy` and DeepSpeed's ZeRO-3 (0.19.8) its step; FSDP1 itself refuses blocks wrapped whole that mix float32 with
another dtype, and a frozen radius on a bfloat16 base. torch.compile traces a layer without a graph break. A sharded adapter must be
gathered before it is saved; `save_adapter` refuses it otherwise.
Bases that torchao quantised to int8 (0.18.0) or bitsandbytes to 8 or 4 bits (0.50.2) work, because the update needs x alone.
`as_lora` makes the nearest plain LoRA of an adapter, for merging and for programs that know no HypLoRA.
Works as with LoRA, each with its test: hot-swapping one HypLoRA adapter for another of the same variant, compiled and with other ranks
too; mixed batches of several adapters; scales (`rescale_adapter_scale`, `set_scale`); injection without a `PeftModel`, the adapter
methods of transformers (`model.add_adapter`, `model.load_adapter`), `AutoPeftModelForCausalLM`; state dicts out and in; mixed
precision, in which the geometry stays float32; trainable tokens; Riemannian preconditioning; torch.export. Files, models' state dicts
and checkpoints of earlier versions, whose geometry had shorter names (`names`), are read bit for bit.
Refused, each in one sentence: merging and weighted merging, delta weights and what is made of them (conversion to LoRA, intruder
dimensions, rewriting for the untouched base), Arrow, X-LoRA, `mixed=True` and LoRA models built before this package was imported,
LoRA-FA, LoftQ, LoRA+ while the geometry is trained, starts that rewrite the base weights, torch.jit.trace, other whole-number
weights, layers that are not Linear or Conv1D, second derivatives, the weights or a hot swap of another method or variant under a
HypLoRA adapter's name. Where PEFT itself refuses, the sentence is PEFT's (conversion to LoRA, EVA, LoRA-GA).
Intruder dimensions are refused when PEFT has already made its new adapter, which is then to be deleted. Not tried: several GPUs.
"""

from hypviz.hyplora.adapters import BASE, adapter_parameters, attach_adapter, attach_adapters, peft_name, shown_name, use_adapter
from hypviz.hyplora.calibration import calibrate_radius
from hypviz.hyplora.config import HypLoraConfig
from hypviz.hyplora.delta import delta
from hypviz.hyplora.exporting import PlainLora, as_lora
from hypviz.hyplora.folders import adapter_fingerprint, read_adapter_card
from hypviz.hyplora.loading import check_adapter, load_adapter
from hypviz.hyplora.model import HypLoraModel, default_target_modules, register
from hypviz.hyplora.probing import Probe, probe
from hypviz.hyplora.saving import save_adapter

register()

__all__ = [
    "BASE",
    "HypLoraConfig",
    "HypLoraModel",
    "PlainLora",
    "Probe",
    "adapter_fingerprint",
    "adapter_parameters",
    "as_lora",
    "attach_adapter",
    "attach_adapters",
    "calibrate_radius",
    "check_adapter",
    "default_target_modules",
    "delta",
    "load_adapter",
    "peft_name",
    "probe",
    "read_adapter_card",
    "save_adapter",
    "shown_name",
    "use_adapter",
]
