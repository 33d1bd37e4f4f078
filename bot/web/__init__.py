"""The web page: the third chat adapter, and the one that needs no account."""
