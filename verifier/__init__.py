"""The auditor's verifier: reads a bundle and checks it. With `domain` and `projections`, the program in each bundle.

The standard library only; `cryptography` is used where it is at hand.
"""
