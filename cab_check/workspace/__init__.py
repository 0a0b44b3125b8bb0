"""Copy a fixture, snapshot a tree, say what changed; nothing here ever follows a tree outside."""
