"""Pure decisions: which bytes are a picture, what of a reading is plausible, what was checked."""
