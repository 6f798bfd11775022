"""Pure maths: no Flask, no database, no network, no clock, no environment."""
