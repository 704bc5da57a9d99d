"""What results say in words: the messages of shapes, and a sentence of ours where they have none."""
