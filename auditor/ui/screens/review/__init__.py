"""Review: the queue of suspects as a grid, judged from the keyboard."""
