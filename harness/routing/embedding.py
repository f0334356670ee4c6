"""Likeness by meaning: static embeddings of tokens, averaged; no network, no neural network at run time.

The vectors are those of the package ``wordllama`` (256 numbers for each of 32,000 tokens, distilled from the
input embeddings of large models; Miller, 2024), read from its wheel: 16 MB of weights and a tokenizer. The
package itself is not imported, as it would look for the tokenizer in the network.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.errors import ConfigurationError
from harness.routing.words import LONGEST_TEXT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

__all__ = ["EmbeddedTexts", "embedded", "passages_of"]

_PACKAGE = "wordllama"
_WEIGHTS = Path("weights") / "l2_supercat_256.safetensors"
_TOKENIZER = Path("tokenizers") / "l2_supercat_tokenizer_config.json"
_PASSAGE = 60  # words
_MISSING = (
    "the embedding router needs token vectors that are not installed;"
    " run `pip install 'agentfile-harness[embedding]'`"
)


def embedded(texts: Sequence[str]) -> Vectors:
    """Return one vector of length 1 per text, shape (texts, 256); zeros for a text without a token.

    Raises:
        ConfigurationError: the vectors are not installed.
    """
    import numpy as np

    tokenizer, vectors = _model()
    found = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
    encoded = tokenizer.encode_batch([text[:LONGEST_TEXT] for text in texts], add_special_tokens=False)
    for row, tokens in enumerate(encoded):
        if tokens.ids:
            found[row] = vectors[tokens.ids].mean(axis=0)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    found /= np.where(lengths > 0, lengths, 1.0)
    return found


def passages_of(text: str) -> list[str]:
    """Cut a text into overlapping passages; at least one, which may be empty."""
    words = text.split()
    return [" ".join(words[at : at + _PASSAGE]) for at in range(0, max(1, len(words)), _PASSAGE // 2)]


class EmbeddedTexts:
    """Texts to compare messages with: an index like the lexical ones."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._vectors = embedded(texts)

    def score(self, messages: Sequence[str]) -> Any:
        """Return the cosines, none below 0, shape (messages, texts)."""
        import numpy as np

        return np.maximum(embedded(messages) @ self._vectors.T, 0.0).astype(np.float64)


@lru_cache(maxsize=1)
def _model() -> tuple[Any, Vectors]:
    try:
        spec = importlib.util.find_spec(_PACKAGE)
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ConfigurationError(_MISSING) from error
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(_MISSING)
    folder = Path(spec.submodule_search_locations[0])
    for name in (_WEIGHTS, _TOKENIZER):
        if not (folder / name).is_file():
            raise ConfigurationError(f"{folder / name} is missing; install wordllama 0.4 anew")
    import numpy as np

    tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer, load_file(folder / _WEIGHTS)["embedding.weight"].astype(np.float32)
