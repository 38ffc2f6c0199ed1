"""A model in memory: its architecture, its weights, what loading it says, and the memory it takes."""
