"""The compiled loops behind delta, by what they run over."""
