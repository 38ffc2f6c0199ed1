"""Where a model comes from: what MODEL means, what it costs, its download, and the checked local folder."""
