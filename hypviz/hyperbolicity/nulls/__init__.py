"""What chance gives for prompts of the same shape."""
