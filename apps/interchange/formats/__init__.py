"""File formats as pure adapters: text in, item content and located problems out."""
