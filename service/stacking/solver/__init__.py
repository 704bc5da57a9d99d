"""The solver: a first answer, bounds, the optimum and the proof that it is one."""
