"""Jieli: the bot, the store and the server around them."""
