"""Understanding: which intent a message has, which data it carries, how sure we are."""
