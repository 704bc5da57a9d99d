"""What a learner asks: goal, what is held, limits."""
