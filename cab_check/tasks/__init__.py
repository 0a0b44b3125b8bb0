"""Tasks: what an agent is asked, what it gets, and how its work is judged."""
