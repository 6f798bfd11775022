"""Pure rules of the ledger: fills as they must look, the chain, the book, files of fills."""
