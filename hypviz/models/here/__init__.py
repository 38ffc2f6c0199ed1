"""Which models lie on this machine: the hub client's cache, other programs' stores, the operator's folders; no weight is read."""
