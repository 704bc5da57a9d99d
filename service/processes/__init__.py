"""Child processes with limits: the frames between them, temporary folders, the loader."""
