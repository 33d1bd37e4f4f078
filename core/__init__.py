"""What the product knows: requests, jobs, the queue and the engine. Imports no chat platform."""
