"""Words about tokens: their kinds and scripts, how they were typed, and taxonomies of words."""
