"""Whether a result still shows the same character, and where on a picture its face is."""
