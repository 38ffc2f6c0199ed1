"""The Hyperbolicity page: prompt by prompt, and a sample of the vocabulary."""
