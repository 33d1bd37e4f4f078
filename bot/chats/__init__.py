"""What chats share: who edits which message, and when."""
