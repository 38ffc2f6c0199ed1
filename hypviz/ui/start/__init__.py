"""The Start page: which model, what it costs to load, what it is, and what the store keeps."""
