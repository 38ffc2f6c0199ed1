"""The questions of each subject as specs, one file a subject."""
