"""The pages: each reads like a description of itself."""
