"""A model's tokenizer: typed text to ids and back, its special tokens, and counts over texts and word tables."""
