"""What an answer says beside its code: sections, paragraphs, items and rows, by sentences."""
