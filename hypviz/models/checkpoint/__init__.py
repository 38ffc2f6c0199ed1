"""What lies in a model's folder: files, headers, tables and rows, read without building the model."""
