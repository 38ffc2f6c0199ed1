"""What every page stands in: its frame, the session, background jobs, the address, charts and text."""
