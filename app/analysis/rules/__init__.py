"""Pure: what may be proposed, how a proposal is made without a model, what it says and draws."""
