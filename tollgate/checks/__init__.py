"""Python predicates for rules that relate several nodes. A check knows the model, never syntax."""
