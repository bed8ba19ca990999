"""Which edition of the contract with plugins this is."""

# Raised by one whenever a plugin that worked would stop to: a hook, a method, a field renamed,
# removed or given another meaning. Additions leave it as it is.
CONTRACT = 1
