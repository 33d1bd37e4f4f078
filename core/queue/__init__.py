"""Who is served next, and what that costs: policy without torch and without SQL."""
