"""The stacking matrix of a release: which credential gives which skills at which cost."""
