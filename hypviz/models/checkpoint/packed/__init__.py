"""Weights of safetensors files that several stored tensors stand for together: how each method packs them, and the numbers again."""
