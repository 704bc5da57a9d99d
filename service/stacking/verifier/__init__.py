"""The independent verifier: holds a plan against the requirements, without any code of the solver."""
