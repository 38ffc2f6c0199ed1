"""Controls and pieces that several pages use."""
