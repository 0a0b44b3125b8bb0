"""Named probes of an endpoint, with the agent's own prompt and tools (ENDPOINTS §4)."""
