"""One file a change, in order of its number."""
