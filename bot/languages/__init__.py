"""What people read, by key: one module for each language. `bot.replies` fills the places in it."""
