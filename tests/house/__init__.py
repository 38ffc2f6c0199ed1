"""The house's own checks: types, style, the map of the code, coverage floors, and the lists of what is still owed."""
