"""Routing: which agent gets the message, by a model or by words alone, and how often that is right."""
