"""A question and a release as an optimisation problem: candidates, prerequisites, overlap."""
