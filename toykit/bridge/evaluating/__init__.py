"""How a torch landscape is evaluated: in blocks, at many points at once, with derivatives, and within memory."""
