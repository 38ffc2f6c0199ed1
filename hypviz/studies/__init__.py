"""Use cases: load a model or a text, compute or look up one record, return it; the only place where pure code and effects meet."""
