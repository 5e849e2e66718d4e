"""The live truth: a Redis or Valkey, its keys, its scripts, and the embedded server that comes with Jieli."""
