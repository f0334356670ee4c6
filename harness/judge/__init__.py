"""The judge: a model that decides what static checks leave open, and only with quotes that are there."""
