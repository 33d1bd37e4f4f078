"""The engine: a process of its own per device that turns requests into pictures."""
