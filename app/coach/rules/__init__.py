"""Pure: what an answer may say, and how a question is understood without a model."""
