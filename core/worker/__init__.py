"""The asyncio owner of the engine processes: leases, supervision, events, shutdown."""
