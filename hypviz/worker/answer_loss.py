"""The loss of a batch from logits only where an answer is learned, a few rows at a time.

The decoder runs on whole examples. Its last hidden states at the positions that predict an answer token go through the rest of the
model: its own code behind the decoder (output layer, and the scaling or soft cap that some architectures apply there), fed with these
rows in place of the decoder's output. Cross-entropy and its gradient with respect to the rows are taken chunk by chunk, so that the
float32 logits of at most `CHUNK_BYTES` exist at once and the backward pass needs no logits at all.

What an architecture does behind its decoder is not assumed but checked, once, on the loaded model: where the rows do not give the
logits that the plain forward pass gives, or where an adapter sits behind the decoder, `AnswerLoss` takes the plain pass with the
logits of all tokens, and `all_logits_because` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from hypviz.worker.data import IGNORED, answer_loss

if TYPE_CHECKING:
    from peft import PeftModel

WithRows = Callable[[Tensor], Any]
CHUNK_BYTES = 48_000_000
_LEAST_ROWS = 16
_CLOSE = {torch.float32: 1e-5, torch.bfloat16: 2**-7}  # of the largest logit: products of other shapes round otherwise


class AnswerLoss(nn.Module):
    """`peft_model` with its loss behind it, as one module that accelerate can wrap; `settle` before the first use."""

    def __init__(self, peft_model: PeftModel) -> None:
        super().__init__()
        self.peft_model = peft_model
        self.all_logits_because: str | None = "the model has not been looked at yet"
        self._decoders: tuple[nn.Module, ...] = ()  # in a tuple, so that torch does not register it a second time

    def forward(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
        """The sum over answer tokens of weight times -log p; ids, mask and labels (n, t), weights (n,)."""
        if not self._decoders:
            logits = self.peft_model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).logits
            return answer_loss(logits, labels, weights)
        rows, with_rows = self._answer_rows(input_ids, attention_mask, labels)
        learned = labels[:, 1:] != IGNORED
        per_token = weights.float().unsqueeze(1).expand(learned.shape)[learned]
        return _ChunkedLoss.apply(rows, labels[:, 1:][learned], per_token, self._tail(with_rows))

    def look(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor) -> int:
        """The forward pass alone, for whoever watches it; returns the bytes that the loss itself keeps for the backward pass."""
        if not self._decoders:
            self.peft_model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False)
            return 2 * int((labels[:, 1:] != IGNORED).sum()) * self._vocabulary() * 4  # the answers' logits and their logarithms
        rows, _ = self._answer_rows(input_ids, attention_mask, labels)
        return rows.numel() * rows.element_size()  # their gradient

    def settle(self, batch: Mapping[str, Tensor], trained: Sequence[nn.Parameter]) -> None:
        """Choose the way on a small batch, with the adapters as they are; `trained` are the parameters that need a gradient."""
        causal = self.peft_model.get_base_model()
        reason = "its architecture names no decoder in front of the output layer"
        for decoder in _decoder_candidates(causal):
            inside = {id(p) for p in decoder.parameters()}
            if any(id(p) not in inside for p in trained):
                reason = "an adapter sits behind the decoder"
                continue
            try:
                found = self._difference(decoder, batch)
            except Exception as error:  # code of any architecture, fed in a way it was not written for
                reason = f"the part behind its decoder cannot be run alone ({type(error).__name__})"
                continue
            if found is None:
                self._decoders, self.all_logits_because = (decoder,), None
                return
            reason = found
        self.all_logits_because = reason

    @torch.no_grad()
    def _difference(self, decoder: nn.Module, batch: Mapping[str, Tensor]) -> str | None:
        """What is wrong with this decoder's rows against the plain pass; None if nothing is."""
        ids, mask, learned = batch["input_ids"], batch["attention_mask"], batch["labels"][:, 1:] != IGNORED
        plain = self.peft_model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1][learned]
        self._decoders = (decoder,)
        try:
            rows, with_rows = self._answer_rows(ids, mask, batch["labels"])
            found = self._tail(with_rows)(rows)
        finally:
            self._decoders = ()
        close = _CLOSE.get(plain.dtype, _CLOSE[torch.bfloat16]) * float(plain.abs().max())
        if found.shape != plain.shape or not float((found.float() - plain.float()).abs().max()) <= close:
            return "the part behind its decoder gives other logits when it is run alone"
        return None

    def _answer_rows(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor) -> tuple[Tensor, WithRows]:
        """Hidden states (m, d) at the positions that predict an answer token, and the decoder's output with other rows in it."""

        def leave(_: nn.Module, __: Any, output: Any) -> None:
            raise _DecoderDone(output)

        handle = self._decoders[0].register_forward_hook(leave)
        try:
            self.peft_model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False)
        except _DecoderDone as done:
            output = done.output
        else:
            raise RuntimeError("the model did not run its decoder")
        finally:
            handle.remove()
        return output[0][:, :-1][labels[:, 1:] != IGNORED], _shell(output)

    def _tail(self, with_rows: WithRows) -> Callable[[Tensor], Tensor]:
        """What the model does behind its decoder: rows (m, d) to logits (m, vocabulary)."""
        causal, decoder = self.peft_model.get_base_model(), self._decoders[0]

        def logits(rows: Tensor) -> Tensor:
            ids = torch.zeros((1, len(rows)), dtype=torch.long, device=rows.device)
            with _answering(decoder, with_rows(rows.unsqueeze(0))):
                return causal(input_ids=ids, use_cache=False).logits[0]

        return logits

    def _vocabulary(self) -> int:
        return int(self.peft_model.get_base_model().get_input_embeddings().weight.shape[0])


class _DecoderDone(Exception):
    """Carries the decoder's output out of a forward pass that needs to go no further."""

    def __init__(self, output: Any) -> None:
        super().__init__()
        self.output = output


class _ChunkedLoss(torch.autograd.Function):
    """Sum of weight times -log p over rows (m, d); the gradient is found along with the value, while the logits are there."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, targets: Tensor, weights: Tensor, tail: Callable[[Tensor], Tensor]) -> Tensor:
        losses = torch.empty(len(rows), dtype=torch.float32, device=rows.device)
        gradient = torch.empty_like(rows) if ctx.needs_input_grad[0] else None
        n, size = 0, _LEAST_ROWS
        while n < len(rows):
            here = slice(n, n + size)
            if gradient is None:
                logits = tail(rows[here])
                losses[here] = _losses(logits.detach().float(), targets[here])
            else:
                chunk = rows[here].detach().requires_grad_(True)
                with torch.enable_grad(), _kept_plainly():
                    logits = tail(chunk)
                slope = logits.detach().to(torch.float32, copy=True)  # the tail may have kept its own output to go backward with
                losses[here] = _losses(slope, targets[here])
                _to_slope(slope, targets[here], weights[here])
                (gradient[here],) = torch.autograd.grad(logits, chunk, slope.to(logits.dtype))
            n, size = n + size, max(_LEAST_ROWS, CHUNK_BYTES // (4 * logits.shape[-1]))
        if gradient is not None:
            ctx.save_for_backward(gradient)
        return (losses * weights).sum()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """The gradient that is known already, times that of the sum."""
        (gradient,) = ctx.saved_tensors
        return gradient * grad.to(gradient.dtype), None, None, None


def _losses(logits: Tensor, targets: Tensor) -> Tensor:
    return torch.nn.functional.cross_entropy(logits, targets, reduction="none")


def _to_slope(logits: Tensor, targets: Tensor, weights: Tensor) -> None:
    """Turn float32 logits (m, v) in place into the derivative of the weighted loss by them: weight (softmax - one-hot)."""
    torch.softmax(logits, dim=-1, out=logits)
    logits[torch.arange(len(targets), device=targets.device), targets] -= 1.0
    logits.mul_(weights.unsqueeze(1))


def _kept_plainly() -> torch.autograd.graph.saved_tensors_hooks:
    """Hooks that whoever looks at the outer pass has set do not see the small passes inside it."""
    return torch.autograd.graph.saved_tensors_hooks(torch.Tensor.detach, lambda tensor: tensor)


def _decoder_candidates(causal: nn.Module) -> Iterator[nn.Module]:
    """Modules that may be all of the model in front of its output layer, the outermost first."""
    found = [getattr(causal, getattr(causal, "base_model_prefix", "") or "", None)]
    if hasattr(causal, "get_decoder"):
        found.append(causal.get_decoder())
    seen: list[nn.Module] = []
    for module in found:
        if isinstance(module, nn.Module) and module is not causal and all(module is not other for other in seen):
            seen.append(module)
    yield from seen


def _shell(output: Any) -> WithRows:
    """Whatever a decoder's output carries besides its last hidden states, to be given back with others."""
    if isinstance(output, tuple):
        rest = output[1:]
        return lambda rows: (rows, *rest)
    kind, (first, *others) = type(output), output.keys()
    named = {name: output[name] for name in others}
    return lambda rows: kind(**{first: rows, **named})


@contextmanager
def _answering(module: nn.Module, output: Any) -> Generator[None]:
    """While open, `module` returns `output` whatever it is asked."""
    earlier = module.__dict__.get("forward")
    module.forward = lambda *_, **__: output
    try:
        yield
    finally:
        if earlier is None:
            del module.forward
        else:
            module.forward = earlier
