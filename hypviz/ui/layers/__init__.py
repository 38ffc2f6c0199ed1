"""The Layers page: δ, norms and dimension by layer, and whether depth predicts norm."""
