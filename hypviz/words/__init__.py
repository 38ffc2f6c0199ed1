"""Records in sentences, for the pages and the shell alike: plain text, no markup, no numbers that a record does not hold."""
