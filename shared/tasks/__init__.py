"""Work that waits for somebody: each service keeps its own tasks and tells the desk of them."""
