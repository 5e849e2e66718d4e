"""From the bot to a person and back: who owns a conversation, the queue, the brief, and the agents' workspace."""
