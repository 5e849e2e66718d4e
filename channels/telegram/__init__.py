"""The Telegram channel: private chats with a bot of the shop's, by webhook or by polling."""
