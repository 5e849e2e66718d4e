"""How the record's tables came to their shape, one step a file."""
