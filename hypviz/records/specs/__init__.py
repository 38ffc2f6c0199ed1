"""Questions by subject, each a frozen record that is its own identity."""
