"""What a person touches: the command line, the web page and the chat platforms."""
