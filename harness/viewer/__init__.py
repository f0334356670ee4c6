"""The local viewer: runs to look through, and pages on which people label answers and accept drafts."""
