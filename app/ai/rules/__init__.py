"""Pure: the catalogue of models, what calls cost, and when a model is left alone."""
