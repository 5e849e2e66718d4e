"""The workspace: where agents sign in, see who waits, and talk to shoppers."""
